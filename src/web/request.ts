import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Language } from '../model/settings.ts'
import type { LiveSession } from '../ports/session-store.ts'
import type { Visitor } from './actions/gate.ts'
import { WebFault } from './fault.ts'

/**
 * Who may use a route. `public`: everybody, and nobody is asked who they are. `door`: everybody, to log in.
 * `own`: every admin, also to change what is their own. `owners`: every admin to read and owners to change.
 * `owners only`: owners, to read and change. Without a word a route is for owners, operators and viewers to read and
 * for owners and operators to change; workspace admins have a list of their own (`WORKSPACE_ROUTES`).
 */
export type Access = 'public' | 'door' | 'own' | 'owners' | 'owners only'

declare module 'fastify' {
  interface FastifyRequest {
    session: LiveSession | undefined
    /** By bearer header, which no other site can make a browser send. */
    byBearer: boolean
    language: Language
  }
  interface FastifyContextConfig {
    access?: Access
    /** Also for tokens for programs, though it is of people's own. */
    forTokens?: boolean
  }
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  ZodTypeProvider
>

/** On routes that are not public there always is one. */
export function sessionOf({ session }: Pick<FastifyRequest, 'session'>): LiveSession {
  if (session === undefined) throw new WebFault('unauthenticated')
  return session
}

export function visitorOf(request: Pick<FastifyRequest, 'ip' | 'headers'>): Visitor {
  return { address: request.ip, userAgent: request.headers['user-agent'] }
}

export function isPage({ url }: Pick<FastifyRequest, 'url'>): boolean {
  return /^\/admin(?:[/?]|$)/.test(url)
}
