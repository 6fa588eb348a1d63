import { HubError } from '../model/errors.ts'

/**
 * A response's body, piece by piece. Rejects with `platform_unreachable` (later) where it breaks off, or with the
 * signal's reason.
 *
 * Holds the response until its body is read: `fetch` cancels the untouched body of a response that was collected
 * as garbage (undici, `streamRegistry`), and what is read then is an empty file, without any error.
 */
export async function* bodyOf(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (!response.body) return
  try {
    yield* response.body
  } catch {
    signal.throwIfAborted()
    // Without a cause: a network error's own text can hold the address, and with it a token.
    throw new HubError('platform_unreachable', 'a file broke off while it was fetched', {
      retry: { kind: 'later' },
    })
  }
}
