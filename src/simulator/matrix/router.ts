import type { WireRequest } from '../faults.ts'
import type { WireAnswer } from '../wire-server.ts'
import type { Homeserver, Session, User } from './homeserver.ts'
import { isObject, type JsonObject } from './json.ts'
import { badJson, invalidParam, MatrixRefusal } from './refusal.ts'

/** One request inside the client-server API. Its getters throw the standard refusals. */
export interface ApiCall {
  readonly request: WireRequest
  readonly query: URLSearchParams
  /** Aborts when the client or the emulator goes away. */
  readonly signal: AbortSignal
  param(name: string): string
  session(): Session
  user(): User
  body(options?: { mayBeEmpty: boolean }): JsonObject
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Segments of the path; `:name` takes one that is not empty, `*name` also an empty one. */
  readonly segments: readonly string[]
  readonly handle: (call: ApiCall) => WireAnswer | Promise<WireAnswer>
}

export function route(method: Route['method'], path: string, handle: Route['handle']): Route {
  return { method, segments: path.split('/'), handle }
}

export function ok(body: JsonObject | readonly JsonObject[] = {}): WireAnswer {
  return { status: 200, body }
}

export async function answerRequest(
  server: Homeserver,
  routes: readonly Route[],
  request: WireRequest,
  signal: AbortSignal,
): Promise<WireAnswer> {
  try {
    const [path = '', search = ''] = request.path.split('?', 2)
    const segments = path.split('/').slice(1).map(decodeSegment)
    const found = findRoute(routes, request.method, segments)
    return await found.route.handle(
      apiCall(server, request, new URLSearchParams(search), found.params, signal),
    )
  } catch (error) {
    if (error instanceof MatrixRefusal) return error.toAnswer()
    throw error
  }
}

function findRoute(routes: readonly Route[], method: string, segments: readonly string[]) {
  let isKnownPath = false
  for (const candidate of routes) {
    const params = matchSegments(candidate.segments, segments)
    if (!params) continue
    if (candidate.method === method) return { route: candidate, params }
    isKnownPath = true
  }
  throw new MatrixRefusal(isKnownPath ? 405 : 404, 'M_UNRECOGNIZED', 'Unrecognized request')
}

function matchSegments(
  pattern: readonly string[],
  segments: readonly string[],
): ReadonlyMap<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const params = new Map<string, string>()
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ''
    const isParam = part.startsWith(':') || part.startsWith('*')
    if (isParam ? segment === '' && part.startsWith(':') : segment !== part) return undefined
    if (isParam) params.set(part.slice(1), segment)
  }
  return params
}

function apiCall(
  server: Homeserver,
  request: WireRequest,
  query: URLSearchParams,
  params: ReadonlyMap<string, string>,
  signal: AbortSignal,
): ApiCall {
  const session = () => sessionOf(server, request)
  return {
    request,
    query,
    signal,
    param(name) {
      const value = params.get(name)
      if (value === undefined) throw new Error(`route has no parameter ${name}`)
      return value
    },
    session,
    user() {
      const user = server.users.get(session().userId)
      if (!user) throw new Error(`session without a user: ${session().userId}`)
      return user
    },
    body: ({ mayBeEmpty } = { mayBeEmpty: false }) => {
      if (request.body.length === 0 && mayBeEmpty) return {}
      const value = parseJson(request.body)
      if (!isObject(value)) throw badJson('Content must be a JSON object.')
      return value
    },
  }
}

/** The query parameter `access_token` left the specification; only the header counts. */
function sessionOf(server: Homeserver, request: WireRequest): Session {
  const [, token] = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (token === undefined) throw new MatrixRefusal(401, 'M_MISSING_TOKEN', 'Missing access token')
  const session = server.sessions.get(token)
  if (session) return session
  throw new MatrixRefusal(401, 'M_UNKNOWN_TOKEN', 'Invalid access token passed.', {
    fields: { soft_logout: false },
  })
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new MatrixRefusal(400, 'M_NOT_JSON', 'Content not JSON.')
  }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw invalidParam(`malformed path segment ${segment}`)
  }
}
