import { HubError, type RetryAdvice } from '../../src/model/errors.ts'
import { sentence } from '../../src/model/sentence.ts'

type Kind = 'unreachable' | 'timeout' | 'overloaded' | 'refused'

const SENTENCES = {
  unreachable: 'voice.server_down',
  timeout: 'voice.server_slow',
  overloaded: 'voice.server_busy',
  refused: 'voice.server_refused',
} as const

export function speechFailure(
  kind: Kind,
  serverName: string,
  detail: string,
  retry: RetryAdvice = { kind: kind === 'refused' ? 'never' : 'later' },
): HubError {
  return new HubError(`speech_${kind}`, `${serverName}: ${detail}`, {
    retry,
    sentence: sentence(SENTENCES[kind]),
  })
}

export function speechStatusError(
  status: number,
  retryAfter: string | null,
  body: string,
  serverName: string,
): HubError {
  const words = errorWords(body)
  const detail = `answered ${status}${words === '' ? '' : ` (${words})`}`
  if (status === 429 || status === 503) {
    return speechFailure('overloaded', serverName, detail, retryAdvice(retryAfter))
  }
  if (status === 408 || status === 504) return speechFailure('timeout', serverName, detail)
  // A page where JSON belongs comes from something in between, or from another kind of server.
  if (status >= 500 || status < 400) return speechFailure('unreachable', serverName, detail)
  return speechFailure('refused', serverName, detail)
}

const MAX_WORDS = 200

/** vLLM: `{error: {message}}`; speaches: `{detail}`; whisper.cpp: `{error: '…'}`. */
export function errorWords(body: string): string {
  const parsed = asObject(parseJson(body))
  const error = parsed?.error ?? parsed?.detail
  const words = typeof error === 'string' ? error : asObject(error)?.message
  return typeof words === 'string' ? words.replaceAll(/\p{Cc}+/gu, ' ').slice(0, MAX_WORDS) : ''
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
}

const MAX_RETRY_AFTER_MS = 60 * 60 * 1000

function retryAdvice(header: string | null): RetryAdvice {
  const seconds = Number(header ?? Number.NaN)
  if (!Number.isFinite(seconds) || seconds < 0) return { kind: 'later' }
  return { kind: 'after', ms: Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) }
}
