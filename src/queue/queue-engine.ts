import type { Queue, Worker } from 'bullmq'

export type EngineQueue = Pick<Queue, 'add' | 'getJobCounts' | 'upsertJobScheduler' | 'close'>
export type EngineWorker = Pick<Worker, 'close'>

/** What differs between BullMQ's backends: how its queues and workers are connected. */
export interface QueueEngine {
  openQueue(name: string): EngineQueue
  openWorker(name: string, concurrency: number, process: () => Promise<void>): EngineWorker
  ping(): Promise<void>
  /** Drops connections at once: queues and workers are closed before. */
  close(): Promise<void>
}

/** Tickets leave nothing behind and are never repeated by the queue. */
export const TICKET_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const

/** Nobody reads the event stream that BullMQ writes. */
export const EVENT_STREAM = { events: { maxLen: 100 } } as const

/** BullMQ waits 15 seconds by default before it looks whether a lost backend is there again. */
export const WORKER_RETRY_MS = 500
