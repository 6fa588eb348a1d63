import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'

const run = promisify(execFile)
const START_LIMIT_MS = 10_000

export interface RedisServer {
  readonly url: string
  /** Forgets all it held. */
  stop(): Promise<void>
  start(): Promise<void>
  /** One command, as an operator would type it. */
  tell(command: string, ...args: string[]): Promise<void>
}

/** A throw-away Redis in memory, from the `redis-server` on PATH; undefined without one. */
export async function startRedisServer(): Promise<RedisServer | undefined> {
  const found = await run('redis-server', ['--version']).then(
    () => true,
    () => false,
  )
  if (!found) return undefined
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let server: ChildProcess | undefined

  async function start(): Promise<void> {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    // The shell ends Redis when the pipe from the test closes, so that a killed test leaves none behind.
    const script = 'redis-server "$@" & server=$!; cat; kill "$server"; wait "$server"'
    server = spawn('sh', ['-c', script, 'sh', ...args], { stdio: ['pipe', 'ignore', 'ignore'] })
    await waitUntilServing(url)
  }

  await start()
  return {
    url,
    start,
    async tell(command, ...args) {
      const client = new Redis(url)
      client.on('error', () => undefined)
      try {
        await client.call(command, ...args)
      } finally {
        client.disconnect()
      }
    },
    async stop() {
      if (server === undefined) return
      const exited = once(server, 'exit')
      server.stdin?.end()
      server = undefined
      await exited
    },
  }
}

async function waitUntilServing(url: string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS
  const client = new Redis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: () => (Date.now() < deadline ? 20 : null),
  })
  let lastError: Error | undefined
  client.on('error', (error) => {
    lastError = error
  })
  try {
    await client.ping()
  } catch (cause) {
    throw new Error('The test Redis does not start.', { cause: lastError ?? cause })
  } finally {
    client.disconnect()
  }
}
