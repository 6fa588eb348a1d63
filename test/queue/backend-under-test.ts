import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { TicketQueue } from '../../src/ports/ticket-queue.ts'
import type { TicketLimits } from '../../src/queue/ticket-queue.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'

export interface QueueBackend {
  /** One process's queue on the backend; those of one test share their tickets, those of two tests do not. */
  open(log: ReturnType<typeof createRecordingLogger>, limits?: Partial<TicketLimits>): Promise<TicketQueue>
  /** Gives the next test a space of its own. */
  reset(): void
  close(): Promise<void>
}

export interface StoppableBackend extends QueueBackend {
  stop(): Promise<void>
  start(): Promise<void>
}

export const SOON = { timeout: 3_000, interval: 10 }

/** A handler whose runs the test counts, watches and ends. */
function createGate() {
  const waiting: (() => void)[] = []
  let started = 0
  let most = 0
  let open = false
  return {
    get started() {
      return started
    },
    get running() {
      return waiting.length
    },
    get most() {
      return most
    },
    handler: async () => {
      started += 1
      if (open) return
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push(resolve)
      most = Math.max(most, waiting.length)
      await promise
    },
    releaseOne() {
      waiting.shift()?.()
    },
    releaseAll() {
      open = true
      for (const resolve of waiting.splice(0)) resolve()
    },
  }
}

/** The backend of one suite and what its tests open on it. */
export function useBackend<B extends QueueBackend>(openBackend: () => Promise<B>) {
  const log = createRecordingLogger()
  const opened: TicketQueue[] = []
  const gates: ReturnType<typeof createGate>[] = []
  let backend: B | undefined

  beforeAll(async () => {
    backend = await openBackend()
  })
  beforeEach(() => {
    backend?.reset()
  })
  afterEach(async () => {
    for (const gate of gates.splice(0)) gate.releaseAll()
    await Promise.all(opened.splice(0).map((queue) => queue.close()))
  })
  afterAll(async () => {
    await backend?.close()
  })

  function get(): B {
    if (backend === undefined) throw new Error('The backend is not open.')
    return backend
  }
  return {
    log,
    get backend() {
      return get()
    },
    async open(limits?: Partial<TicketLimits>) {
      const queue = await get().open(log, limits)
      opened.push(queue)
      return queue
    },
    gate() {
      const gate = createGate()
      gates.push(gate)
      return gate
    },
  }
}
