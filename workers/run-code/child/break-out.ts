import { execFileSync, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

/** What there is to reach, set up by the process outside. */
export interface Prey {
  /** A folder that everybody may read and write, with `secretFile` in it and `socketFile`, which listens. */
  readonly folder: string
  readonly secretFile: string
  readonly socketFile: string
  readonly port: number
  readonly udpPort: number
  readonly hubPid: number
}

/** `got` is what the attempt brought home; absent where it was refused. */
export interface AttemptLine {
  readonly name: string
  readonly got?: string
}

const JOB_FD = 3
const ANSWER_FD = 4
const ATTEMPT_MS = 1_500

/**
 * Runs in the place of the program around the isolate, with all that it may do: this is what a person's
 * program could try once it had broken out of V8. Harms nothing: what it reaches for was put there for it.
 */
export async function breakOut(prey: Prey): Promise<void> {
  say({ type: 'ready' })
  readSync(JOB_FD, Buffer.alloc(1))
  for (const [name, reach] of attemptsOn(prey)) {
    const got = await within(reach)
    const line: AttemptLine = got === undefined ? { name } : { name, got }
    say({ type: 'output', text: JSON.stringify(line) })
  }
  say({ type: 'done', reason: 'ok', cpuMs: 0, memoryBytes: 0 })
}

type Reach = () => unknown

function attemptsOn({ folder, secretFile, socketFile, port, udpPort, hubPid }: Prey): [string, Reach][] {
  const text = (path: string): string => readFileSync(path, 'utf8').slice(0, 60)
  return [
    ['read a file', () => text(secretFile)],
    ['read the password file', () => text('/etc/passwd')],
    ['list a folder', () => readdirSync(folder).join()],
    ['write a file', () => writeFileSync(join(folder, 'written'), 'x') ?? 'written'],
    ['append to a file', () => appendFileSync(secretFile, 'x') ?? 'appended'],
    ['make a folder', () => mkdirSync(join(folder, 'made')) ?? 'made'],
    ['write at the root', () => writeFileSync('/written', 'x') ?? 'written'],
    ['write a database', () => writeDatabase(join(folder, 'data.sqlite'))],
    [
      'see the environment',
      () =>
        Object.keys(process.env)
          .filter((name) => name !== 'PWD')
          .join() || undefined,
    ],
    ['see the hub’s environment', () => text(`/proc/${hubPid}/environ`)],
    ['see other processes', () => readdirSync('/proc').filter((name) => Number(name) > 1_000)[0]],
    ['start Node', () => String(execFileSync(process.execPath, ['-v']))],
    ['start a shell', () => spawnSync('/bin/sh', ['-c', 'echo shell']).stdout?.toString() || undefined],
    ['signal the hub', () => process.kill(hubPid, 0)],
    ['connect by TCP', () => connection({ port, host: '127.0.0.1' })],
    ['connect by a Unix socket', () => connection({ path: socketFile })],
    ['fetch by HTTP', async () => (await fetch(`http://127.0.0.1:${port}/`)).status],
    ['send by UDP', () => datagram(udpPort)],
    ['ask for a name', async () => (await lookup('example.org')).address],
    // Last: where it is let through, a mistake in its arguments ends the process.
    ['start by a binding', () => spawnByBinding()],
  ]
}

async function within(reach: Reach): Promise<string | undefined> {
  try {
    const late = new Promise((resolve) => setTimeout(() => resolve(undefined), ATTEMPT_MS))
    const got: unknown = await Promise.race([reach(), late])
    return got === undefined ? undefined : String(got).slice(0, 200)
  } catch {
    return undefined
  }
}

function writeDatabase(path: string): string {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  new DatabaseSync(path).exec('create table t (a)')
  return 'written'
}

function spawnByBinding(): unknown {
  const binding: unknown = Reflect.get(process, 'binding').call(process, 'spawn_sync')
  const { status, pid } = Object(binding).spawn({
    file: process.execPath,
    args: ['node', '-v'],
    stdio: ['ignore', 'ignore', 'ignore'].map((type) => ({ type })),
    envPairs: [],
  })
  return status === 0 ? pid : undefined
}

function connection(
  to: { readonly port: number; readonly host: string } | { readonly path: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(to, () => {
      resolve('connected')
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

function datagram(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4')
    socket.on('error', reject)
    socket.send('x', port, '127.0.0.1', (error) => (error === null ? resolve('sent') : reject(error)))
  })
}

function say(message: object): void {
  const line = Buffer.from(`${JSON.stringify(message)}\n`)
  for (let offset = 0; offset < line.length; ) offset += writeSync(ANSWER_FD, line, offset)
}
