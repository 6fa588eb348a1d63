import { z } from 'zod'
import type { ConnectionId } from '../../model/ids.ts'
import {
  addConnection,
  newConnectionSchema,
  removeConnection,
  replaceCredentials,
  replaceCredentialsSchema,
  testConnection,
} from '../actions/own-connections.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { connectionAnswer } from './records.ts'
import { connectionShape, errorShape, idOf } from './shapes.ts'

/** Bot accounts that are kept here; those of the environment stay as they are. */
export function addConnectionRoutes(api: App, parts: WebParts): void {
  const params = z.object({ id: idOf<ConnectionId>() })

  api.post(
    '/connections',
    {
      schema: {
        summary: 'Add a bot account; its platform is asked first',
        body: newConnectionSchema,
        response: { 201: connectionShape, '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const added = await addConnection(parts, request.body, sessionOf(request).admin)
      return reply.code(201).send(connectionAnswer(added))
    },
  )
  api.put(
    '/connections/:id/credentials',
    {
      schema: {
        summary: 'Rotate its tokens; counts at once',
        params,
        body: replaceCredentialsSchema,
        response: { 200: connectionShape, '4xx': errorShape },
      },
    },
    async (request) =>
      connectionAnswer(
        await replaceCredentials(parts, request.params.id, request.body, sessionOf(request).admin),
      ),
  )
  api.post(
    '/connections/:id/test',
    {
      schema: {
        summary: 'Ask the platform who the account is',
        params,
        response: { 200: z.object({ account: z.string() }), '4xx': errorShape },
      },
    },
    async (request) => ({ account: await testConnection(parts, request.params.id) }),
  )
  api.delete(
    '/connections/:id',
    {
      schema: {
        summary: 'Remove one that was added here; its history stays',
        params,
        response: { 204: z.undefined().describe('Done'), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      await removeConnection(parts, request.params.id, sessionOf(request).admin)
      return reply.code(204).send()
    },
  )
}
