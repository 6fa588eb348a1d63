import { LogLevel, type Logger as SdkLogger } from '@slack/bolt'
import { WebClient, type WebClientOptions } from '@slack/web-api'
import type { Logger } from '../../src/ports/logger.ts'
import { asPlatformError } from './errors.ts'

const CALL_LIMIT_MS = 20_000

/** One call of the Web API; rejects with a HubError. `asked` names the method in errors. */
export type CallSlack = <Result>(
  asked: string,
  signal: AbortSignal,
  work: (client: WebClient) => Promise<Result>,
) => Promise<Result>

export function createCallSlack(options: {
  readonly token: string
  readonly apiUrl: string
  readonly log: Logger
  readonly limitMs?: number
}): CallSlack {
  const { token, apiUrl, log, limitMs = CALL_LIMIT_MS } = options
  return async (asked, signal, work) => {
    try {
      // The SDK takes a signal nowhere, so each call has a client of its own (0.04 ms) whose fetch has it.
      return await work(new WebClient(token, clientOptions({ apiUrl, log, limitMs, signal })))
    } catch (error) {
      throw asPlatformError(error, asked)
    }
  }
}

/**
 * A new object each time and never `headers`: the SDK writes into both, and headers once given carry the first
 * token into every later client. Its retries are off, since the hub schedules its own.
 */
export function clientOptions(options: {
  readonly apiUrl: string
  readonly log: Logger
  readonly limitMs: number
  readonly signal?: AbortSignal
}): WebClientOptions & { readonly logger: SdkLogger } {
  const { signal } = options
  return {
    slackApiUrl: options.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: options.limitMs,
    allowAbsoluteUrls: false,
    logger: sdkLogger(options.log),
    ...(signal
      ? {
          fetch: (url: string | URL | Request, init?: RequestInit) =>
            fetch(url, { ...init, signal: init?.signal ? AbortSignal.any([signal, init.signal]) : signal }),
        }
      : {}),
  }
}

/** The SDK's failures reach the hub as errors; its debug lines hold whole messages and are dropped. */
export function sdkLogger(log: Logger): SdkLogger {
  const note = (...words: unknown[]): void =>
    log.debug({ sdk: words.map(String).join(' ').slice(0, 300) }, 'slack sdk')
  return {
    debug: drop,
    info: drop,
    warn: note,
    error: note,
    setLevel: drop,
    getLevel: () => LogLevel.ERROR,
    setName: drop,
  }
}

function drop(): undefined {
  return undefined
}
