import pg from 'pg'
import type { Logger } from '../ports/logger.ts'
import type { Signals, SignalTopic } from '../ports/signals.ts'

const CHANNEL = 'brainall'
const RECONNECT_MS = 1000

/** Signals over LISTEN/NOTIFY, on a connection of their own that comes back by itself. */
export async function openSignals(
  connectionString: string,
  pool: pg.Pool,
  log: Logger,
): Promise<Signals & { close(): Promise<void> }> {
  const listeners = new Map<SignalTopic, Set<(payload: string) => void>>()
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString,
      application_name: 'brainall signals',
      connectionTimeoutMillis: 10_000,
    })
    next.on('error', (error) => log.warn({ err: error }, 'the connection for signals was lost'))
    next.on('end', () => again())
    next.on('notification', ({ payload }) => {
      const [topic, ...rest] = (payload ?? '').split(' ')
      for (const listener of listeners.get(topic as SignalTopic) ?? []) listener(rest.join(' '))
    })
    await next.connect()
    await next.query(`listen ${CHANNEL}`)
    client = next
  }

  const again = (): void => {
    if (closed || timer) return
    timer = setTimeout(() => {
      timer = undefined
      connect().catch((error: unknown) => {
        log.warn({ err: error }, 'the connection for signals cannot be opened')
        again()
      })
    }, RECONNECT_MS)
  }

  await connect()
  return {
    async publish(topic, payload) {
      await pool.query('select pg_notify($1, $2)', [CHANNEL, `${topic} ${payload}`])
    },
    subscribe(topic, listener) {
      const set = listeners.get(topic) ?? new Set()
      listeners.set(topic, set.add(listener))
      return () => set.delete(listener)
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await client?.end()
    },
  }
}
