import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Containment } from '../../../src/ports/code-runner.ts'
import { type Attempt, breakOutOf } from '../../../workers/run-code/break-out.ts'
import { requireIsolateVersion } from '../../../workers/run-code/child-program.ts'
import { createCodeRunner, findCage } from '../../../workers/run-code/code-runner.ts'
import type { Cage } from '../../../workers/run-code/containment.ts'
import { ENGINE_OF } from '../../../workers/run-code/engines/all.ts'
import type { Launch } from '../../../workers/run-code/in-cage.ts'
import { openCodeRunner, tryBreakOut } from '../../../workers/run-code/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import { markedProcesses } from './marked-processes.ts'

const log = createRecordingLogger()
const works = async (rung: Containment): Promise<boolean> =>
  findCage([rung], log).then(
    () => true,
    () => false,
  )
const available = { strong: await works('strong'), namespaces: await works('namespaces') }

function cageOf(cage: Cage, isPermissive: boolean): Cage {
  const { command } = cage
  return {
    ...cage,
    command: (needs) => command(needs).filter((arg) => !isPermissive || arg !== '--permission'),
  }
}

/** A program of ours in the place of the one around the isolate. */
function launchOf(program: string): Launch {
  return { program, needs: ENGINE_OF.javascript.process, assets: [] }
}

describe('an escaped program', () => {
  const free = ({ isHeld }: Attempt): boolean => !isHeld

  it.skipIf(!available.strong).each(['javascript', 'python'] as const)(
    'reaches nothing under bwrap, even without Node’s own permissions (%s)',
    async (language) => {
      const needs = ENGINE_OF[language].process
      const cage = await findCage(['strong'], log)
      const attempts = await breakOutOf(cage, needs)
      expect(attempts.length).toBeGreaterThanOrEqual(20)
      expect(attempts.filter(free)).toEqual([])
      const permissive = await breakOutOf(cageOf(cage, true), needs)
      expect(permissive.length).toBe(attempts.length)
      // The empty root may be listed and holds nothing of the host's.
      expect(permissive.filter(free)).toEqual([])
    },
  )

  it.skipIf(!available.namespaces)(
    'reaches in namespaces at most sockets that are files and open to everybody',
    async () => {
      const cage = await findCage(['namespaces'], log)
      const attempts = await breakOutOf(cage, ENGINE_OF.javascript.process)
      expect(attempts.length).toBeGreaterThanOrEqual(20)
      expect(attempts.filter(free).map(({ name }) => name)).toEqual(['connect by a Unix socket'])
    },
  )

  it('is found out by the attempts, where nothing holds it', async () => {
    const cage = await findCage(['none'], log)
    const attempts = await breakOutOf(cageOf(cage, true), ENGINE_OF.javascript.process)
    const reached = attempts.filter(free).map(({ name }) => name)
    expect(reached).toEqual(
      expect.arrayContaining(['read a file', 'write a file', 'start Node', 'connect by TCP', 'send by UDP']),
    )
  })

  it.runIf(available.strong || available.namespaces)('is tried for the doctor', async () => {
    const { containment, attempts } = await tryBreakOut({ sandbox: 'auto', log })
    expect(containment).toBe(available.strong ? 'strong' : 'namespaces')
    expect(attempts).toContainEqual({ name: 'read a file', isHeld: true, got: '' })
  })

  it('that speaks out of turn is stopped and not believed', async () => {
    const cage = await findCage(['strong', 'namespaces', 'none'], log)
    const forged = `const fs = require('node:fs')
fs.writeSync(4, '{"type":"ready"}\\n'); fs.readSync(3, Buffer.alloc(1))
fs.writeSync(4, '{"type":"done","reason":"ok","cpuMs":0,"memoryBytes":0,"admin":true}\\n'); setInterval(() => {}, 1000)`
    const runner = createCodeRunner(
      cage,
      { concurrency: 1 },
      { of: async () => launchOf(forged), close: async () => undefined },
    )
    onTestFinished(() => runner.close())
    const result = await runner.run({ language: 'javascript', source: '1' }, AbortSignal.timeout(5_000))
    expect(result).toMatchObject({ reason: 'internal', output: '' })
  })
})

describe('the ladder', () => {
  it.runIf(available.strong || available.namespaces)(
    'takes the strongest rung by itself and says so',
    async () => {
      const own = createRecordingLogger()
      const runner = await openCodeRunner({ sandbox: 'auto', concurrency: 1, log: own })
      onTestFinished(() => runner.close())
      expect(runner.containment).toBe(available.strong ? 'strong' : 'namespaces')
      expect(own.lines.at(-1)).toMatchObject({ fields: { containment: runner.containment } })
    },
  )

  it.each(['strong', 'namespaces', 'none'] as const)(
    'gives the same answers on the rung %s',
    async (rung) => {
      if (rung !== 'none' && !available[rung]) return
      const cage = await findCage([rung], log)
      const runner = createCodeRunner(cage, { concurrency: 1, limits: { cpuMs: 300 } })
      onTestFinished(() => runner.close())
      const run = (source: string) =>
        runner.run({ language: 'typescript', source }, AbortSignal.timeout(10_000))
      expect(await run('enum E { A = 7 }\nE.A')).toMatchObject({ reason: 'ok', value: '7' })
      expect(await run('process.exit(4)')).toMatchObject({ reason: 'exit', exitCode: 4 })
      expect(await run("'x'.repeat(2 ** 29 - 25).split('')")).toMatchObject({ reason: 'memory' })
      expect(await run('await new Promise(() => {})')).toMatchObject({ reason: 'unsettled' })
      expect(await run('const a: unknown[] = []; for (;;) a.push(new Array(1000).fill({}))')).toMatchObject({
        reason: expect.stringMatching(/memory|cpu-timeout/),
      })
    },
  )

  it('refuses where no allowed rung works', async () => {
    await expect(findCage([], log)).rejects.toMatchObject({ code: 'run_unavailable' })
  })

  it('refuses an isolated-vm older than 7.0.1', () => {
    for (const version of ['6.1.2', '7.0.0', '7.0.1-beta.1', 'unknown'])
      expect(() => requireIsolateVersion(version)).toThrow(
        expect.objectContaining({ code: 'run_unavailable' }),
      )
    for (const version of ['7.0.1', '7.1.0', '8.0.0', '10.0.0'])
      expect(() => requireIsolateVersion(version)).not.toThrow()
  })
})

describe.runIf(process.platform === 'linux')('a killed worker', () => {
  it.each(['strong', 'namespaces', 'none'] as const)(
    'leaves no child behind on the rung %s',
    async (rung) => {
      if (rung !== 'none' && !available[rung]) return
      const worker = spawn(
        process.execPath,
        [fileURLToPath(new URL('./doomed-worker.ts', import.meta.url)), rung],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      )
      onTestFinished(() => void worker.kill('SIGKILL'))
      const [chunk]: Buffer[] = await once(worker.stdout, 'data')
      const marker = String(chunk).trim()
      expect(marker).toMatch(/^run-code-/)
      await vi.waitFor(() => expect(markedProcesses(marker).length).toBeGreaterThan(0), { timeout: 5_000 })
      worker.kill('SIGKILL')
      await vi.waitFor(() => expect(markedProcesses(marker)).toEqual([]), { timeout: 5_000 })
    },
  )
})
