import { APIError } from 'openai'
import { HubError, type RetryAdvice } from '../../src/model/errors.ts'
import { type Sentence, sentence } from '../../src/model/sentence.ts'

/** Where it happened, for the operator's message; no chat text. */
export interface FailedCall {
  readonly serverName: string
  readonly model?: string
  /** Some of the answer had arrived. */
  readonly begun: boolean
}

type Kind =
  | 'unreachable'
  | 'timeout'
  | 'overloaded'
  | 'out_of_memory'
  | 'stream_cut'
  | 'garbage'
  | 'unauthorized'
  | 'unknown'
  | 'context_overflow'
  | 'refused_request'

const FINAL: readonly Kind[] = ['unauthorized', 'unknown', 'context_overflow', 'refused_request']

export function modelFailure(
  kind: Kind,
  call: FailedCall,
  detail: string,
  more: { retry?: RetryAdvice; cause?: unknown } = {},
): HubError {
  return new HubError(`model_${kind}`, `${call.serverName}: ${detail}`, {
    retry: more.retry ?? { kind: FINAL.includes(kind) ? 'never' : 'later' },
    sentence: sentenceFor(kind, call),
    ...(more.cause === undefined ? {} : { cause: more.cause }),
  })
}

function sentenceFor(kind: Kind, call: FailedCall): Sentence {
  if (kind === 'out_of_memory' && call.begun) return sentence('model.stream_cut')
  return kind === 'unknown'
    ? sentence('model.unknown', { model: call.model ?? '?' })
    : sentence(`model.${kind}`)
}

/**
 * What the SDK threw, as the hub's own error. The server's words stay out of the message, and the SDK's error
 * is no cause: servers repeat the request in them, and with it what people wrote.
 */
export function modelError(error: unknown, call: FailedCall): HubError {
  const known = findInChain(error, (link) => link instanceof HubError)
  if (known instanceof HubError) {
    return known.sentence ? known : modelFailure('garbage', call, known.message)
  }
  if (error instanceof APIError) {
    if (error.status !== undefined) return statusError(error, error.status, call)
    if (error.error !== undefined && error.error !== null) return inBandError(error, call)
  }
  if (error instanceof SyntaxError) return modelFailure('garbage', call, 'the server sent malformed JSON')
  const detail = networkDetail(error)
  if (call.begun) return modelFailure('stream_cut', call, `the stream broke off (${detail})`)
  return modelFailure('unreachable', call, detail)
}

function statusError(error: APIError, status: number, call: FailedCall): HubError {
  const detail = describe(error, status)
  if (status === 401 || status === 403) return modelFailure('unauthorized', call, detail)
  if (status === 408 || status === 504) return modelFailure('timeout', call, detail)
  if (status === 429 || status === 503 || status === 529) {
    return modelFailure('overloaded', call, detail, { retry: retryAfter(error.headers) })
  }
  if (status >= 500) return modelFailure(isOutOfMemory(error) ? 'out_of_memory' : 'unreachable', call, detail)
  if (status < 400) return modelFailure('garbage', call, `${detail} (a redirect or a log-in page?)`)
  if (!isJsonError(error)) return modelFailure('garbage', call, `${detail}, with no error in its body`)
  if (isContextOverflow(error)) {
    const limit = /maximum context length is (\d+) tokens/.exec(error.message)?.[1]
    return modelFailure('context_overflow', call, limit ? `${detail}, limit ${limit} tokens` : detail)
  }
  if (status === 404 || error.code === 'model_not_found') {
    return modelFailure('unknown', call, `${detail}, model ${call.model ?? '?'}`)
  }
  return modelFailure('refused_request', call, detail)
}

/** vLLM reports what fails after the first byte inside the stream, with the status as `code`. */
function inBandError(error: APIError, call: FailedCall): HubError {
  const code = Number(error.code)
  if (!call.begun && Number.isInteger(code) && code >= 400) return statusError(error, code, call)
  return modelFailure(
    isOutOfMemory(error) ? 'out_of_memory' : 'stream_cut',
    call,
    `error inside the stream${call.begun ? '' : ', before any text'} (${tags(error)})`,
  )
}

/** Of the graphics card, mostly: asking the same server again at once makes it worse. */
function isOutOfMemory(error: APIError): boolean {
  return /out of memory|\boom\b|kv cache.{0,40}(full|exhausted|not enough)|failed to allocate/i.test(
    error.message,
  )
}

/** True for servers' many words for a prompt that does not fit. */
function isContextOverflow(error: APIError): boolean {
  return (
    error.code === 'context_length_exceeded' ||
    /maximum context length|maximum model length|context[ _](length|window|size)|longer than the maximum/i.test(
      error.message,
    )
  )
}

function isJsonError(error: APIError): boolean {
  return error.error !== undefined && error.error !== null
}

function describe(error: APIError, status: number): string {
  const named = tags(error)
  return named === '' ? `answered ${status}` : `answered ${status} (${named})`
}

/** The error's machine-readable names, where they look like names. */
function tags(error: APIError): string {
  return [error.type, error.code, error.param]
    .map((tag) => (tag === null || tag === undefined ? '' : String(tag)))
    .filter((tag) => /^[\w. -]{1,60}$/.test(tag))
    .join(', ')
}

const MAX_RETRY_AFTER_MS = 60 * 60 * 1000

function retryAfter(headers: Headers | undefined): RetryAdvice {
  const value = headers?.get('retry-after')
  if (!value) return { kind: 'later' }
  const seconds = Number(value)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now()
  if (!Number.isFinite(ms) || ms < 0) return { kind: 'later' }
  return { kind: 'after', ms: Math.min(ms, MAX_RETRY_AFTER_MS) }
}

const NETWORK_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name could not be looked up',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'connection timed out',
  UND_ERR_SOCKET: 'connection closed',
  UND_ERR_INVALID_ARG: 'invalid address',
}

/** Node and undici put the errno or the TLS fault's name into `code`, one or two causes deep. */
function networkDetail(error: unknown): string {
  const link = findInChain(error, (candidate) => 'code' in candidate && typeof candidate.code === 'string')
  const code = link && 'code' in link ? String(link.code) : ''
  return NETWORK_WORDS[code] ?? (code === '' ? 'connection failed' : `connection failed (${code})`)
}

function findInChain(error: unknown, wanted: (link: Error) => boolean): Error | undefined {
  let link = error
  for (let depth = 0; depth < 6 && link instanceof Error; depth += 1) {
    if (wanted(link)) return link
    link = link instanceof AggregateError ? link.errors[0] : link.cause
  }
  return undefined
}
