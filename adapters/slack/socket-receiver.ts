import { setTimeout as delay } from 'node:timers/promises'
import type { App, Receiver } from '@slack/bolt'
import type { Logger } from '../../src/ports/logger.ts'
import { deliver } from './delivery.ts'
import { openSocketSession, type SocketSession } from './socket-session.ts'

/** A connection that did not last this long is not replaced at once. */
const SHORT_LIVED_MS = 5_000
const PAUSE_MS = 1_000

/** Bolt's receiver for Socket Mode: an envelope is acknowledged after its event is committed. */
export class SocketReceiver implements Receiver {
  readonly #options: { readonly appToken: string; readonly apiUrl: string; readonly log: Logger }
  #app: App | undefined

  constructor(options: { readonly appToken: string; readonly apiUrl: string; readonly log: Logger }) {
    this.#options = options
  }

  init(app: App): void {
    this.#app = app
  }

  /**
   * Listens until the signal aborts, then closes. Opens the next connection before it leaves the one whose end
   * Slack announced; rejects when none can be had.
   */
  async start(signal: AbortSignal, connected: () => void): Promise<void> {
    const open = (): Promise<SocketSession> =>
      openSocketSession({
        ...this.#options,
        signal,
        take: (delivery) => deliver(this.#app, delivery, this.#options.log),
      })
    const stopped = Promise.withResolvers<void>()
    const stop = (): void => stopped.resolve()
    signal.addEventListener('abort', stop, { once: true })
    const leaving = new Set<Promise<void>>()
    let session = await open()
    try {
      connected()
      while (!signal.aborted) {
        const openedAt = performance.now()
        await Promise.race([session.leaving, stopped.promise])
        if (signal.aborted) break
        if (performance.now() - openedAt < SHORT_LIVED_MS) await delay(PAUSE_MS, undefined, { signal })
        const next = await open()
        const left: Promise<void> = session.close().finally(() => leaving.delete(left))
        leaving.add(left)
        session = next
      }
    } finally {
      signal.removeEventListener('abort', stop)
      await Promise.all([session.close(), ...leaving])
    }
  }

  /** Ends by the signal given to `start`. */
  stop(): Promise<void> {
    return Promise.resolve()
  }
}
