import { HubError } from '../../src/model/errors.ts'

/** One call to a server: ends when its caller gives up or one of its waits takes too long. */
export interface Attempt {
  /** Aborted in either case; the reason is what `within` throws. */
  readonly signal: AbortSignal
  /** Waits for `work` at most `ms`; past that the whole attempt is aborted with what `late` makes. */
  within<Result>(ms: number, late: () => HubError, work: Promise<Result>): Promise<Result>
  /** Breaks whatever is still open. */
  close(): void
}

export function openAttempt(outer: AbortSignal): Attempt {
  const controller = new AbortController()
  const { signal } = controller
  const giveUp = (): void => controller.abort(outer.reason)
  if (outer.aborted) giveUp()
  else outer.addEventListener('abort', giveUp, { once: true })

  return {
    signal,
    async within(ms, late, work) {
      const timer = setTimeout(() => controller.abort(late()), Math.max(0, ms))
      let stopWatching = (): void => undefined
      const aborted = new Promise<never>((_, reject) => {
        const onAbort = (): void => reject(signal.reason)
        stopWatching = () => signal.removeEventListener('abort', onAbort)
        if (signal.aborted) onAbort()
        else signal.addEventListener('abort', onAbort, { once: true })
      })
      try {
        const result = await Promise.race([work, aborted])
        // The SDK ends an aborted stream like a finished one, and may do so before the abort is seen here.
        signal.throwIfAborted()
        return result
      } catch (error) {
        signal.throwIfAborted()
        throw error
      } finally {
        clearTimeout(timer)
        stopWatching()
      }
    },
    close() {
      outer.removeEventListener('abort', giveUp)
      controller.abort(new HubError('model_closed', 'the call is over'))
    },
  }
}
