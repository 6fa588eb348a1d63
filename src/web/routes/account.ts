import { z } from 'zod'
import type { ApiTokenId } from '../../model/ids.ts'
import type { ApiToken } from '../../ports/api-token-store.ts'
import { API_SCOPES } from '../../ports/session-store.ts'
import { makeToken, newTokenSchema, revokeToken } from '../actions/api-tokens.ts'
import type { Gate } from '../actions/gate.ts'
import {
  confirm,
  confirmSchema,
  passwordOnlySchema,
  propose,
  removeSecondFactor,
  renewRecoveryCodes,
} from '../actions/second-factor.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf, visitorOf } from '../request.ts'
import { errorShape, idOf } from './shapes.ts'

const tokenShape = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(API_SCOPES)),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable().describe('To the minute'),
})
const codesShape = z.object({
  recoveryCodes: z.array(z.string()).describe('Each works once; they are shown only now'),
})
const done = { 204: z.undefined().describe('Done'), '4xx': errorShape }

/** The second factor and the tokens of whoever is logged in. */
export function addAccountRoutes(api: App, parts: WebParts, gate: Gate): void {
  const config = { access: 'own' } as const

  api.get(
    '/me/second-factor',
    {
      config,
      schema: {
        summary: 'Whether logging in asks for a code',
        response: {
          200: z.object({
            active: z.boolean(),
            since: z.string().nullable(),
            unusedRecoveryCodes: z.number(),
          }),
          '4xx': errorShape,
        },
      },
    },
    async (request) => {
      const factor = await parts.secondFactors.find(sessionOf(request).admin.id)
      return {
        active: factor?.verified ?? false,
        since: factor?.verified ? factor.since.toISOString() : null,
        unusedRecoveryCodes: factor?.unusedRecoveryCodes ?? 0,
      }
    },
  )

  api.post(
    '/me/second-factor',
    {
      config,
      schema: {
        summary: 'Propose a secret to the authenticator; it counts after its first code',
        response: {
          201: z.object({ secret: z.string(), address: z.string().describe('For a QR code') }),
          '4xx': errorShape,
        },
      },
    },
    async (request, reply) => reply.code(201).send(await propose(parts, sessionOf(request).admin)),
  )

  api.post(
    '/me/second-factor/confirm',
    {
      config,
      schema: {
        summary: 'Turn it on with a code; from then on every log-in asks for one',
        body: confirmSchema,
        response: { 200: codesShape, '4xx': errorShape },
      },
    },
    async (request) => {
      const { admin } = sessionOf(request)
      return {
        recoveryCodes: [...(await confirm(parts, gate, admin, request.body.code, visitorOf(request)))],
      }
    },
  )

  api.post(
    '/me/second-factor/recovery-codes',
    {
      config,
      schema: {
        summary: 'Fresh recovery codes; the earlier ones end',
        body: passwordOnlySchema,
        response: { 200: codesShape, '4xx': errorShape },
      },
    },
    async (request) => {
      const { admin } = sessionOf(request)
      const { current } = request.body
      const codes = await renewRecoveryCodes(parts, gate, admin, current, visitorOf(request))
      return { recoveryCodes: [...codes] }
    },
  )

  api.post(
    '/me/second-factor/remove',
    {
      config,
      schema: { summary: 'Turn it off', body: passwordOnlySchema, response: done },
    },
    async (request, reply) => {
      const { admin } = sessionOf(request)
      await removeSecondFactor(parts, gate, admin, request.body.current, visitorOf(request))
      return reply.code(204).send()
    },
  )

  api.get(
    '/tokens',
    {
      config,
      schema: {
        summary: 'Own tokens for programs, newest first',
        response: { 200: z.array(tokenShape), '4xx': errorShape },
      },
    },
    async (request) => (await parts.apiTokens.list(sessionOf(request).admin.id)).map(tokenAnswer),
  )

  api.post(
    '/tokens',
    {
      config,
      schema: {
        summary: 'Make a token for a program; it acts as you, within its scopes',
        body: newTokenSchema,
        response: {
          201: tokenShape.extend({ token: z.string().describe('Shown only now') }),
          '4xx': errorShape,
        },
      },
    },
    async (request, reply) => {
      const { token, made } = await makeToken(parts, sessionOf(request).admin, request.body)
      return reply.code(201).send({ ...tokenAnswer(made), token })
    },
  )

  api.delete(
    '/tokens/:id',
    {
      config,
      schema: { summary: 'End one', params: z.object({ id: idOf<ApiTokenId>() }), response: done },
    },
    async (request, reply) => {
      await revokeToken(parts, gate, sessionOf(request).admin, request.params.id)
      return reply.code(204).send()
    },
  )
}

function tokenAnswer(token: ApiToken): z.infer<typeof tokenShape> {
  return {
    ...token,
    scopes: [...token.scopes],
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt?.toISOString() ?? null,
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
  }
}
