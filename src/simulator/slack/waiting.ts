export interface WaitOptions {
  /** Default 5000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Said when the time is over. */
  readonly what?: string
}

/** Settles with the first value that `read` gives, looked at now and after every change. */
export function until<Found>(
  read: () => Found | undefined,
  onChange: (listener: () => void) => () => void,
  { timeoutMs = 5000, signal, what = 'what was waited for' }: WaitOptions = {},
): Promise<Found> {
  return new Promise((resolve, reject) => {
    const finish = (conclude: () => void): void => {
      clearTimeout(timer)
      stopListening()
      signal?.removeEventListener('abort', abort)
      conclude()
    }
    const look = (): void => {
      try {
        const found = read()
        if (found !== undefined) finish(() => resolve(found))
      } catch (error) {
        finish(() => reject(error))
      }
    }
    const abort = (): void => finish(() => reject(signal?.reason))
    const timer = setTimeout(
      () => finish(() => reject(new Error(`${what} did not come within ${timeoutMs} ms`))),
      timeoutMs,
    )
    const stopListening = onChange(look)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    else look()
  })
}
