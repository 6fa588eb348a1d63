import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunLanguage } from '../../../src/model/command.ts'
import type { CodeRunner, RunResult } from '../../../src/ports/code-runner.ts'
import { openCodeRunner } from '../../../workers/run-code/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'

let runner: CodeRunner

beforeAll(async () => {
  runner = await openCodeRunner({ sandbox: 'none', concurrency: 2, log: createRecordingLogger() })
})

afterAll(() => runner.close())

function run(language: RunLanguage, source: string, files: Record<string, string>): Promise<RunResult> {
  const list = Object.entries(files).map(([name, text]) => ({ name, text }))
  return runner.run({ language, source, files: list }, AbortSignal.timeout(60_000))
}

describe('files beside a program', () => {
  it('are modules of JavaScript, required or imported', async () => {
    const files = {
      'helper.js': 'exports.twice = (n) => n * 2',
      'names.json': '["Ana"]',
      'data.txt': 'one\ntwo\n',
    }
    const required =
      "require('./helper').twice(require('./names.json').length) + require('fs').readFileSync('data.txt', 'utf8').length"
    expect(await run('javascript', required, files)).toMatchObject({ reason: 'ok', value: '10' })
    const imported =
      "import { twice } from './helper.js'\nimport names from './names.json'\ntwice(names.length)"
    expect(await run('javascript', imported, files)).toMatchObject({ reason: 'ok', value: '2' })
    const awaited = "import { twice } from './helper.js'\nawait null\ntwice(4)"
    expect(await run('javascript', awaited, files)).toMatchObject({ reason: 'ok', value: '8' })
  })

  it('are modules of TypeScript, with types and lines of their own', async () => {
    const files = {
      'shapes.ts':
        'export interface Point { x: number }\nexport const make = (x: number): Point => ({ x })\nexport const fail = (): never => {\n  throw new Error("no")\n}',
    }
    const source =
      "import { fail, make, type Point } from './shapes'\nconst one: Point = make(3)\nconsole.log(one.x)\nfail()"
    const { output, error } = await run('typescript', source, files)
    expect(output).toBe('3\n')
    expect(error).toMatchObject({ message: 'no', line: 4 })
    expect(error?.stack).toMatch(/at fail \(shapes\.ts:4:\d+\)\n {4}at main\.ts:4:\d+/)
    expect(error?.stack).not.toContain('/')
  })

  it('are modules and files of Python', async () => {
    const files = { 'helper.py': 'def fail():\n    raise ValueError("no")\nx = 2', 'data.txt': 'one\n' }
    const { reason, value } = await run(
      'python',
      'import helper\nhelper.x + len(open("data.txt").read())',
      files,
    )
    expect({ reason, value }).toEqual({ reason: 'ok', value: '6' })
    const { error } = await run('python', 'import helper\nhelper.fail()', files)
    expect(error).toMatchObject({ name: 'ValueError', line: 2 })
    expect(error?.stack).toContain('File "helper.py", line 2, in fail\n    raise ValueError("no")')
  }, 60_000)

  it('are modules and files of Lua', async () => {
    const files = { 'helper.lua': 'return { x = 2 }', 'data.txt': 'one\ntwo\n' }
    const source =
      "local helper = require 'helper'\nlocal n = 0\nfor line in io.lines('data.txt') do n = n + #line end\nreturn helper.x + n"
    expect(await run('lua', source, files)).toMatchObject({ reason: 'ok', value: '8' })
  })

  it('are scripts and tables of SQL', async () => {
    const files = {
      'schema.sql': "create table team (name text); insert into team values ('Ana')",
      'sales.csv': 'name,amount\nAna,3\n"Bea, the second",4\n',
    }
    const source = 'select sum(amount) as total, (select name from team) as first from sales'
    expect((await run('sql', source, files)).output).toMatch(/total.*first[\s\S]*7.*Ana/)
    const broken = await run('sql', 'select 1', { 'schema.sql': 'create tabel x' })
    expect(broken.error?.stack).toContain('schema.sql:1')
  })
})
