/** Kinds of work, each with workers of its own, so that none waits for another's slot. */
export const POOLS = ['reply', 'run', 'transcribe', 'read', 'deliver'] as const
export type Pool = (typeof POOLS)[number]

export interface PoolWorkers {
  /** Takes no new ticket, waits for running handlers. */
  close(): Promise<void>
}

/**
 * Wakes workers. A ticket says only 'there is work of this kind': the database remembers what and decides
 * which. Tickets may be lost or handed out twice; neither does harm, since a sweeper adds tickets for work
 * that nobody carries and a handler that finds nothing ends at once.
 */
export interface TicketQueue {
  /** Rejects while the queue is down; the caller logs and leaves it to the sweeper. */
  wake(pool: Pool, options?: { readonly delayMs?: number }): Promise<void>
  /** A handler that throws is not retried by the queue: the database already knows what to do again. */
  work(pool: Pool, concurrency: number, handler: () => Promise<void>): PoolWorkers
  /** Runs in one process of all, about every `everyMs`. */
  every(name: string, everyMs: number, handler: () => Promise<void>): Promise<void>
  /** Waiting and running tickets per pool. */
  counts(): Promise<
    Readonly<Record<Pool, { readonly waiting: number; readonly active: number; readonly delayed: number }>>
  >
  /** Rejects with a plain sentence when the queue cannot be reached within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>
  close(): Promise<void>
}
