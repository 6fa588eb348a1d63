import type { Logger } from '../ports/logger.ts'
import type { Pool, PoolWorkers, TicketQueue } from '../ports/ticket-queue.ts'
import type { EngineQueue, QueueEngine } from './queue-engine.ts'
import { createTicketLimit } from './ticket-limit.ts'
import { withTimeLimit } from './time-limit.ts'
import { startWorkers } from './workers.ts'

const WAKE_LIMIT_MS = 3_000
const COUNT_LIMIT_MS = 5_000
const CLOSE_LIMIT_MS = 3_000
/** How soon a schedule lost with the backend's memory is there again. */
const SHORTEST_REASSERT_MS = 5_000
const DOWN = 'The queue cannot be reached.'

export interface TicketLimits {
  /** Waiting tickets of one pool above which a wake adds none: those that wait will do. */
  readonly maxWaiting: number
  /** Delayed tickets of one pool above which a delayed wake rejects. */
  readonly maxDelayed: number
}

/** `TicketQueue` on any BullMQ backend; closes `engine` when it is closed. */
export function createTicketQueue(engine: QueueEngine, limits: TicketLimits, log: Logger): TicketQueue {
  const workers = new Set<PoolWorkers>()
  const schedules = new Map<string, { readonly queue: EngineQueue; readonly timer: NodeJS.Timeout }>()
  const pools: Record<Pool, PoolTickets> = {
    reply: openPool(engine, 'reply', limits),
    run: openPool(engine, 'run', limits),
    transcribe: openPool(engine, 'transcribe', limits),
    read: openPool(engine, 'read', limits),
    deliver: openPool(engine, 'deliver', limits),
  }
  let closing: Promise<void> | undefined

  function start(name: string, concurrency: number, handler: () => Promise<void>): PoolWorkers {
    if (closing !== undefined) throw new Error('The queue is closed.')
    const started = startWorkers(engine, name, concurrency, handler, log)
    const owned: PoolWorkers = {
      async close() {
        await started.close()
        workers.delete(owned)
      },
    }
    workers.add(owned)
    return owned
  }

  async function closeAll(): Promise<void> {
    for (const { timer } of schedules.values()) clearInterval(timer)
    await Promise.all([...workers].map((each) => each.close()))
    const queues = [...Object.values(pools), ...schedules.values()].map(({ queue }) => queue.close())
    const closed = await withTimeLimit(Promise.allSettled(queues), CLOSE_LIMIT_MS, DOWN).catch(
      (reason: unknown) => [{ status: 'rejected' as const, reason }],
    )
    for (const result of closed) {
      if (result.status === 'rejected') log.warn({ err: result.reason }, 'A queue did not close cleanly.')
    }
    await engine.close()
  }

  return {
    async wake(pool, options) {
      const delay = Math.max(0, Math.ceil(options?.delayMs ?? 0))
      await withTimeLimit(pools[pool].add(delay), WAKE_LIMIT_MS, DOWN)
    },
    work: start,
    async every(name, everyMs, handler) {
      if (schedules.has(name)) throw new Error(`"${name}" is scheduled already.`)
      const queueName = `every-${name}`
      const queue = engine.openQueue(queueName)
      const assert = () =>
        withTimeLimit(queue.upsertJobScheduler(name, { every: everyMs }), WAKE_LIMIT_MS, DOWN)
      // A scheduler lives from ticket to ticket: one that is lost with its backend's memory ends it.
      const timer = setInterval(
        () => {
          assert().catch((error: unknown) => {
            log.debug({ err: error, schedule: name }, 'A schedule could not be asserted; it will be again.')
          })
        },
        Math.max(everyMs, SHORTEST_REASSERT_MS),
      )
      timer.unref()
      schedules.set(name, { queue, timer })
      try {
        await assert()
        start(queueName, 1, handler)
      } catch (error) {
        clearInterval(timer)
        schedules.delete(name)
        await queue.close()
        throw error
      }
    },
    async counts() {
      const counted = Promise.all([
        pools.reply.counts(),
        pools.run.counts(),
        pools.transcribe.counts(),
        pools.read.counts(),
        pools.deliver.counts(),
      ])
      const [reply, run, transcribe, read, deliver] = await withTimeLimit(counted, COUNT_LIMIT_MS, DOWN)
      return { reply, run, transcribe, read, deliver }
    },
    async ping(timeoutMs) {
      const sentence = `The queue did not answer within ${timeoutMs} ms.`
      try {
        await withTimeLimit(engine.ping(), timeoutMs, sentence)
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new Error(reason === sentence ? sentence : `The queue cannot be reached: ${reason}`, { cause })
      }
    },
    close() {
      closing ??= closeAll()
      return closing
    },
  }
}

interface PoolTickets {
  readonly queue: EngineQueue
  add(delayMs: number): Promise<void>
  counts(): Promise<{ readonly waiting: number; readonly active: number; readonly delayed: number }>
}

function openPool(engine: QueueEngine, pool: Pool, limits: TicketLimits): PoolTickets {
  const queue = engine.openQueue(pool)

  async function counts() {
    const { waiting = 0, active = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'active', 'delayed')
    return { waiting, active, delayed }
  }

  const admitWaiting = createTicketLimit(limits.maxWaiting, async () => (await counts()).waiting)
  const admitDelayed = createTicketLimit(limits.maxDelayed, async () => (await counts()).delayed)

  return {
    queue,
    counts,
    async add(delayMs) {
      if (delayMs === 0) {
        if (await admitWaiting()) await queue.add('ticket', {})
        return
      }
      if (!(await admitDelayed())) {
        throw new Error(`The pool "${pool}" holds its ${limits.maxDelayed} delayed tickets already.`)
      }
      await queue.add('ticket', {}, { delay: delayMs })
    },
  }
}
