import { z } from 'zod'
import type { ServerId } from '../../model/ids.ts'
import { abilitiesSchema, aliasTargetSchema, type ModelAlias } from '../../model/model-abilities.ts'
import {
  aliasSchema,
  changeServer,
  describeModel,
  modelFactsSchema,
  putAlias,
  removeAlias,
  serverChangeSchema,
} from '../actions/aliases.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { errorShape, idOf, serverHealthShape } from './shapes.ts'

const aliasShape = z.object({
  name: z.string(),
  targets: z.array(aliasTargetSchema),
  fallback: z.string().nullable(),
})
const done = { 204: z.undefined().describe('Done'), '4xx': errorShape }

export function addAliasRoutes(api: App, parts: WebParts): void {
  const params = z.object({ id: idOf<ServerId>() })

  api.get(
    '/model-aliases',
    {
      schema: {
        summary: 'Names that settings may use in place of a model',
        response: { 200: z.array(aliasShape), '4xx': errorShape },
      },
    },
    async () => (await parts.registry.aliases()).map(shown),
  )
  api.put(
    '/model-aliases',
    {
      schema: {
        summary: 'Set what stands behind an alias',
        body: aliasSchema,
        response: { 200: aliasShape, '4xx': errorShape },
      },
    },
    async (request) => shown(await putAlias(parts, request.body, sessionOf(request).admin)),
  )
  api.delete(
    '/model-aliases',
    {
      schema: { summary: 'Remove an alias', querystring: z.object({ name: z.string() }), response: done },
    },
    async (request, reply) => {
      await removeAlias(parts, request.query.name, sessionOf(request).admin)
      return reply.code(204).send()
    },
  )
  api.put(
    '/model-facts',
    {
      schema: {
        summary: 'Say what a model can do; it counts before what its servers say',
        body: modelFactsSchema,
        response: { 200: abilitiesSchema, '4xx': errorShape },
      },
    },
    async (request) => describeModel(parts, request.body, sessionOf(request).admin),
  )
  api.patch(
    '/model-servers/:id',
    {
      schema: {
        summary: 'Limit how much a server is used',
        params,
        body: serverChangeSchema,
        response: done,
      },
    },
    async (request, reply) => {
      await changeServer(parts, request.params.id, request.body, sessionOf(request).admin)
      return reply.code(204).send()
    },
  )
  api.get(
    '/model-servers/:id/health',
    {
      schema: {
        summary: 'How a server did in the last 24 hours, and why it failed',
        params,
        response: { 200: serverHealthShape, '4xx': errorShape },
      },
    },
    async (request) => {
      const health = await parts.registry.health(request.params.id)
      return {
        ...health,
        firstTokenMs: health.firstTokenMs ?? null,
        tokensPerSecond: health.tokensPerSecond ?? null,
        faults: health.faults.map(({ at, model, messageId, ...fault }) => ({
          ...fault,
          at: at.toISOString(),
          model: model ?? null,
          messageId: messageId ?? null,
        })),
      }
    },
  )
}

function shown({ name, targets, fallback }: ModelAlias): z.infer<typeof aliasShape> {
  return { name, targets: [...targets], fallback: fallback ?? null }
}
