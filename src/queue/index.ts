import type { Logger } from '../ports/logger.ts'
import type { TicketQueue } from '../ports/ticket-queue.ts'
import { openPostgresEngine } from './postgres-engine.ts'
import { openRedisEngine } from './redis-engine.ts'
import { createTicketQueue, type TicketLimits } from './ticket-queue.ts'

export { openRedisRateLedger } from './redis-rate-ledger.ts'

export type TicketQueueBackend =
  | {
      readonly redisUrl: string
      /** Namespace of the keys, 'brainall' by default. */
      readonly prefix?: string
    }
  | {
      /** Any PostgreSQL connection string, `postgres://user@/database?host=/socket/directory` included. */
      readonly databaseUrl: string
      /** Made when missing, 'bullmq' by default; the role must own the database or the schema. */
      readonly schema?: string
    }

export type TicketQueueOptions = TicketQueueBackend & Partial<TicketLimits>

/**
 * Rejects with a plain sentence when the backend cannot be reached; once open, it outlasts restarts of the
 * backend by itself. Wakes may be merged when many tickets wait: a handler that did some work looks for more.
 */
export async function openTicketQueue(options: TicketQueueOptions, log: Logger): Promise<TicketQueue> {
  const limits = { maxWaiting: options.maxWaiting ?? 200, maxDelayed: options.maxDelayed ?? 10_000 }
  const engine =
    'redisUrl' in options
      ? await openRedisEngine({ redisUrl: options.redisUrl, prefix: options.prefix ?? 'brainall' }, log)
      : await openPostgresEngine(
          { databaseUrl: options.databaseUrl, schema: options.schema ?? 'bullmq' },
          log,
        )
  return createTicketQueue(engine, limits, log)
}
