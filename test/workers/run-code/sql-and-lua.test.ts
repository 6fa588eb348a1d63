import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { RunLanguage } from '../../../src/model/command.ts'
import type { CodeRunner, RunRequest, RunResult } from '../../../src/ports/code-runner.ts'
import { openCodeRunner } from '../../../workers/run-code/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'

let runner: CodeRunner

beforeAll(async () => {
  runner = await openCodeRunner({ sandbox: 'none', concurrency: 2, log: createRecordingLogger() })
})

afterAll(() => runner.close())

function running(language: RunLanguage) {
  return (source: string, rest: Partial<RunRequest> = {}): Promise<RunResult> =>
    runner.run({ language, source, ...rest }, AbortSignal.timeout(14_000))
}

describe('SQL', () => {
  const run = running('sql')

  it('shows result sets as aligned tables, and what changed', async () => {
    const source = `create table people (name text, age integer);
insert into people values ('Ann', 7), ('Bärbel', 31);
select name, age, null as none, x'00ff' as bytes from people;
update people set age = age + 1 where age > 30;
select 'a|b' || char(10) || 'c' as text where 1`
    expect(await run(source)).toMatchObject({
      reason: 'ok',
      output: `(2 rows changed)

| name   | age | none | bytes   |
| ------ | --: | ---: | ------- |
| Ann    |   7 | NULL | x'00ff' |
| Bärbel |  31 | NULL | x'00ff' |
(2 rows)

(1 row changed)

| text   |
| ------ |
| a\\|b⏎c |
(1 row)
`,
    })
  })

  it('keeps large integers whole, and stops at a thousand rows', async () => {
    expect((await run('select 9223372036854775807 as big')).output).toContain('| 9223372036854775807 |')
    const endless = 'with recursive c(n) as (select 1 union all select n + 1 from c) select n from c'
    const { reason, output } = await run(endless)
    expect(reason).toBe('ok')
    expect(output).toMatch(/\| 1000 \|\n\(the first 1000 rows\)\n$/)
  })

  it('names the line of a mistake, and shows what came before it', async () => {
    const { reason, output, error } = await run(
      'select 1 as one;\n\n-- then\nselect *\nFORM people;\nselect 2',
    )
    expect(reason).toBe('error')
    expect(output).toContain('| one |')
    expect(error).toEqual({
      name: 'SqlError',
      message: 'near "FORM": syntax error',
      line: 5,
      stack: 'SqlError: near "FORM": syntax error\n    at main.sql:5',
    })
    expect((await run('\nselect * from nowhere')).error).toMatchObject({
      message: 'no such table: nowhere',
      line: 2,
    })
  })

  it('gives input and arguments as tables, and begins each run empty', async () => {
    const { output } = await run('select stdin.line || args.line as both from stdin join args using (n)', {
      stdin: 'a\nb\n',
      args: ['1', '2'],
    })
    expect(output).toContain('| a1   |\n| b2   |')
    expect((await run('select count(*) as n from sqlite_master')).output).toContain('|   0 |')
  })
})

describe('Lua', () => {
  const run = running('lua')

  it('prints, reads, and shows values', async () => {
    const source = `io.write('a', 1, '\\n')
print(io.read('l'), io.read('n'), #arg, arg[1], ...)
return { 1, 'two', nested = { ok = true } }, nil, 2 // 1`
    expect(await run(source, { stdin: 'first\n42\n', args: ['é'] })).toMatchObject({
      reason: 'ok',
      output: 'a1\nfirst\t42\t1\té\té\n',
      value: '{1, "two", nested = {ok = true}}, nil, 2',
    })
    expect(await run('("x"):rep(3)')).toMatchObject({ value: '"xxx"' })
    expect(await run('local t = {} t.self = t return t')).toMatchObject({ value: '{self = {…}}' })
    expect(await run('local a = 1')).not.toHaveProperty('value')
  })

  it('places errors and mistakes', async () => {
    const { error } = await run("local function f()\n  error('boo')\nend\nf()")
    expect(error).toEqual({
      name: 'LuaError',
      message: 'boo',
      line: 2,
      stack: "LuaError: boo\n    at main.lua:2 in local 'f'\n    at main.lua:4 in main chunk",
    })
    expect((await run('local a = 1\nx = = 2')).error).toMatchObject({ name: 'SyntaxError', line: 2 })
    expect((await run('error({ code = 5 })')).error).toMatchObject({ message: '{code = 5}', line: 1 })
  })

  it('ends with the code the program chose', async () => {
    expect(await run("print('bye') os.exit(3)")).toMatchObject({
      reason: 'exit',
      exitCode: 3,
      output: 'bye\n',
    })
    expect(await run('os.exit(false)')).toMatchObject({ reason: 'exit', exitCode: 1 })
  })

  it('finds nothing of the host', async () => {
    const { value } = await run(
      "return io.open('/etc/passwd'), os.getenv('PATH'), (pcall(os.execute, 'ls')) and os.execute('ls'), js, host_write",
    )
    expect(value).toBe('nil, nil, nil, nil, nil')
  })
})

describe('limits of both', () => {
  it('stop loops and hoarding, each for its reason', async () => {
    const strict = await openCodeRunner({
      sandbox: 'none',
      concurrency: 2,
      log: createRecordingLogger(),
      limits: { cpuMs: 400, wallMs: 10_000 },
    })
    onTestFinished(() => strict.close())
    const running = (language: RunLanguage) => (source: string) =>
      strict.run({ language, source }, AbortSignal.timeout(14_000))
    const lua = running('lua')
    const sql = running('sql')
    const ends = await Promise.all([
      lua('while true do end'),
      lua('local t = {} for i = 1, 1e9 do t[i] = { i } end'),
      lua("return ('x'):rep(1e9)"),
      sql('with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c'),
      sql('select zeroblob(900000000)'),
    ])
    expect(ends.map(({ reason }) => reason)).toEqual([
      'cpu-timeout',
      'memory',
      'memory',
      'cpu-timeout',
      'memory',
    ])
    expect(runner.allowance('lua')).toEqual({ cpuMs: 2_000, wallMs: 5_000, memoryMb: 64 })
  })
})
