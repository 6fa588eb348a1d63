import { Queue, Worker } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import { HubError } from '../model/errors.ts'
import type { Logger } from '../ports/logger.ts'
import { createErrorReport } from './error-report.ts'
import { EVENT_STREAM, type QueueEngine, TICKET_OPTIONS, WORKER_RETRY_MS } from './queue-engine.ts'
import { withTimeLimit } from './time-limit.ts'

const OPEN_LIMIT_MS = 10_000
const COMMAND_LIMIT_MS = 2_000

const CONNECTION = {
  lazyConnect: true,
  connectTimeout: 5_000,
  keepAlive: 10_000,
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
} satisfies RedisOptions

export interface RedisEngineOptions {
  readonly redisUrl: string
  /** Namespace of all keys; hubs that share one Redis give each its own. */
  readonly prefix: string
}

/** Rejects when Redis does not answer within ten seconds; afterwards reconnects by itself. */
export async function openRedisEngine(options: RedisEngineOptions, log: Logger): Promise<QueueEngine> {
  const { prefix } = options
  const reportError = createErrorReport(log)
  const producer = new Redis(options.redisUrl, {
    ...CONNECTION,
    enableOfflineQueue: false,
    commandTimeout: COMMAND_LIMIT_MS,
    maxRetriesPerRequest: 0,
  })
  const consumer = new Redis(options.redisUrl, { ...CONNECTION, maxRetriesPerRequest: null })
  let opened = false
  let openingError: Error | undefined
  for (const client of [producer, consumer]) {
    client.on('error', (error: Error) => {
      openingError = error
      if (opened) reportError(error)
    })
  }

  function disconnect(): void {
    producer.disconnect()
    consumer.disconnect()
  }

  try {
    const connecting = Promise.all([producer.connect(), consumer.connect()])
    await withTimeLimit(connecting, OPEN_LIMIT_MS, 'no answer within ten seconds')
  } catch (cause) {
    disconnect()
    const reason = openingError?.message ?? (cause instanceof Error ? cause.message : String(cause))
    throw new HubError('queue_unreachable', `Redis cannot be reached: ${reason}.`, {
      retry: { kind: 'later' },
      cause,
    })
  }
  opened = true

  return {
    openQueue(name) {
      const queue = new Queue(name, {
        connection: producer,
        prefix,
        defaultJobOptions: TICKET_OPTIONS,
        streams: EVENT_STREAM,
      })
      queue.on('error', reportError)
      return queue
    },
    openWorker(name, concurrency, process) {
      const worker = new Worker(name, process, {
        connection: consumer,
        prefix,
        concurrency,
        runRetryDelay: WORKER_RETRY_MS,
      })
      worker.on('error', reportError)
      return worker
    },
    async ping() {
      await producer.ping()
    },
    async close() {
      disconnect()
    },
  }
}
