import {
  type BackendFactory,
  PostgresConnection,
  type PostgresConnectionOptions,
  PostgresQueueBackend,
  Queue,
  Worker,
} from 'bullmq'
import type { Logger } from '../ports/logger.ts'
import { createErrorReport } from './error-report.ts'
import { migrateQueueSchema } from './postgres-migration.ts'
import { openQueuePool, type QueuePool } from './postgres-pool.ts'
import { EVENT_STREAM, type QueueEngine, TICKET_OPTIONS, WORKER_RETRY_MS } from './queue-engine.ts'

const MAXIMUM_BLOCK_S = 5

/** BullMQ's own connection remembers a failed readiness check for ever and knows only its default schema. */
class SharedPoolConnection extends PostgresConnection {
  override readonly schema: string

  constructor(pool: QueuePool, schema: string) {
    super(pool.shared)
    this.schema = schema
  }

  override async waitUntilReady(): Promise<void> {
    // The schema was migrated when the engine opened.
  }
}

/** Looks for tickets every few seconds although LISTEN should tell: BullMQ would trust it for an hour. */
class PollingPostgresBackend extends PostgresQueueBackend {
  override get maximumBlockTimeout(): number {
    return MAXIMUM_BLOCK_S
  }
}

export interface PostgresEngineOptions {
  readonly databaseUrl: string
  readonly schema: string
}

/** Creates and migrates the schema; rejects when the database cannot be reached. */
export async function openPostgresEngine(options: PostgresEngineOptions, log: Logger): Promise<QueueEngine> {
  const { schema } = options
  const reportError = createErrorReport(log)
  const pool = openQueuePool(options.databaseUrl, schema, { onLost: reportError })
  try {
    await migrate(pool, schema, log)
  } catch (cause) {
    await pool.end()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`The queue's schema in PostgreSQL cannot be prepared: ${reason}.`, { cause })
  }

  const connection = pool.shared
  const backendFactory: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (
    name,
    opts,
    kind,
  ) =>
    new PollingPostgresBackend(
      new SharedPoolConnection(pool, schema),
      name,
      opts,
      true,
      kind?.withBlockingConnection ? name : undefined,
    )

  return {
    openQueue(name) {
      const queue = new Queue(
        name,
        { connection, defaultJobOptions: TICKET_OPTIONS, streams: EVENT_STREAM },
        backendFactory,
      )
      queue.on('error', reportError)
      return queue
    },
    openWorker(name, concurrency, process) {
      pool.addWorker()
      const worker = new Worker(
        name,
        process,
        { connection, concurrency, runRetryDelay: WORKER_RETRY_MS },
        backendFactory,
      )
      worker.on('error', reportError)
      worker.once('closed', () => pool.removeWorker())
      return worker
    },
    ping: () => pool.ping(),
    close: () => pool.end(),
  }
}

async function migrate(pool: QueuePool, schema: string, log: Logger): Promise<void> {
  const client = await pool.connect()
  let failure: Error | undefined
  try {
    const promotion = await migrateQueueSchema(client, schema)
    if (promotion === 'unknown') {
      log.warn(
        { schema },
        'BullMQ promotes delayed tickets in a new way; whether it still deadlocks is not known.',
      )
    }
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error))
    throw error
  } finally {
    client.release(failure)
  }
}
