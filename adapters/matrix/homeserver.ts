import { MatrixError } from 'matrix-bot-sdk'
import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'

export interface HomeserverRequest {
  readonly homeserverUrl: string
  /** Absent for a log-in. */
  readonly accessToken?: string | undefined
  readonly method: string
  /** From the root, encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, unknown>> | null | undefined
  /** A Buffer goes as it is, anything else as JSON. */
  readonly body?: unknown
  /** Of a Buffer. */
  readonly contentType?: string | undefined
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const refusal = z.object({
  errcode: z.string(),
  error: z.string().catch(''),
  retry_after_ms: z.number().nonnegative().optional().catch(undefined),
})

/**
 * One call of the client-server API. Rejects with the SDK's MatrixError for what the homeserver refuses,
 * with `platform_unreachable` where it gave no answer, with the signal's reason where that aborted.
 */
export async function callHomeserver(request: HomeserverRequest): Promise<unknown> {
  const response = await openResponse(request)
  let text: string
  try {
    text = await response.text()
  } catch {
    request.signal.throwIfAborted()
    throw unreachable()
  }
  const value = parseJson(text)
  if (response.ok && value !== undefined) return value
  if (response.ok) throw unreachable()
  throw asMatrixError(response, value)
}

/** The same, with the body still to be read. Only the wait for its head is limited. */
export async function openDownload(request: HomeserverRequest): Promise<Response> {
  const response = await openResponse(request, true)
  if (response.ok) return response
  throw asMatrixError(response, parseJson(await response.text().catch(() => '')))
}

async function openResponse(request: HomeserverRequest, headOnly = false): Promise<Response> {
  const { homeserverUrl, accessToken, method, path, query, body, contentType, signal, timeoutMs } = request
  const limit = new AbortController()
  const timer = headOnly ? setTimeout(() => limit.abort(), timeoutMs) : undefined
  const deadline = headOnly ? limit.signal : AbortSignal.timeout(timeoutMs)
  try {
    return await fetch(`${homeserverUrl}${path}${queryString(query)}`, {
      method,
      headers: {
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
        ...(body === undefined || body === null
          ? {}
          : { 'content-type': (Buffer.isBuffer(body) ? contentType : undefined) ?? 'application/json' }),
      },
      ...(body === undefined || body === null
        ? {}
        : { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) }),
      // A redirect could carry the token to another host.
      redirect: 'manual',
      signal: AbortSignal.any([signal, deadline]),
    })
  } catch {
    signal.throwIfAborted()
    throw unreachable()
  } finally {
    clearTimeout(timer)
  }
}

/** Without a cause: a network error's own text can hold the request. */
export function unreachable(): HubError {
  return new HubError('platform_unreachable', 'the Matrix homeserver could not be reached', {
    retry: { kind: 'later' },
  })
}

function asMatrixError(response: Response, value: unknown): MatrixError {
  const parsed = refusal.safeParse(value)
  const body = parsed.success ? parsed.data : { errcode: 'M_UNKNOWN', error: `HTTP ${response.status}` }
  const waitMs = ('retry_after_ms' in body ? body.retry_after_ms : undefined) ?? retryAfterMs(response)
  return new MatrixError(
    {
      errcode: body.errcode,
      error: body.error.slice(0, 300),
      ...(waitMs === undefined ? {} : { retry_after_ms: waitMs }),
    },
    response.status,
  )
}

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function queryString(query: HomeserverRequest['query']): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null) continue
    for (const one of Array.isArray(value) ? value : [value]) given.append(name, String(one))
  }
  return given.size === 0 ? '' : `?${given}`
}
