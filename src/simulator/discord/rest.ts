import type { WireRequest } from '../faults.ts'
import type { WireAnswer } from '../wire-server.ts'
import { ApiError, refuse } from './api-error.ts'
import type { BucketLimit, RateLimits } from './rate-limit.ts'
import { type RestAnswer, type RestCall, readBody } from './rest-call.ts'

export interface Route {
  readonly method: string
  /** Below `/api/v10`, with `{names}`. */
  readonly template: string
  /** Absent on routes without a bucket. */
  readonly limit?: BucketLimit
  /** 'token' routes carry their own token in the path and stay outside the global limit. */
  readonly auth?: 'token'
  readonly handle: (call: RestCall) => RestAnswer
}

const majorParameters = ['channel_id', 'guild_id', 'webhook_id', 'webhook_token']

/** Answers one request below `/api`. */
export function createRest(options: {
  readonly routes: readonly Route[]
  readonly token: string
  readonly rateLimits: RateLimits
}): (request: WireRequest) => Promise<WireAnswer> {
  const table = options.routes.map((route) => ({ route, parts: route.template.split('/').slice(1) }))

  const find = (method: string, path: readonly string[]): { route: Route; params: Map<string, string> } => {
    const matches = table.flatMap(({ route, parts }) => {
      const params = matchPath(parts, path)
      return params ? [{ route, params }] : []
    })
    if (matches.length === 0) throw refuse('notFound')
    // `@original` and `@me` come before a variable in their place.
    const fitting = matches.filter(({ route }) => route.method === method)
    const [best] = fitting.sort((left, right) => left.params.size - right.params.size)
    if (!best) throw refuse('methodNotAllowed')
    return best
  }

  const answer = async (request: WireRequest, headers: Record<string, string>): Promise<RestAnswer> => {
    const [pathname = '', search = ''] = request.path.split('?')
    const path = /^\/api(?:\/v10)?(\/.*)$/.exec(pathname)?.[1]
    if (path === undefined) throw refuse('notFound')
    const { route, params } = find(request.method, path.split('/').slice(1).map(decodePart))
    if (route.auth !== 'token' && request.headers.authorization !== `Bot ${options.token}`)
      throw refuse('unauthorized')
    if (route.limit) {
      const major = majorParameters.map((name) => params.get(name) ?? '').join(':')
      const { template, method, limit } = route
      const taken = options.rateLimits.take({
        template,
        method,
        limit,
        major,
        isGlobal: route.auth !== 'token',
      })
      Object.assign(headers, taken.headers)
      if (taken.refusal) return tooMany(taken.refusal)
    }
    const body = await readBody(request)
    return route.handle({
      ...body,
      query: new URLSearchParams(search),
      param: (name) => {
        const value = params.get(name)
        if (value === undefined) throw new Error(`route ${route.template} has no ${name}`)
        return value
      },
    })
  }

  return async (request) => {
    const headers: Record<string, string> = {}
    const result = await answer(request, headers).catch(toAnswer)
    options.rateLimits.countAnswer(result.status)
    return { ...result, headers }
  }
}

function toAnswer(error: unknown): RestAnswer {
  if (!(error instanceof ApiError)) throw error
  const { status, code, message, errors } = error
  return { status, body: { message, code, ...(errors ? { errors } : {}) } }
}

function tooMany(refusal: { retryAfterS: number; global: boolean }): RestAnswer {
  return {
    status: 429,
    body: {
      message: 'You are being rate limited.',
      retry_after: refusal.retryAfterS,
      global: refusal.global,
    },
  }
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw refuse('notFound')
  }
}

function matchPath(parts: readonly string[], path: readonly string[]): Map<string, string> | undefined {
  if (parts.length !== path.length) return undefined
  const params = new Map<string, string>()
  for (const [index, part] of parts.entries()) {
    const given = path[index] ?? ''
    if (part.startsWith('{')) {
      const name = part.slice(1, -1)
      // Ids are decimal; anything else matches no route, as in the real API.
      if (/_id$/.test(name) && !/^\d{17,19}$/.test(given)) return undefined
      params.set(name, given)
    } else if (part !== given) return undefined
  }
  return params
}
