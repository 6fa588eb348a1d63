import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CodeRunner, RunRequest, RunResult } from '../../../src/ports/code-runner.ts'
import { openCodeRunner } from '../../../workers/run-code/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'

let runner: CodeRunner
let cacheDir = ''

beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'python-'))
  runner = await open()
})

afterAll(async () => {
  await runner.close()
  await rm(cacheDir, { recursive: true, force: true })
})

function open(): Promise<CodeRunner> {
  return openCodeRunner({ sandbox: 'none', concurrency: 2, log: createRecordingLogger(), cacheDir })
}

function run(source: string, rest: Partial<RunRequest> = {}): Promise<RunResult> {
  return runner.run({ language: 'python', source, ...rest }, AbortSignal.timeout(60_000))
}

describe('Python', { timeout: 60_000 }, () => {
  it('prints and shows the value of the last expression', async () => {
    const source = `import json, re
from dataclasses import dataclass
@dataclass
class Point:
    x: int = 1
print(json.dumps({'a': [1, 'é']}, ensure_ascii=False), end='!\\n')
Point(2)`
    expect(await run(source)).toMatchObject({
      reason: 'ok',
      output: '{"a": [1, "é"]}!\n',
      value: 'Point(x=2)',
    })
    expect(await run('None')).not.toHaveProperty('value')
    expect(await run("if __name__ == '__main__':\n  print(__file__)")).toMatchObject({ output: 'main.py\n' })
  })

  it('shows a traceback of the program’s own lines', async () => {
    const { reason, error } = await run('def f(n):\n    return 1 / n\n\nf(0)')
    expect(reason).toBe('error')
    expect(error).toEqual({
      name: 'ZeroDivisionError',
      message: 'division by zero',
      line: 2,
      stack: `Traceback (most recent call last):
  File "main.py", line 4, in <module>
    f(0)
    ~^^^
  File "main.py", line 2, in f
    return 1 / n
           ~~^~~
ZeroDivisionError: division by zero`,
    })
    const syntax = await run('a = 1\nb = = 2')
    expect(syntax.error).toMatchObject({ name: 'SyntaxError', line: 2 })
    expect(syntax.error?.stack).toMatch(/^ {2}File "main\.py", line 2\n {4}b = = 2\n/)
  })

  it('reads input and arguments', async () => {
    const source = "import sys\n[input('? '), sys.stdin.read(), sys.argv]"
    expect(await run(source, { stdin: 'one\ntwo', args: ['é'] })).toMatchObject({
      output: '? ',
      value: "['one', 'two', ['main.py', 'é']]",
    })
    expect((await run('input()')).error).toMatchObject({ name: 'EOFError' })
  })

  it('waits: for sleeps, for coroutines, and not for ever', async () => {
    const source = `import asyncio
async def main():
    return await asyncio.gather(asyncio.sleep(0.05, 1), asyncio.sleep(0.01, 2))
asyncio.run(main())`
    expect(await run(source)).toMatchObject({ reason: 'ok', value: '[1, 2]' })
    expect(await run('import asyncio\nawait asyncio.sleep(0.01, 7)')).toMatchObject({ value: '7' })
    const slept = await run('import time\nt = time.time()\ntime.sleep(0.3)\ntime.time() - t > 0.25')
    expect(slept).toMatchObject({ value: 'True' })
    expect(slept.cpuMs).toBeLessThan(300)
    expect(await run('import asyncio\nawait asyncio.Future()')).toMatchObject({ reason: 'unsettled' })
  })

  it('ends as the program chose', async () => {
    expect(await run("print('x')\nraise SystemExit(3)")).toMatchObject({ reason: 'exit', exitCode: 3 })
    expect(await run("import sys\nsys.exit('why')")).toMatchObject({ exitCode: 1, output: 'why\n' })
    expect(await run('import os\nos._exit(4)')).toMatchObject({ reason: 'exit', exitCode: 4 })
  })

  it('draws other numbers in every run', async () => {
    const source = 'import random, os\n(random.random(), os.urandom(4))'
    const [first, second] = await Promise.all([run(source), run(source)])
    expect(first.value).not.toBe(second.value)
  })

  it('finds no file, process, network or environment of the host, through JavaScript neither', async () => {
    const source = `import js, os, socket, subprocess
def attempt(reach):
    try:
        return reach()
    except BaseException as error:
        return type(error).__name__
[attempt(lambda: open('/etc/passwd').read()),
 attempt(lambda: subprocess.run(['ls'])),
 attempt(lambda: socket.create_connection(('127.0.0.1', 80), 1)),
 attempt(lambda: os.environ['SECRET_KEY']),
 attempt(lambda: js.process.env), attempt(lambda: js.require('fs')), attempt(lambda: js.fetch('http://127.0.0.1')),
 str(js.eval('typeof process + typeof require + typeof fetch + typeof takeAsset'))]`
    expect((await run(source)).value).toBe(
      "['FileNotFoundError', 'OSError', 'OSError', 'KeyError', 'AttributeError', 'AttributeError', 'AttributeError', 'undefinedundefinedundefinedundefined']",
    )
  })

  it('stops hoarding and endless recursion', async () => {
    expect(runner.allowance('python')).toEqual({ cpuMs: 5_000, wallMs: 10_000, memoryMb: 160 })
    expect(await run('kept = []\nwhile True: kept.append("x" * 1000 + str(len(kept)))')).toMatchObject({
      reason: 'memory',
    })
    expect(await run('def f(): f()\nf()')).toMatchObject({ error: { name: 'RecursionError' } })
  })

  it('keeps its start image, and makes it again where it is damaged', async () => {
    const [kept = ''] = await readdir(cacheDir)
    expect(kept).toMatch(/^python-.*\.image$/)
    const image = await readFile(join(cacheDir, kept))
    await writeFile(join(cacheDir, kept), image.fill(0, 1_000_000, 2_000_000))
    const second = await open()
    try {
      const result = await second.run({ language: 'python', source: '6 * 7' }, AbortSignal.timeout(60_000))
      expect(result).toMatchObject({ value: '42' })
      const names = await readdir(cacheDir)
      expect(names).toHaveLength(1)
    } finally {
      await second.close()
    }
  })
})
