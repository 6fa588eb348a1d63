import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Containment } from '../../src/ports/code-runner.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { AttemptLine, Prey } from './child/break-out.ts'
import { startChild } from './child.ts'
import { programText } from './child-program.ts'
import { findCage, rungsFor, type Sandbox } from './code-runner.ts'
import type { Cage, ProcessNeeds } from './containment.ts'
import { ENGINE_OF } from './engines/all.ts'

export interface Attempt {
  /** What was tried, in a few words. */
  readonly name: string
  readonly isHeld: boolean
  /** What it brought home; empty where it was held. */
  readonly got: string
}

export interface BreakOutReport {
  readonly containment: Containment
  readonly description: string
  readonly attempts: readonly Attempt[]
}

const LIMIT_MS = 30_000
const SECRET = 'a secret of the hub'

/**
 * Starts a process as programs get it, and lets it try, with all that is in its power, to read and write files,
 * see the environment and other processes, start programs, and use the network: what a program could do that had
 * already broken out of the isolate. Rejects with `run_unavailable` like the runner itself.
 */
export async function tryBreakOut(options: {
  readonly sandbox: Sandbox
  readonly log: Logger
}): Promise<BreakOutReport> {
  const cage = await findCage(rungsFor(options.sandbox), options.log)
  const { containment, description } = cage
  return { containment, description, attempts: await breakOutOf(cage, ENGINE_OF.python.process) }
}

/** For the cages of one rung. */
export async function breakOutOf(cage: Cage, needs: ProcessNeeds): Promise<Attempt[]> {
  const folder = await mkdtemp(join(tmpdir(), 'prey-'))
  const reached = new Set<string>()
  const secretFile = join(folder, 'secret')
  const socketFile = join(folder, 'socket')
  const servers = [
    listener(reached, 'connect by TCP'),
    listener(reached, 'connect by a Unix socket'),
  ] as const
  const datagrams = createSocket('udp4').on('message', () => reached.add('send by UDP'))
  try {
    await writeFile(secretFile, SECRET)
    servers[0].listen(0, '127.0.0.1')
    servers[1].listen(socketFile)
    datagrams.bind(0, '127.0.0.1')
    await Promise.all([...servers.map((server) => once(server, 'listening')), once(datagrams, 'listening')])
    await Promise.all([chmod(folder, 0o777), chmod(secretFile, 0o666), chmod(socketFile, 0o777)])
    const address = servers[0].address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const udpPort = datagrams.address().port
    const lines = await tried(cage, needs, {
      ...{ folder, secretFile, socketFile, port, udpPort, hubPid: process.pid },
    })
    // What happened out here counts, whatever was said in there.
    if ((await readFile(secretFile, 'utf8')) !== SECRET) reached.add('append to a file')
    const written = (await readdir(folder)).filter((name) => name !== 'secret' && name !== 'socket')
    if (written.length > 0) reached.add('write a file')
    return lines.map(({ name, got = reached.has(name) ? 'seen from outside' : undefined }) => ({
      ...{ name, isHeld: got === undefined, got: got ?? '' },
    }))
  } finally {
    for (const server of servers) server.close()
    datagrams.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function tried(cage: Cage, needs: ProcessNeeds, prey: Prey): Promise<AttemptLine[]> {
  const entry = fileURLToPath(new URL('./child/break-out.ts', import.meta.url))
  const program = programText({ entry, packages: [] }, 'breakOut', prey)
  const child = startChild(cage, { program, needs, assets: [] })
  const lines: AttemptLine[] = []
  const over = Promise.withResolvers<void>()
  const timer = setTimeout(over.resolve, LIMIT_MS)
  try {
    await child.ready
    child.listen((answer) => {
      if (answer?.type === 'output') lines.push(JSON.parse(answer.text))
      else over.resolve()
    })
    child.send({})
    await Promise.race([over.promise, child.ended])
    return lines
  } finally {
    clearTimeout(timer)
    child.kill()
    await child.ended
  }
}

function listener(reached: Set<string>, name: string): Server {
  return createServer((socket) => {
    reached.add(name)
    // It may have gone already.
    socket.on('error', () => socket.destroy())
    socket.destroy()
  })
}
