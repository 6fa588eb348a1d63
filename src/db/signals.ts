import pg from 'pg'
import type { Logger } from '../ports/logger.ts'
import type { Signals, SignalTopic } from '../ports/signals.ts'
import { ANNOUNCE } from './presence.ts'

const CHANNEL = 'brainall'
const RECONNECT_MS = 1000

export interface OpenSignals extends Signals {
  /** Tells the other processes, for as long as this one lives, that it may hold leases under this name. */
  announce(owner: string): Promise<void>
  close(): Promise<void>
}

/** Signals over LISTEN/NOTIFY, on a connection of their own that comes back by itself. */
export async function openSignals(
  connectionString: string,
  pool: pg.Pool,
  log: Logger,
): Promise<OpenSignals> {
  const listeners = new Map<SignalTopic, Set<(payload: string) => void>>()
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let announced: string | undefined

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
    if (announced !== undefined) await next.query(ANNOUNCE, [announced])
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
    async announce(owner) {
      announced = owner
      await client?.query(ANNOUNCE, [owner])
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await client?.end()
    },
  }
}
