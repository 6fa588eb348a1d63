import { z } from 'zod'
import type { ChannelId, MessageId, WorkspaceId } from '../../model/ids.ts'
import type { MessageRecord } from '../../ports/message-records.ts'
import type { Workspace } from '../../ports/workspace-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { App } from '../request.ts'
import { linkNext, paged } from './pages-of-lists.ts'
import { channelShape, errorShape, idOf, messageShape, pageQuery, workspaceShape } from './shapes.ts'

export function addWorkspaceRoutes(api: App, { workspaces, messages }: WebParts): void {
  const params = z.object({ id: idOf<WorkspaceId>() })

  api.get(
    '/workspaces',
    {
      schema: {
        summary: 'Workspaces, oldest first',
        description: paged,
        querystring: pageQuery<WorkspaceId>().extend({
          search: z.string().max(200).optional().describe('Part of a name'),
        }),
        response: { 200: z.array(workspaceShape), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const { limit, after, search } = request.query
      const page = { limit, ...(after === undefined ? {} : { after }), ...(search ? { search } : {}) }
      const list = await workspaces.list(page)
      linkNext(request, reply, list, limit)
      return list.map(workspaceAnswer)
    },
  )

  api.get(
    '/workspaces/:id',
    {
      schema: {
        summary: 'One workspace',
        params,
        response: { 200: workspaceShape, '4xx': errorShape },
      },
    },
    async (request) => {
      const workspace = await workspaces.find(request.params.id)
      if (workspace === undefined) throw new WebFault('not_found')
      return workspaceAnswer(workspace)
    },
  )

  api.get(
    '/workspaces/:id/channels',
    {
      schema: {
        summary: "A workspace's channels, oldest first",
        description: paged,
        params,
        querystring: pageQuery<ChannelId>(),
        response: { 200: z.array(channelShape), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      if ((await workspaces.find(id)) === undefined) throw new WebFault('not_found')
      const { limit, after } = request.query
      const list = await workspaces.channels(id, { limit, ...(after === undefined ? {} : { after }) })
      linkNext(request, reply, list, limit)
      return list.map((channel) => ({ ...channel, name: channel.name ?? null }))
    },
  )

  api.get(
    '/workspaces/:id/messages',
    {
      schema: {
        summary: "A workspace's messages, newest first",
        description: paged,
        params,
        querystring: pageQuery<MessageId>(),
        response: { 200: z.array(messageShape), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      if ((await workspaces.find(id)) === undefined) throw new WebFault('not_found')
      const { limit, after } = request.query
      const list = await messages.latest(id, { limit, ...(after === undefined ? {} : { before: after }) })
      linkNext(request, reply, list, limit)
      return list.map(messageAnswer)
    },
  )
}

function workspaceAnswer(workspace: Workspace): z.infer<typeof workspaceShape> {
  return {
    ...workspace,
    createdAt: workspace.createdAt.toISOString(),
    lastMessageAt: workspace.lastMessageAt?.toISOString() ?? null,
  }
}

function messageAnswer(message: MessageRecord): z.infer<typeof messageShape> {
  const { id, workspaceId, channelName, channelKind, personName, receivedAt, text, turnState } = message
  return {
    id,
    workspaceId,
    channel: { name: channelName ?? null, kind: channelKind },
    person: personName,
    receivedAt: receivedAt.toISOString(),
    text: text ?? null,
    turnState: turnState ?? null,
  }
}
