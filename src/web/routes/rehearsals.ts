import { z } from 'zod'
import type { RehearsalId, WorkspaceId } from '../../model/ids.ts'
import type { Rehearsal } from '../../ports/rehearsals.ts'
import { rehearsalSchema, startRehearsal, takeOver, trialSchema } from '../actions/rehearsals.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { errorShape, idOf } from './shapes.ts'

const answer = z.object({
  text: z.string(),
  model: z.string().nullable(),
  promptTokens: z.number(),
  completionTokens: z.number(),
  firstTokenMs: z.number().nullable(),
  durationMs: z.number(),
  costMicros: z.number(),
})
const rehearsalShape = z.object({
  id: z.string(),
  workspaceId: z.string(),
  model: z.string().nullable(),
  systemPrompt: z.string().nullable(),
  items: z.array(
    z.object({
      question: z.string(),
      before: answer,
      after: answer.nullable(),
      error: z.string().nullable(),
    }),
  ),
})

export function addRehearsalRoutes(api: App, parts: WebParts): void {
  const params = z.object({ id: idOf<RehearsalId>() })
  const find = async (id: RehearsalId): Promise<Rehearsal> => {
    const found = await parts.rehearsals.find(id)
    if (found === undefined) throw new WebFault('not_found')
    return found
  }

  api.post(
    '/workspaces/:id/rehearsals',
    {
      schema: {
        summary: 'Answer the last questions of a workspace again with another model or prompt',
        params: z.object({ id: idOf<WorkspaceId>() }),
        body: rehearsalSchema,
        response: { 201: rehearsalShape, '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const id = await startRehearsal(parts, request.params.id, request.body, sessionOf(request).admin)
      return reply.code(201).send(shown(await find(id)))
    },
  )
  api.get(
    '/rehearsals/:id',
    {
      schema: {
        summary: 'A rehearsal, as far as it is',
        params,
        response: { 200: rehearsalShape, '4xx': errorShape },
      },
    },
    async (request) => shown(await find(request.params.id)),
  )
  api.post(
    '/rehearsals/:id/switch',
    {
      schema: {
        summary: 'Switch the workspace to what was rehearsed, or a share of its conversations',
        params,
        body: trialSchema,
        response: { 204: z.undefined().describe('Done'), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      await takeOver(parts, await find(request.params.id), request.body, sessionOf(request).admin)
      return reply.code(204).send()
    },
  )
}

function shown({ id, workspaceId, model, systemPrompt, items }: Rehearsal): z.infer<typeof rehearsalShape> {
  return {
    ...{ id, workspaceId, model: model ?? null, systemPrompt: systemPrompt ?? null },
    items: items.map((item) => ({ ...item, after: item.after ?? null, error: item.error ?? null })),
  }
}
