import type { Logger } from '../ports/logger.ts'
import type { PoolWorkers } from '../ports/ticket-queue.ts'
import type { QueueEngine } from './queue-engine.ts'
import { withTimeLimit } from './time-limit.ts'

/** Time for BullMQ to say goodbye once no handler runs; with the backend gone it would wait for ever. */
const GOODBYE_LIMIT_MS = 3_000

/** Runs `handler` for each ticket of the queue `name`; what it throws is logged and ends only its ticket. */
export function startWorkers(
  engine: QueueEngine,
  name: string,
  concurrency: number,
  handler: () => Promise<void>,
  log: Logger,
): PoolWorkers {
  const running = new Set<Promise<void>>()

  async function handle(): Promise<void> {
    try {
      await handler()
    } catch (error) {
      log.error({ err: error, queue: name }, 'A ticket handler failed; the queue does not repeat it.')
    }
  }

  const worker = engine.openWorker(name, concurrency, async () => {
    const run = handle()
    running.add(run)
    await run
    running.delete(run)
  })

  async function close(): Promise<void> {
    const goodbye = worker.close()
    while (running.size > 0) await Promise.all(running)
    try {
      await withTimeLimit(goodbye, GOODBYE_LIMIT_MS, 'The queue did not answer while its workers closed.')
    } catch (error) {
      log.warn({ err: error, queue: name }, 'Workers were closed without a goodbye to the queue.')
    }
  }

  let closing: Promise<void> | undefined
  return {
    close() {
      closing ??= close()
      return closing
    },
  }
}
