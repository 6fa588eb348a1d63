import { z } from 'zod'
import type { ServerId } from '../../model/ids.ts'
import type { RegisteredServer } from '../../ports/model-registry.ts'
import {
  addServer,
  listModels,
  newServerSchema,
  refreshServer,
  removeServer,
  shownAddress,
} from '../actions/models.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { errorShape, idOf, modelShape, serverShape } from './shapes.ts'

export function addModelRoutes(api: App, parts: WebParts): void {
  const params = z.object({ id: idOf<ServerId>() })

  api.get(
    '/models',
    {
      schema: {
        summary: 'Models that chat servers list',
        response: { 200: z.array(modelShape), '4xx': errorShape },
      },
    },
    async () =>
      (await listModels(parts.registry)).map(({ name, contextLength, servers }) => ({
        name,
        contextLength: contextLength ?? null,
        servers: [...servers],
      })),
  )

  api.get(
    '/model-servers',
    {
      schema: {
        summary: 'Model and speech servers',
        response: { 200: z.array(serverShape), '4xx': errorShape },
      },
    },
    async () => (await parts.registry.list()).map(serverAnswer),
  )

  api.post(
    '/model-servers',
    {
      schema: {
        summary: 'Add a server, and ask it at once what it lists',
        body: newServerSchema,
        response: { 201: serverShape, '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const server = await addServer(parts, request.body, sessionOf(request).admin)
      return reply.code(201).send(serverAnswer(server))
    },
  )

  api.delete(
    '/model-servers/:id',
    {
      schema: {
        summary: 'Remove a server that was added here',
        params,
        response: { 204: z.undefined().describe('Done'), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      await removeServer(parts, request.params.id, sessionOf(request).admin)
      return reply.code(204).send()
    },
  )

  api.post(
    '/model-servers/:id/refresh',
    {
      schema: {
        summary: 'Ask a server what it lists',
        params,
        response: { 200: serverShape, '4xx': errorShape },
      },
    },
    async (request) => serverAnswer(await refreshServer(parts, request.params.id)),
  )
}

function serverAnswer(server: RegisteredServer): z.infer<typeof serverShape> {
  return {
    ...server,
    baseUrl: shownAddress(server.baseUrl),
    defaultModel: server.defaultModel ?? null,
    stateDetail: server.stateDetail ?? null,
    checkedAt: server.checkedAt?.toISOString() ?? null,
    models: server.models.map(({ name, contextLength, abilities = {} }) => ({
      name,
      contextLength: contextLength ?? null,
      abilities,
    })),
    kind: server.kind ?? null,
    concurrency: server.concurrency ?? null,
    load: server.load ?? null,
  }
}
