import cookie, { type CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OpenedSession } from '../sessions/live-sessions.ts'

export { cookie }

export interface SessionCookie {
  read(request: FastifyRequest): string | undefined
  /** Of the token that gives the next one. */
  readRefresh(request: FastifyRequest): string | undefined
  write(reply: FastifyReply, session: OpenedSession): void
  clear(reply: FastifyReply): void
}

/** The `__Host-` name, which only this host can set, needs https. */
export function createSessionCookie(publicUrl: string | undefined): SessionCookie {
  const secure = publicUrl?.startsWith('https:') ?? false
  const name = secure ? '__Host-brainall' : 'brainall'
  const refreshName = `${name}-refresh`
  const options: CookieSerializeOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure }
  return {
    read: (request) => request.cookies[name],
    readRefresh: (request) => request.cookies[refreshName],
    write: (reply, { token, expiresAt, refresh }) => {
      reply.setCookie(name, token, { ...options, expires: expiresAt })
      if (refresh !== undefined)
        reply.setCookie(refreshName, refresh.token, { ...options, expires: refresh.expiresAt })
    },
    clear: (reply) => {
      reply.clearCookie(name, options)
      reply.clearCookie(refreshName, options)
    },
  }
}
