import { DiscordAPIError, type RawFile, REST, RequestMethod, type RouteLike } from 'discord.js'
import { asPlatformError } from './errors.ts'

const CALL_LIMIT_MS = 30_000
/** A refused token is tried again this seldom: Discord bans an address for 10,000 refusals in ten minutes. */
const REFUSED_TOKEN_PAUSE_MS = 60_000

export interface RestRequest {
  readonly body?: unknown
  readonly files?: readonly RawFile[]
  readonly query?: URLSearchParams
  readonly signal: AbortSignal
  /** The route carries an interaction's token: no bot token goes along. */
  readonly withoutToken?: boolean
}

/** Single calls, without the SDK's retries and waits; they reject with a HubError. */
export interface Rest {
  call(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', route: RouteLike, request: RestRequest): Promise<unknown>
  /** Whether the error is a refusal of Discord's with one of these numbers. */
  refusedWith(error: unknown, ...codes: readonly number[]): boolean
}

const METHODS = {
  GET: RequestMethod.Get,
  POST: RequestMethod.Post,
  PATCH: RequestMethod.Patch,
  DELETE: RequestMethod.Delete,
} as const

export function createRest(token: string, apiUrl: string): Rest {
  const rest = new REST({
    api: apiUrl,
    retries: 0,
    timeout: CALL_LIMIT_MS,
    // A full bucket rejects as a 429 does, so that the caller decides what waits.
    rejectOnRateLimit: () => true,
  }).setToken(token)
  const codes = new WeakMap<Error, number | string>()
  let isRefused = false

  return {
    async call(method, route, { body, files = [], query, signal, withoutToken = false }) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(CALL_LIMIT_MS)])
      try {
        return await rest.request({
          method: METHODS[method],
          fullRoute: route,
          signal: limit,
          auth: !withoutToken,
          ...(body === undefined ? {} : { body }),
          ...(files.length === 0 ? {} : { files: [...files] }),
          ...(query === undefined ? {} : { query }),
        })
      } catch (error) {
        const failure = asPlatformError(error)
        if (error instanceof DiscordAPIError) codes.set(failure, error.code)
        if (failure.code === 'platform_unauthorized' && !isRefused) {
          isRefused = true
          // The client forgot the token with its refusal.
          setTimeout(() => {
            isRefused = false
            rest.setToken(token)
          }, REFUSED_TOKEN_PAUSE_MS).unref()
        }
        throw failure
      }
    },
    refusedWith(error, ...wanted) {
      const code = error instanceof Error ? codes.get(error) : undefined
      return wanted.some((one) => one === code)
    },
  }
}
