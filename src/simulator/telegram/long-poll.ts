import { type ApiError, conflict } from './api-error.ts'
import type { Update, UpdateQueue } from './update-queue.ts'

export const longestPollSeconds = 50

/** At most one getUpdates waits: a newer one, or setWebhook, ends it with 409. */
export class LongPoll {
  #current: { readonly fail: (error: ApiError) => void } | undefined
  readonly #updates: UpdateQueue

  constructor(updates: UpdateQueue) {
    this.#updates = updates
  }

  interrupt(by: 'getUpdates' | 'setWebhook'): void {
    this.#current?.fail(
      by === 'setWebhook'
        ? conflict('terminated by setWebhook request')
        : conflict('terminated by other getUpdates request; make sure that only one bot instance is running'),
    )
  }

  /** Waits for updates up to `timeoutSeconds`, or until the caller hangs up. */
  wait(
    request: { offset: number; limit: number; timeoutSeconds: number },
    hangUp: AbortSignal,
  ): Promise<Update[]> {
    this.interrupt('getUpdates')
    const ready = this.#updates.take(request.offset, request.limit)
    if (ready.length > 0 || request.timeoutSeconds <= 0) return Promise.resolve(ready)
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        clearTimeout(timer)
        unsubscribe()
        hangUp.removeEventListener('abort', giveUp)
        if (this.#current === poll) this.#current = undefined
        finish()
      }
      const poll = { fail: (error: ApiError) => settle(() => reject(error)) }
      const giveUp = (): void => settle(() => resolve([]))
      const timer = setTimeout(giveUp, request.timeoutSeconds * 1000)
      const unsubscribe = this.#updates.onPush(() => {
        const batch = this.#updates.take(request.offset, request.limit)
        if (batch.length > 0) settle(() => resolve(batch))
      })
      hangUp.addEventListener('abort', giveUp)
      this.#current = poll
    })
  }
}
