import { open } from 'node:fs/promises'
import { HubError } from '../../src/model/errors.ts'
import { sentence } from '../../src/model/sentence.ts'

export interface ReceiveLimits {
  readonly maxBytes: number
  /** For all of it to arrive, in milliseconds. */
  readonly limitMs: number
}

/**
 * Writes a recording to a new file that only we can read. Rejects with `audio_too_large`, `audio_stalled`
 * (later), the signal's reason, or as the source does; never waits for a source that has stopped.
 */
export async function receive(
  stream: AsyncIterable<Uint8Array>,
  path: string,
  limits: ReceiveLimits,
  signal: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.timeout(limits.limitMs)
  const either = AbortSignal.any([signal, limit])
  const source = stream[Symbol.asyncIterator]()
  const file = await open(path, 'wx', 0o600)
  let size = 0
  try {
    for (;;) {
      const next = await unlessAborted(source.next(), either)
      if (next.done) return
      size += next.value.length
      if (size > limits.maxBytes) throw tooLarge(limits.maxBytes)
      await file.appendFile(next.value)
    }
  } catch (error) {
    // A generator that waits for its next chunk answers only after that, so nothing here waits for it.
    source.return?.().then(nothing, nothing)
    signal.throwIfAborted()
    if (error !== limit.reason || !limit.aborted) throw error
    throw new HubError('audio_stalled', `the recording did not arrive within ${limits.limitMs} ms`, {
      retry: { kind: 'later' },
    })
  } finally {
    await file.close()
  }
}

function nothing(): undefined {
  return undefined
}

function tooLarge(maxBytes: number): HubError {
  return new HubError('audio_too_large', `more than ${maxBytes} bytes`, {
    retry: { kind: 'never' },
    sentence: sentence('voice.too_large', { megabytes: Math.max(1, Math.floor(maxBytes / 1_000_000)) }),
  })
}

function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    work.then(
      (result) => {
        signal.removeEventListener('abort', onAbort)
        resolve(result)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', onAbort)
        reject(error)
      },
    )
  })
}
