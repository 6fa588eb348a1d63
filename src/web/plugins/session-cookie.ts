import cookie, { type CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenedSession } from '../sessions/live-sessions.ts'

export { cookie }

export interface SessionCookie {
  read(request: FastifyRequest): string | undefined
  write(reply: FastifyReply, session: OpenedSession): void
  clear(reply: FastifyReply): void
}

/** The `__Host-` name, which only this host can set, needs https. */
export function createSessionCookie(publicUrl: string | undefined): SessionCookie {
  const secure = publicUrl?.startsWith('https:') ?? false
  const name = secure ? '__Host-brainall' : 'brainall'
  const options: CookieSerializeOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure }
  return {
    read: (request) => request.cookies[name],
    write: (reply, { token, expiresAt }) => {
      reply.setCookie(name, token, { ...options, expires: expiresAt })
    },
    clear: (reply) => {
      reply.clearCookie(name, options)
    },
  }
}
