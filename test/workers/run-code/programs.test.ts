import { inspect } from 'node:util'
import { runInThisContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CodeRunner, RunRequest, RunResult } from '../../../src/ports/code-runner.ts'
import { openCodeRunner } from '../../../workers/run-code/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'

let runner: CodeRunner

beforeAll(async () => {
  // On Linux this is one of the two contained rungs, elsewhere a plain process.
  runner = await openCodeRunner({ sandbox: 'none', concurrency: 2, log: createRecordingLogger() })
})

afterAll(() => runner.close())

function run(source: string, rest: Partial<RunRequest> = {}): Promise<RunResult> {
  return runner.run({ language: 'javascript', source, ...rest }, AbortSignal.timeout(14_000))
}

function runTypeScript(source: string): Promise<RunResult> {
  return run(source, { language: 'typescript' })
}

describe('values', () => {
  it.each([
    '1 + 1',
    '-0',
    '2n ** 70n',
    "'it\\'s'",
    '`both \' and "`',
    "'line\\nbreak \\u0007'",
    'null',
    'true',
    "Symbol('s')",
    '[]',
    '({})',
    "({ a: 1, 'b-c': [1, 2, { d: { e: { f: 1 } } }] })",
    '[1, , 3, , , 6]',
    'Object.assign([1], { extra: true })',
    'Array.from({ length: 120 }, (_, i) => i)',
    "Array.from({ length: 30 }, (_, i) => 'word' + i * i * i)",
    "Array.from({ length: 8 }, (_, i) => ({ id: i, name: 'a name that is long ' + i }))",
    "new Map([['a', 1], [{ k: 1 }, [1, 2]]])",
    "new Set([1, 'two', [3]])",
    'new Map()',
    'new Uint8Array([1, 2, 3])',
    'new Float64Array(0)',
    '/a+b/gi',
    'new Date(0)',
    'new Date(NaN)',
    '(function named() {})',
    '(() => {})',
    '(async () => {})',
    '(class A extends Map {})',
    '(class {})',
    'Object.assign(function f() {}, { tag: 1 })',
    'Object.create(null)',
    'Object.assign(Object.create(null), { a: 1 })',
    '(() => { class Point { x = 1; y = 2 }; return new Point() })()',
    '(() => { class Empty {}; return new Empty() })()',
    '(() => { const o = { a: { b: [] } }; o.self = o; o.a.b.push(o.a); return o })()',
    '({ get a() { return 1 }, set b(v) {}, get c() { return 1 }, set c(v) {} })',
    'new Number(3)',
    "new String('abc')",
    "({ long: 'x'.repeat(100), other: 'y'.repeat(30), third: 1 })",
    "'x'.repeat(10_010)",
    'new WeakMap()',
    'Math',
    'JSON.parse(\'{"__proto__": {"a": 1}}\')',
    '[[[[[1]]]]]',
    '[undefined, null, NaN, 1.5]',
    "({ a: [{ b: { c: {} } }], longer: 'some text here', more: [1, 2, 3], text: 'more text', z: 1 })",
  ])('shows %s as Node does', async (source) => {
    const expression = source.startsWith('(') ? source : `(${source})`
    const expected = inspect(runInThisContext(expression), { breakLength: 80 })
    expect(await run(expression)).toMatchObject({ reason: 'ok', value: expected })
  })

  it('shows what versions of Node show differently', async () => {
    expect((await run('({ [Symbol("k")]: 2 })')).value).toBe('{ Symbol(k): 2 }')
    const { value } = await run('new ArrayBuffer(2)')
    expect(value).toBe('ArrayBuffer { [Uint8Contents]: <00 00>, [byteLength]: 2 }')
  })

  it('shows a text that stands alone', async () => {
    expect((await run("'hello'")).value).toBe("'hello'")
  })

  it('shows no value for undefined, statements and timers', async () => {
    for (const source of [
      'undefined',
      "'use strict'",
      'const a = 1',
      'for (let i = 0; i < 3; i++) i',
      'setTimeout(() => {}, 1)',
    ])
      expect(await run(source)).not.toHaveProperty('value')
  })

  it('shows what a promise at the end came to, and errors inside values without our frames', async () => {
    expect(await run('Promise.resolve([1])')).toMatchObject({ reason: 'ok', value: '[ 1 ]' })
    expect(await run('new Promise(() => {})')).toMatchObject({ value: 'Promise { <pending> }' })
    const { value } = await run("({ e: new TypeError('bad', { cause: 5 }) })")
    expect(value).toBe('{\n  e: TypeError: bad\n      at main.js:1:7 {\n    [cause]: 5\n  }\n}')
  })

  it('takes top-level await, and shows the last expression behind it', async () => {
    const source =
      'const a = await Promise.resolve(20)\nconst b = await new Promise((r) => setTimeout(r, 5, 22))\na + b'
    expect(await run(source)).toMatchObject({ reason: 'ok', value: '42' })
    expect(await run('await 1;({ a: 1 });')).toMatchObject({ value: '{ a: 1 }' })
    expect(await run('for await (const x of [1, 2]) console.log(x)')).toMatchObject({ output: '1\n2\n' })
  })

  it('survives programs that break the built-ins', async () => {
    const source = `Object.prototype.toJSON = () => 'x'; Array.prototype.toJSON = () => 1
      Promise.prototype.then = null; JSON.stringify = null
      await 1; 7`
    expect(await run(source)).toMatchObject({ reason: 'ok', value: '7' })
  })
})

describe('TypeScript', () => {
  it('runs enums, parameter properties, namespaces of types and generics', async () => {
    const source = `enum Color { Red = 1, Green }
interface Shape { name: string }
class Box<T> { constructor(private readonly held: T, public label?: string) {} get(): T { return this.held } }
const shape = { name: 'box' } satisfies Shape
export const used: Shape = shape as Shape;
[Color.Green, Color[1], new Box<number>(5).get(), used!.name]`
    expect(await runTypeScript(source)).toMatchObject({ reason: 'ok', value: "[ 2, 'Red', 5, 'box' ]" })
  })

  it('takes a module’s exports', async () => {
    expect((await runTypeScript('export const a = 1\nexport default { a }')).value).toBe('{ a: 1 }')
    expect((await runTypeScript('await 1\nexport default { a: 2 }')).value).toBe('{ a: 2 }')
    expect((await runTypeScript('export default function go() {}\nexport { go }\ngo()')).reason).toBe('ok')
  })

  it('gives the line and column that were written', async () => {
    const source = `type A = {\n  b: number\n}\nfunction go(n: number, m: string): never { throw new TypeError('no') }\nconst x: A = { b: 1 }; go(x.b, 'x')`
    const { error } = await runTypeScript(source)
    expect(error).toMatchObject({ name: 'TypeError', message: 'no', line: 4 })
    expect(error?.stack).toBe('TypeError: no\n    at go (main.ts:4:50)\n    at main.ts:5:24')
  })

  it('places syntax errors', async () => {
    const { error } = await runTypeScript('let a: number = 1\nlet b: = 2')
    expect(error).toMatchObject({ name: 'SyntaxError', line: 2 })
    expect(error?.stack).toContain('main.ts:2:')
  })
})

describe('errors', () => {
  it('keep the lines and columns of the program and nothing of the host', async () => {
    const { reason, error } = await run(
      "function inner() {\n  throw new RangeError('boo')\n}\n[1].map(() => inner())",
    )
    expect(reason).toBe('error')
    expect(error).toEqual({
      name: 'RangeError',
      message: 'boo',
      line: 2,
      stack: 'RangeError: boo\n    at inner (main.js:2:9)\n    at main.js:4:15\n    at main.js:4:5',
    })
  })

  it('keep them behind a top-level await, on the last line too', async () => {
    const { error } = await run('const a = await 1; null.x')
    expect(error?.stack).toMatch(/\n {4}at main\.js:1:25$/)
    const last = await run('await 1\nfoo()')
    expect(last.error?.stack).toBe('ReferenceError: foo is not defined\n    at main.js:2:1')
  })

  it('place syntax errors, late failures and unhandled rejections', async () => {
    const syntax = await run('let a = 1\nlet b = ;')
    expect(syntax.error).toMatchObject({ name: 'SyntaxError', message: "Unexpected token ';'", line: 2 })
    expect(syntax.error?.stack).toContain('main.js:2:9')
    const late = await run("setTimeout(() => {\n  throw new Error('late')\n}, 5)")
    expect(late).toMatchObject({ reason: 'error', error: { message: 'late', line: 2 } })
    const rejected = await run("Promise.reject(new Error('nobody'))\n1")
    expect(rejected).toMatchObject({ reason: 'error', error: { message: 'nobody', line: 1 } })
  })

  it('may be any value', async () => {
    expect((await run('throw { code: 5 }')).error).toMatchObject({ name: 'Uncaught', message: '{ code: 5 }' })
    expect((await run('throw null')).error).toMatchObject({ message: 'null' })
  })

  it('say that there are no modules', async () => {
    const { error } = await run("\nimport _ from 'lodash'")
    expect(error).toMatchObject({
      message: "Cannot import 'lodash': there are no modules here but the program's own files",
      line: 2,
    })
    expect((await run("require('child_process')")).error?.message).toContain('there are no modules here')
  })
})

describe('output and surroundings', () => {
  it('keeps the order of everything printed', async () => {
    const source = `console.log('1 %s %d %j', 'a', 2, { b: 3 }, [4])
console.error('2'); queueMicrotask(() => console.log('4')); process.stdout.write('3\\n')
setTimeout(() => console.warn('7'), 20); setTimeout(() => console.log('6'), 1); Promise.resolve().then(() => console.log('5'))
const timer = setInterval(() => { console.log('8'); clearInterval(timer) }, 40)`
    const { output } = await run(source)
    expect(output).toBe('1 a 2 {"b":3} [ 4 ]\n2\n3\n4\n5\n6\n7\n8\n')
  })

  it('draws groups and tables', async () => {
    const { output } = await run(
      "console.group('g'); console.log('in'); console.groupEnd(); console.table([{ a: 1 }, { b: 'x' }])",
    )
    expect(output).toBe(
      `g\n  in\n┌─────────┬───┬─────┐\n│ (index) │ a │ b   │\n├─────────┼───┼─────┤\n│ 0       │ 1 │     │\n│ 1       │   │ 'x' │\n└─────────┴───┴─────┘\n`,
    )
  })

  it('gives input and arguments', async () => {
    const source =
      "[prompt(), stdin, require('fs').readFileSync(0, 'utf8').length, args, process.argv.slice(2)]"
    const { value } = await run(source, { stdin: 'one\ntwo\n', args: ['x', 'é'] })
    expect(value).toBe("[ 'one', 'one\\ntwo\\n', 8, [ 'x', 'é' ], [ 'x', 'é' ] ]")
  })

  it('has the everyday globals', async () => {
    const source = `const copy = structuredClone({ m: new Map([[1, new Date(0)]]), u: new Uint8Array([1]) });
[new TextDecoder().decode(new TextEncoder().encode('aé€😀')), atob(btoa('hi!')), copy.m.get(1).getTime(), copy.u.length]`
    expect((await run(source)).value).toBe("[ 'aé€😀', 'hi!', 0, 1 ]")
  })

  it('ends with the code the program chose', async () => {
    expect(await run("console.log('bye'); process.exit(3); console.log('never')")).toMatchObject({
      reason: 'exit',
      exitCode: 3,
      output: 'bye\n',
    })
  })

  it('gives only well-formed text without NULs', async () => {
    const { output, value } = await run("console.log('a\\0b\\ud800'); '😀'")
    expect(output).toBe('a\ufffdb\ufffd\n')
    expect(value).toBe("'😀'")
  })

  it('keeps 64 KiB, cut between characters, and stops a flood', async () => {
    const long = await run("console.log('é'.repeat(50_000)); 1")
    expect(long).toMatchObject({ reason: 'ok', truncated: true, value: '1' })
    expect(Buffer.byteLength(long.output)).toBeLessThanOrEqual(65_536)
    expect(long.output).toMatch(/^é+$/)
    const flood = await run("for (;;) console.log('x'.repeat(100))")
    expect(flood).toMatchObject({ reason: 'output-limit', truncated: true })
    expect(flood.output).toHaveLength(65_536)
    expect((await run("console.log('x'.repeat(5_000_000))")).reason).toBe('output-limit')
  })

  it('refuses texts that are too long', async () => {
    await expect(run('1'.repeat(65_537))).rejects.toMatchObject({ code: 'run_too_large' })
  })
})
