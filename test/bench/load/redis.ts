import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../../support/free-port.ts'

const START_LIMIT_MS = 10_000

/** With the durability that docker-compose.yml gives it; undefined without `redis-server` on PATH. */
export async function startDurableRedis(
  directory: string,
): Promise<{ readonly url: string; close(): Promise<void> } | undefined> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--appendonly', 'yes']
  const server: ChildProcess = spawn('redis-server', args, { stdio: 'ignore' })
  const missing = once(server, 'error').then(() => true)
  const client = new Redis(port, '127.0.0.1', { lazyConnect: true, maxRetriesPerRequest: null })
  client.on('error', () => undefined)
  const answered = client.ping().then(() => false)
  const isMissing = await Promise.race([missing, answered, delay(START_LIMIT_MS, true, { ref: false })])
  client.disconnect()
  if (isMissing) return undefined
  return {
    url: `redis://127.0.0.1:${port}`,
    async close() {
      const ended = once(server, 'exit')
      server.kill()
      await ended
    },
  }
}
