import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Containment } from '../../../src/ports/code-runner.ts'
import { startChild } from '../../../workers/run-code/child.ts'
import { requireIsolateVersion } from '../../../workers/run-code/child-program.ts'
import { createCodeRunner, findCage } from '../../../workers/run-code/code-runner.ts'
import type { Cage } from '../../../workers/run-code/containment.ts'
import { ENGINE_OF } from '../../../workers/run-code/engines/all.ts'
import type { Launch } from '../../../workers/run-code/in-cage.ts'
import { openCodeRunner } from '../../../workers/run-code/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import { markedProcesses } from './marked-processes.ts'

const log = createRecordingLogger()
const works = async (rung: Containment): Promise<boolean> =>
  findCage([rung], log).then(
    () => true,
    () => false,
  )
const available = { strong: await works('strong'), namespaces: await works('namespaces') }

/** What Node code tries that runs in the child itself, as after an escape from the isolate. */
const ESCAPED = `
const fs = require('node:fs')
const say = (text) => fs.writeSync(4, JSON.stringify({ type: 'output', text }) + '\\n')
fs.writeSync(4, '{"type":"ready"}\\n')
async function attempt(name, reach) { try { say(name + ': ' + JSON.stringify(await reach())) } catch { say(name + ': refused') } }
const socket = (open) => new Promise((resolve, reject) => { open(resolve).on('error', reject) })
fs.readSync(3, Buffer.alloc(1))
;(async () => {
  await attempt('environment', () => Object.keys(process.env).filter((name) => name !== 'PWD'))
  await attempt('read', () => fs.readFileSync('/etc/passwd', 'utf8').length)
  await attempt('root', () => fs.readdirSync('/').sort())
  await attempt('write', () => fs.writeFileSync('/tmp/written', '1') ?? 'written')
  await attempt('write at root', () => fs.writeFileSync('/written', '1') ?? 'written')
  await attempt('spawn', () => require('node:child_process').execFileSync(process.execPath, ['-v']).length)
  await attempt('tcp', () => socket((resolve) => require('node:net').connect(PORT, '127.0.0.1', () => resolve('connected'))))
  await attempt('udp', () => socket((resolve) => { const s = require('node:dgram').createSocket('udp4'); s.send('x', PORT, '127.0.0.1', (e) => e ? s.emit('error', e) : resolve('sent')); return s }))
  await attempt('signal', () => process.kill(HUB, 0))
  await attempt('over', () => true)
})()`

async function attempts(cage: Cage): Promise<readonly string[]> {
  let connections = 0
  const server = createServer(() => connections++).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const child = startChild(
    cage,
    launchOf(ESCAPED.replaceAll('PORT', String(port)).replaceAll('HUB', String(process.pid))),
  )
  onTestFinished(child.kill)
  const said: string[] = []
  await child.ready
  const over = Promise.withResolvers<void>()
  child.listen((answer) => {
    if (answer?.type === 'output') said.push(answer.text)
    if (answer === undefined || said.at(-1)?.startsWith('over')) over.resolve()
  })
  child.send({})
  await Promise.race([over.promise, child.ended])
  expect(connections).toBe(0)
  return said
}

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
  it.skipIf(!available.strong)(
    'reaches nothing under bwrap, even without Node’s own permissions',
    async () => {
      const cage = await findCage(['strong'], log)
      expect(await attempts(cageOf(cage, true))).toEqual([
        'environment: []',
        'read: refused',
        expect.stringMatching(/^root: \["isolated-vm\.node","lib"[^\]]*\]$/),
        'write: refused',
        'write at root: refused',
        'spawn: refused',
        'tcp: refused',
        'udp: refused',
        'signal: refused',
        'over: true',
      ])
    },
  )

  it.skipIf(!available.namespaces)(
    'reaches no file, no network and no other process in namespaces',
    async () => {
      const cage = await findCage(['namespaces'], log)
      expect(await attempts(cageOf(cage, false))).toEqual([
        'environment: []',
        'read: refused',
        'root: refused',
        'write: refused',
        'write at root: refused',
        'spawn: refused',
        'tcp: refused',
        'udp: refused',
        'signal: refused',
        'over: true',
      ])
    },
  )

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
