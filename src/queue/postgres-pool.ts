import { ConnectionClosedError, isPgPool, type PgPool, quoteSchemaName } from 'bullmq'
import pg from 'pg'

/** Connections for queries, beside the one that each worker keeps for LISTEN. */
const QUERY_CONNECTIONS = 4

/** Classes 08 (connection) and 57P (shutdown, crash, starting up) of PostgreSQL's error codes. */
const LOST_SQLSTATE = /^(08|57P)/
const LOST_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
])
/** pg gives these no code. */
const LOST_MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when|Query read timeout)/

function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return LOST_SQLSTATE.test(code) || LOST_SYSTEM_CODES.has(code) || LOST_MESSAGES.test(error.message)
}

/**
 * BullMQ takes only ECONNREFUSED and its own error for a lost connection, which it outlasts by retrying. Any
 * other failure of a database that restarts would spin its fetch loop, leave finished tickets active and end
 * job schedulers.
 */
function asBullmqError(error: unknown): unknown {
  if (!isLostConnection(error)) return error
  return new ConnectionClosedError(error instanceof Error ? error.message : String(error), error)
}

export interface QueuePool {
  readonly shared: PgPool
  connect(): Promise<pg.PoolClient>
  ping(): Promise<void>
  /** A worker keeps one connection for LISTEN: without room for it, `add` would wait for ever. */
  addWorker(): void
  removeWorker(): void
  end(): Promise<void>
}

export interface QueuePoolEvents {
  /** An idle connection broke, or the database was found gone. */
  readonly onLost: (error: Error) => void
}

export function openQueuePool(connectionString: string, schema: string, events: QueuePoolEvents): QueuePool {
  const pool = new pg.Pool({
    connectionString,
    options: `-c search_path=${quoteSchemaName(schema)}`,
    application_name: 'brainall queue',
    max: QUERY_CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
    keepAlive: true,
  })
  pool.on('error', events.onLost)
  // The pool itself listens to idle connections only.
  pool.on('connect', (client) => client.on('error', events.onLost))

  function reportLoss(error: unknown): unknown {
    const reported = asBullmqError(error)
    if (reported instanceof ConnectionClosedError) events.onLost(reported)
    return reported
  }

  const asSeenByBullmq: unknown = pool
  if (!isPgPool(asSeenByBullmq)) throw new Error('BullMQ does not take this version of pg.')
  const inner = asSeenByBullmq

  const shared: PgPool = {
    async query<R>(text: string, params?: readonly unknown[]) {
      try {
        return await inner.query<R>(text, params)
      } catch (error) {
        throw reportLoss(error)
      }
    },
    async connect() {
      try {
        return await inner.connect()
      } catch (error) {
        throw reportLoss(error)
      }
    },
    end: () => pool.end(),
    // Each BullMQ connection adds an error listener to its pool and never takes it away; the pool has ours.
    on() {
      return shared
    },
    removeAllListeners() {
      return shared
    },
  }

  return {
    shared,
    connect: () => pool.connect(),
    async ping() {
      await pool.query('select 1')
    },
    addWorker() {
      pool.options.max += 1
    },
    removeWorker() {
      pool.options.max -= 1
    },
    end: () => pool.end(),
  }
}
