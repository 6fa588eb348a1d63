import { z } from 'zod'
import type { SessionId } from '../../model/ids.ts'
import { changeLanguage, changePassword, languageSchema, passwordChangeSchema } from '../actions/account.ts'
import type { Gate } from '../actions/gate.ts'
import { credentialsSchema, logIn } from '../actions/log-in.ts'
import { setUp, setupSchema } from '../actions/set-up.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { SessionCookie } from '../plugins/session-cookie.ts'
import { type App, sessionOf, visitorOf } from '../request.ts'
import { adminShape, errorShape, idOf, sessionShape, tokenAnswer, tokenShape } from './shapes.ts'

export function addSessionRoutes(api: App, parts: WebParts, gate: Gate, cookie: SessionCookie): void {
  const { live } = gate
  const open = { access: 'door' } as const
  const own = { access: 'own' } as const

  api.post(
    '/login',
    {
      config: open,
      schema: {
        summary: 'Log in; the token also comes as a cookie',
        security: [],
        body: credentialsSchema,
        response: { 200: tokenShape, '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const session = await logIn(parts, gate, request.body, visitorOf(request))
      cookie.write(reply, session)
      return tokenAnswer(session)
    },
  )

  api.post(
    '/refresh',
    {
      config: open,
      schema: {
        summary: 'A fresh token for a refresh token, which works once',
        security: [],
        body: z.object({ refreshToken: z.string().min(1).max(200) }),
        response: { 200: tokenShape, '4xx': errorShape },
      },
    },
    async (request) => {
      const renewed = await live.renew(request.body.refreshToken)
      if (renewed === undefined) throw new WebFault('refresh_refused')
      return tokenAnswer(renewed.opened)
    },
  )

  api.post(
    '/setup',
    {
      config: open,
      schema: {
        summary: 'Make the first admin, with the token of the set-up link',
        security: [],
        body: setupSchema,
        response: { 201: tokenShape, '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const visitor = visitorOf(request)
      const admin = await setUp(parts, gate, request.body, request.language, visitor)
      const session = await live.open(admin, visitor.userAgent, visitor.address)
      cookie.write(reply, session)
      return reply.code(201).send(tokenAnswer(session))
    },
  )

  api.post(
    '/logout',
    {
      config: own,
      schema: {
        summary: 'End this session',
        response: { 204: z.undefined().describe('Done'), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const { admin, id } = sessionOf(request)
      await live.revoke(admin.id, id)
      cookie.clear(reply)
      return reply.code(204).send()
    },
  )

  api.get(
    '/me',
    {
      config: { access: 'own', forTokens: true },
      schema: {
        summary: 'Who is logged in',
        response: { 200: adminShape.extend({ csrfToken: z.string() }), '4xx': errorShape },
      },
    },
    async (request) => {
      const { admin, id } = sessionOf(request)
      return { ...admin, name: admin.name ?? null, csrfToken: live.formToken(id) }
    },
  )

  api.patch(
    '/me',
    {
      config: own,
      schema: {
        summary: 'Change the language of the admin',
        body: languageSchema,
        response: { 200: adminShape, '4xx': errorShape },
      },
    },
    async (request) => {
      const { admin } = sessionOf(request)
      await changeLanguage(parts, gate, admin, request.body.language)
      return { ...admin, name: admin.name ?? null, language: request.body.language }
    },
  )

  api.post(
    '/me/password',
    {
      config: own,
      schema: {
        summary: 'Change the own password; ends every session and opens a new one',
        body: passwordChangeSchema,
        response: { 200: tokenShape, '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const { admin } = sessionOf(request)
      const session = await changePassword(parts, gate, admin, request.body, visitorOf(request))
      if (!request.byBearer) cookie.write(reply, session)
      return tokenAnswer(session)
    },
  )

  api.get(
    '/sessions',
    {
      config: own,
      schema: {
        summary: 'Own sessions, newest first',
        response: { 200: z.array(sessionShape), '4xx': errorShape },
      },
    },
    async (request) => {
      const current = sessionOf(request)
      const sessions = await parts.sessions.list(current.admin.id)
      return sessions.map(({ id, createdAt, expiresAt, userAgent, address }) => ({
        id,
        current: id === current.id,
        createdAt: createdAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
        userAgent: userAgent ?? null,
        address: address ?? null,
      }))
    },
  )

  api.delete(
    '/sessions/:id',
    {
      config: own,
      schema: {
        summary: 'End one of the own sessions',
        params: z.object({ id: idOf<SessionId>() }),
        response: { 204: z.undefined().describe('Done'), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const { admin } = sessionOf(request)
      if (!(await live.revoke(admin.id, request.params.id))) throw new WebFault('not_found')
      return reply.code(204).send()
    },
  )
}
