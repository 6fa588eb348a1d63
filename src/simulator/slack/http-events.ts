import { createHmac, randomUUID } from 'node:crypto'
import type { Delivery, SendOutcome, Transport } from './delivery.ts'
import type { Wire } from './model.ts'

export interface HttpEventsOptions {
  /** The app's one request URL, for events, commands and interactivity. */
  readonly url: string
  readonly signingSecret: string
  /** Slack's is 3000. */
  readonly ackTimeoutMs: number
  readonly now: () => number
}

/** Signed HTTP deliveries to the app's request URL. */
export function createHttpEvents(options: HttpEventsOptions): Transport {
  return {
    async send(delivery, retry, signal) {
      const { body, contentType } = encode(delivery)
      const retried: Record<string, string> =
        retry.attempt > 0
          ? { 'x-slack-retry-num': String(retry.attempt), 'x-slack-retry-reason': retry.reason }
          : {}
      const timeout = AbortSignal.timeout(options.ackTimeoutMs)
      try {
        const response = await post(options, body, contentType, retried, AbortSignal.any([timeout, signal]))
        const text = await response.text()
        if (response.ok) return { ok: true, response: decode(response, text) }
        return { ok: false, reason: 'http_error', noRetry: response.headers.get('x-slack-no-retry') === '1' }
      } catch (error) {
        if (signal.aborted) throw error
        return {
          ok: false,
          reason: timeout.aborted ? 'http_timeout' : 'connection_failed',
        } satisfies SendOutcome
      }
    },
  }
}

/** The check Slack makes when a request URL is saved. Rejects when the app does not echo the challenge. */
export async function verifyRequestUrl(options: HttpEventsOptions): Promise<void> {
  const challenge = randomUUID()
  const body = JSON.stringify({ token: 'emulated-verification-token', challenge, type: 'url_verification' })
  const response = await post(
    options,
    body,
    'application/json',
    {},
    AbortSignal.timeout(options.ackTimeoutMs),
  )
  const answer = await response.text()
  if (!response.ok || !answer.includes(challenge)) {
    throw new Error(`request URL was not verified: HTTP ${response.status} ${answer.slice(0, 200)}`)
  }
}

/** `v0=` and the HMAC-SHA256 of `v0:<timestamp>:<raw body>`. */
export function slackSignature(secret: string, timestampSeconds: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestampSeconds}:${body}`).digest('hex')}`
}

function post(
  options: HttpEventsOptions,
  body: string,
  contentType: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  const timestamp = Math.floor(options.now() / 1000)
  return fetch(options.url, {
    method: 'POST',
    body,
    redirect: 'manual',
    signal,
    headers: {
      'content-type': contentType,
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'x-slack-request-timestamp': String(timestamp),
      'x-slack-signature': slackSignature(options.signingSecret, timestamp, body),
      ...headers,
    },
  })
}

// Forms carry no charset: Bolt compares the header with the bare type.
function encode(delivery: Delivery): { body: string; contentType: string } {
  const { kind, payload } = delivery
  if (kind === 'events_api') return { body: JSON.stringify(payload), contentType: 'application/json' }
  const form = new URLSearchParams(
    kind === 'slash_commands'
      ? Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, String(value)]))
      : { payload: JSON.stringify(payload) },
  )
  return { body: form.toString(), contentType: 'application/x-www-form-urlencoded' }
}

function decode(response: Response, text: string): unknown {
  if (text === '') return undefined
  if (!response.headers.get('content-type')?.includes('json')) return text
  const value: Wire = JSON.parse(text)
  return value
}
