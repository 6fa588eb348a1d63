import { performance } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { CodeRunner, RunReason, RunResult } from '../../../src/ports/code-runner.ts'
import { createCodeRunner, findCage } from '../../../workers/run-code/code-runner.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import { busiestMs, markedProcesses } from './marked-processes.ts'

const LIMITS = { cpuMs: 600, wallMs: 2_500 }

let runner: CodeRunner
let marker = ''

beforeAll(async () => {
  const cage = await findCage(['strong', 'namespaces', 'none'], createRecordingLogger())
  marker = cage.marker
  runner = createCodeRunner(cage, { concurrency: 2, limits: LIMITS })
})

afterAll(() => runner.close())

function run(source: string, signal: AbortSignal = AbortSignal.timeout(38_000)): Promise<RunResult> {
  return runner.run({ language: 'javascript', source }, signal)
}

const BAD: readonly (readonly [string, string, readonly RunReason[]])[] = [
  ['a loop', 'for (;;) {}', ['cpu-timeout']],
  [
    'endless microtasks',
    'let n = 0; const f = () => Promise.resolve().then(() => { n++; return f() }); await f()',
    ['cpu-timeout', 'memory'],
  ],
  ['a sparse array', 'const a = []; a[2 ** 32 - 2] = 1; a.indexOf(7)', ['cpu-timeout']],
  ['sorting a sparse array', 'const a = []; a[2 ** 32 - 2] = 1; a.sort()', ['cpu-timeout', 'memory']],
  ['a huge BigInt', '(2n ** 30000000n) ** 30n', ['cpu-timeout', 'memory', 'error']],
  ['a backtracking pattern', "/^(a+)+$/.test('a'.repeat(40) + 'b')", ['cpu-timeout']],
  [
    'an error with a looping getter',
    "throw Object.defineProperty(new Error('x'), 'message', { get() { for (;;); } })",
    ['cpu-timeout'],
  ],
  [
    'a rejected error with a looping getter',
    "Promise.reject(Object.defineProperty(new Error('x'), 'stack', { get() { for (;;); } })); 1",
    ['cpu-timeout'],
  ],
  [
    'a looping prepareStackTrace',
    "Error.prepareStackTrace = () => { for (;;); }; throw new Error('x')",
    ['cpu-timeout'],
  ],
  ['a thrown looping proxy', 'throw new Proxy({}, { get() { for (;;); } })', ['cpu-timeout']],
  ['a list of lists', 'const a = []; for (;;) a.push(new Array(1000).fill({}))', ['memory']],
  ['many small lists', 'const a = []; for (;;) a.push([1])', ['memory', 'cpu-timeout']],
  ['growing text', "let s = 'x'; const a = []; for (;;) a.push((s += s + a.length))", ['memory', 'error']],
  ['array buffers', 'const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1))', ['memory', 'error']],
  [
    'resizable buffers',
    'const a = []; for (;;) { const b = new ArrayBuffer(8, { maxByteLength: 1e8 }); b.resize(1e8); new Uint8Array(b).fill(1); a.push(b) }',
    ['memory', 'error'],
  ],
  ['a map', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, i)', ['memory', 'cpu-timeout', 'error']],
  ['weak references', 'const a = []; for (;;) a.push(new WeakRef({}))', ['memory', 'cpu-timeout']],
  ['a split that crashes V8', "'x'.repeat(2 ** 29 - 25).split('')", ['memory', 'crash']],
  ['a stack overflow', 'const f = () => f(); f()', ['error']],
  ['deep parentheses', '('.repeat(60_000), ['error']],
  ['deep nesting of a value', 'let o = {}, c = o; for (let i = 0; i < 1e5; i++) c = c.a = {}; o', ['ok']],
  ['an await that never settles', 'await new Promise(() => {})', ['unsettled']],
  ['a timer past the limit', 'await new Promise((r) => setTimeout(r, 60_000))', ['wall-timeout']],
  ['a thread that sleeps', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', ['wall-timeout']],
]

describe('hostile programs', () => {
  it('end for the right reason, in time, and leave a runner that answers and no process', async () => {
    const ends = await Promise.all(
      BAD.map(async ([name, source, reasons]) => {
        const { reason, wallMs, cpuMs } = await run(source)
        const isInTime =
          reason === 'wall-timeout' || cpuMs < LIMITS.cpuMs + 200 || wallMs < LIMITS.cpuMs + 200
        return [name, reasons.includes(reason) ? 'right' : reason, wallMs < LIMITS.wallMs + 200 && isInTime]
      }),
    )
    expect(ends).toEqual(BAD.map(([name]) => [name, 'right', true]))

    expect(await run('6 * 7')).toMatchObject({ reason: 'ok', value: '42' })
    await runner.close()
    if (process.platform === 'linux')
      await vi.waitFor(() => expect(markedProcesses(marker)).toEqual([]), { timeout: 2_000 })
  }, 40_000)
})

describe('with a runner of its own', () => {
  async function open(concurrency: number): Promise<CodeRunner & { readonly marker: string }> {
    const cage = await findCage(['strong', 'namespaces', 'none'], createRecordingLogger())
    const own = createCodeRunner(cage, { concurrency, limits: { cpuMs: 5_000, wallMs: 10_000 } })
    return { ...own, marker: cage.marker }
  }
  const program = (source: string) => ({ language: 'javascript', source }) as const

  it('shows what was printed before a program hung', async () => {
    const own = await open(1)
    try {
      const cancel = AbortSignal.timeout(10_000)
      const result = await own.run(program("console.log('before'); await new Promise(() => {})"), cancel)
      expect(result).toMatchObject({ reason: 'unsettled', output: 'before\n' })
      expect(result.wallMs).toBeLessThan(1_000)
    } finally {
      await own.close()
    }
  })

  it.runIf(process.platform === 'linux')(
    'ends a run within 300 ms of its signal, with the signal’s reason',
    async () => {
      const own = await open(1)
      try {
        const cancel = new AbortController()
        const running = own.run(program('for (;;) {}'), cancel.signal)
        const waiting = own.run(program('1'), cancel.signal)
        const outcomes = Promise.allSettled([running, waiting])
        await vi.waitFor(() => expect(busiestMs(own.marker)).toBeGreaterThan(150), { timeout: 5_000 })
        const abortedAt = performance.now()
        cancel.abort(new Error('stopped by its author'))
        const reason = { status: 'rejected', reason: { message: 'stopped by its author' } }
        expect(await outcomes).toMatchObject([reason, reason])
        expect(performance.now() - abortedAt).toBeLessThan(300)
        expect(await own.run(program('2'), AbortSignal.timeout(5_000))).toMatchObject({ value: '2' })
      } finally {
        await own.close()
      }
    },
  )

  it('runs so many at once, the others in the order they came', async () => {
    const own = await open(2)
    try {
      const ended: number[] = []
      const startedAt = performance.now()
      const nap = (index: number) =>
        own
          .run(
            program(`await new Promise((r) => setTimeout(r, ${300 + index * 20}))`),
            AbortSignal.timeout(14_000),
          )
          .then(() => ended.push(index))
      await Promise.all([0, 1, 2, 3, 4, 5].map(nap))
      expect(ended).toEqual([0, 1, 2, 3, 4, 5])
      // Three pairs, one after the other: 300, 340 and 380 ms at the least.
      expect(performance.now() - startedAt).toBeGreaterThan(1_000)
    } finally {
      await own.close()
    }
  })

  it('sends away who waits or runs when it closes', async () => {
    const own = await open(1)
    const signal = AbortSignal.timeout(10_000)
    const running = own.run(program('for (;;) {}'), signal)
    const waiting = own.run(program('1'), signal)
    const outcomes = Promise.allSettled([running, waiting])
    await own.close()
    const refused = { status: 'rejected', reason: { code: 'run_unavailable' } }
    expect(await outcomes).toMatchObject([refused, refused])
  })
})
