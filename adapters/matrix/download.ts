import { z } from 'zod'
import { bodyOf } from '../../src/core/response-body.ts'
import { HubError } from '../../src/model/errors.ts'
import type { Sender } from '../../src/ports/sender.ts'
import { CAPABILITIES } from './capabilities.ts'
import { asPlatformError, isNotFound } from './errors.ts'
import { openDownload } from './homeserver.ts'
import type { TokenSource } from './sessions.ts'

const HEAD_LIMIT_MS = 30_000
/** How long the homeserver may wait for another one; below our own limit. */
const REMOTE_WAIT_MS = 20_000

const referenceSchema = z.object({ mxc: z.string() })
const MXC = /^mxc:\/\/([A-Za-z0-9.:[\]-]+)\/([A-Za-z0-9_-]+)$/

/** Files by way of the account's own homeserver, wherever they were uploaded. */
export function openDownloads(homeserverUrl: string, tokens: TokenSource): Sender['download'] {
  return async (reference, signal) => {
    const { data } = referenceSchema.safeParse(reference)
    const [, server, mediaId] = MXC.exec(data?.mxc ?? '') ?? []
    if (server === undefined || mediaId === undefined) throw gone('the file is encrypted or has no address')
    const response = await open(homeserverUrl, tokens, `${server}/${mediaId}`, signal)
    const size = Number(response.headers.get('content-length') ?? Number.NaN)
    if (size > CAPABILITIES.maxDownloadBytes) {
      await response.body?.cancel()
      throw new HubError('attachment_too_large', `the file has ${size} bytes`)
    }
    if (!response.body) throw gone('the homeserver gave no file')
    const mimeType = response.headers.get('content-type')?.split(';')[0]?.trim()
    return { stream: bodyOf(response, signal), ...(mimeType ? { mimeType } : {}) }
  }
}

async function open(
  homeserverUrl: string,
  tokens: TokenSource,
  media: string,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await openDownload({
      homeserverUrl,
      accessToken: await tokens.token(signal),
      method: 'GET',
      path: `/_matrix/client/v1/media/download/${media}`,
      query: { allow_remote: true, timeout_ms: REMOTE_WAIT_MS },
      timeoutMs: HEAD_LIMIT_MS,
      signal,
    })
  } catch (error) {
    if (isNotFound(error)) throw gone('the homeserver no longer has the file')
    const failure = asPlatformError(error)
    if (failure instanceof HubError && failure.code === 'platform_rejected')
      throw gone('the homeserver does not give the file')
    throw failure
  }
}

function gone(message: string): HubError {
  return new HubError('attachment_gone', message)
}
