import { z } from 'zod'
import type { ConnectionId, MessageId } from '../../model/ids.ts'
import type { Connection } from '../../ports/connection-store.ts'
import { connectionPatchSchema, setPaused } from '../actions/connections.ts'
import { decisionWords } from '../decision-words.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { auditShape, connectionShape, decisionShape, errorShape, idOf } from './shapes.ts'

/** What happened and what is. */
export function addRecordRoutes(api: App, parts: WebParts): void {
  api.get(
    '/connections',
    {
      schema: {
        summary: 'Bot accounts and their state',
        response: { 200: z.array(connectionShape), '4xx': errorShape },
      },
    },
    async () => (await parts.connections.list()).map(connectionAnswer),
  )

  api.patch(
    '/connections/:id',
    {
      schema: {
        summary: 'Pause or resume a bot account; kept over restarts',
        params: z.object({ id: idOf<ConnectionId>() }),
        body: connectionPatchSchema,
        response: { 200: connectionShape, '4xx': errorShape },
      },
    },
    async (request) => {
      const { admin } = sessionOf(request)
      return connectionAnswer(await setPaused(parts, request.params.id, request.body.paused, admin))
    },
  )

  api.get(
    '/messages/:id/decisions',
    {
      schema: {
        summary: 'Why a message was answered, or not; oldest first',
        params: z.object({ id: idOf<MessageId>() }),
        response: { 200: z.array(decisionShape), '4xx': errorShape },
      },
    },
    async (request) => {
      const decisions = await parts.messages.decisions(request.params.id)
      if (decisions === undefined) throw new WebFault('not_found')
      return decisions.map((decision) => ({
        at: decision.at.toISOString(),
        code: decision.code,
        detail: { ...decision.detail },
        text: decisionWords(parts.say, decision, request.language),
      }))
    },
  )

  api.get(
    '/audit',
    {
      schema: {
        summary: 'Who changed what, newest first',
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(500).default(100),
          before: z.coerce.number().int().min(1).optional().describe('The last `seq` of the page before'),
        }),
        response: { 200: z.array(auditShape), '4xx': errorShape },
      },
    },
    async (request) => {
      const { limit, before } = request.query
      const entries = await parts.audit.latest({ limit, ...(before === undefined ? {} : { before }) })
      return entries.map((entry) => ({
        ...entry,
        at: entry.at.toISOString(),
        workspaceId: entry.workspaceId ?? null,
        before: entry.before ?? null,
        after: entry.after ?? null,
      }))
    },
  )
}

export function connectionAnswer(connection: Connection): z.infer<typeof connectionShape> {
  return {
    ...connection,
    stateDetail: connection.stateDetail ?? null,
    stateAt: connection.stateAt.toISOString(),
    account: connection.account ?? null,
  }
}
