import { z } from 'zod'
import type { TurnId } from '../../model/ids.ts'
import { WORK_KINDS, type WorkRecord } from '../../ports/work-records.ts'
import { discardTurn, retryTurn } from '../actions/queue.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { linkNext, paged } from './pages-of-lists.ts'
import { queueShape, workShape } from './record-shapes.ts'
import { errorShape, idOf, pageQuery } from './shapes.ts'

export function addQueueRoutes(api: App, parts: WebParts): void {
  const { work } = parts
  const params = z.object({ id: idOf<TurnId>() })
  const done = { 204: z.undefined().describe('Done'), '4xx': errorShape }

  api.get(
    '/queue',
    {
      schema: {
        summary: 'How much waits, works and failed',
        response: { 200: queueShape, '4xx': errorShape },
      },
    },
    async () => {
      const { oldestWaitingSince, ...totals } = await work.totals()
      return { ...totals, oldestWaitingSince: oldestWaitingSince?.toISOString() ?? null }
    },
  )

  api.get(
    '/turns',
    {
      schema: {
        summary: 'What waits and works, oldest first, or what failed, newest first',
        description: paged,
        querystring: pageQuery<TurnId>().extend({ kind: z.enum(WORK_KINDS).default('waiting') }),
        response: { 200: z.array(workShape), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const { kind, limit, after } = request.query
      const list = (await work.list(kind, { limit, ...(after === undefined ? {} : { after }) })).map(
        workAnswer,
      )
      linkNext(request, reply, list, limit)
      return list
    },
  )

  api.post(
    '/turns/:id/retry',
    { schema: { summary: 'Try a failed turn again; its answer is redone in place', params, response: done } },
    async (request, reply) => {
      await retryTurn(parts, request.params.id, sessionOf(request).admin)
      return reply.code(204).send()
    },
  )

  api.post(
    '/turns/:id/discard',
    { schema: { summary: 'Take a failed turn off the list for good', params, response: done } },
    async (request, reply) => {
      await discardTurn(parts, request.params.id, sessionOf(request).admin)
      return reply.code(204).send()
    },
  )
}

function workAnswer(one: WorkRecord): z.infer<typeof workShape> {
  const { workspaceId, workspaceName, channelName, channelKind, errorCode, errorMessage } = one
  return {
    id: one.turnId,
    messageId: one.messageId,
    conversationId: one.conversationId,
    workspace: { id: workspaceId, name: workspaceName },
    platform: one.platform,
    channel: { name: channelName ?? null, kind: channelKind },
    person: one.personName,
    step: one.step,
    createdAt: one.createdAt.toISOString(),
    startedAt: one.startedAt?.toISOString() ?? null,
    finishedAt: one.finishedAt?.toISOString() ?? null,
    notBefore: one.notBefore?.toISOString() ?? null,
    blocked: one.blocked,
    attempts: one.attempts,
    deaths: one.deaths,
    error: errorCode === undefined ? null : { code: errorCode, message: errorMessage ?? '' },
  }
}
