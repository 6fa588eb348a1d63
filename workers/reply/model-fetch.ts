import { Agent, fetch as undiciFetch } from 'undici'
import { HubError } from '../../src/model/errors.ts'

export interface ModelFetchOptions {
  /** For the TCP and TLS handshakes together. */
  readonly connectMs: number
  /** Bytes of one server-sent event. */
  readonly maxEventBytes: number
  /** Bytes of any other body, errors included. */
  readonly maxBodyBytes: number
}

export interface ModelFetch {
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  close(): Promise<void>
}

/**
 * The `fetch` that the SDK is given: bounded in memory whatever the server sends, and never led to another
 * host (a redirect comes back as the answer). It has no time limits but the one for connecting.
 */
export function openModelFetch(options: ModelFetchOptions): ModelFetch {
  const agent = new Agent({
    connect: { timeout: options.connectMs },
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    async fetch(input, init = {}) {
      const answer = await undiciFetch(input instanceof Request ? input.url : input, {
        dispatcher: agent,
        redirect: 'manual',
        method: init.method ?? 'GET',
        headers: Object.fromEntries(new Headers(init.headers)),
        body: typeof init.body === 'string' ? init.body : null,
        signal: init.signal ?? null,
      })
      const headers = new Headers([...answer.headers])
      const events = isEventStream(headers)
      const bounded = answer.body?.pipeThrough(
        events ? eventLimit(options.maxEventBytes) : bodyLimit(options.maxBodyBytes),
      )
      const empty = answer.status === 204 || answer.status === 304
      return new Response(empty ? null : (bounded ?? null), { status: answer.status, headers })
    },
    close: () => agent.destroy(),
  }
}

export function isEventStream(headers: Headers): boolean {
  return headers.get('content-type')?.trim().toLowerCase().startsWith('text/event-stream') ?? false
}

function bodyLimit(max: number): TransformStream<Uint8Array, Uint8Array> {
  let size = 0
  return new TransformStream({
    transform(chunk, controller) {
      size += chunk.length
      if (size > max) throw tooLarge('body', max)
      controller.enqueue(chunk)
    },
  })
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** The SDK keeps an event until the empty line after it: what counts is the size between two empty lines. */
function eventLimit(max: number): TransformStream<Uint8Array, Uint8Array> {
  let size = 0
  let lineIsEmpty = true
  return new TransformStream({
    transform(chunk, controller) {
      for (const byte of chunk) {
        size += 1
        if (byte === LINE_FEED) {
          if (lineIsEmpty) size = 0
          lineIsEmpty = true
        } else if (byte !== CARRIAGE_RETURN) lineIsEmpty = false
        if (size > max) throw tooLarge('event', max)
      }
      controller.enqueue(chunk)
    },
  })
}

function tooLarge(what: string, max: number): HubError {
  return new HubError('model_garbage', `the server sent one ${what} of more than ${max} bytes`, {
    retry: { kind: 'later' },
  })
}
