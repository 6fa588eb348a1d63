import { z } from 'zod'
import type { RunId, WorkspaceId } from '../../model/ids.ts'
import { RUN_REASONS } from '../../ports/code-runner.ts'
import type { RunSummary } from '../../ports/run-records.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { App } from '../request.ts'
import { linkNext, paged } from './pages-of-lists.ts'
import { runDetailShape, runShape } from './record-shapes.ts'
import { errorShape, idOf, pageQuery } from './shapes.ts'

export function addRunRoutes(api: App, { runs }: WebParts): void {
  api.get(
    '/runs',
    {
      schema: {
        summary: 'Programs that people ran, the latest first',
        description: paged,
        querystring: pageQuery<RunId>().extend({
          workspace: idOf<WorkspaceId>().optional(),
          language: z.string().max(50).optional(),
          reason: z.enum(RUN_REASONS).optional(),
        }),
        response: { 200: z.array(runShape), '4xx': errorShape },
      },
    },
    async (request, reply) => {
      const { limit, after, workspace, language, reason } = request.query
      const list = await runs.list(
        {
          ...(workspace === undefined ? {} : { workspaceId: workspace }),
          ...(language === undefined ? {} : { language }),
          ...(reason === undefined ? {} : { reason }),
        },
        { limit, ...(after === undefined ? {} : { after }) },
      )
      linkNext(request, reply, list, limit)
      return list.map(runAnswer)
    },
  )

  api.get(
    '/runs/:id',
    {
      schema: {
        summary: 'A program with what came out of it',
        params: z.object({ id: idOf<RunId>() }),
        response: { 200: runDetailShape, '4xx': errorShape },
      },
    },
    async (request) => {
      const run = await runs.find(request.params.id)
      if (run === undefined) throw new WebFault('not_found')
      const { source, stdin, result } = run
      return { ...runAnswer(run), source, stdin: stdin ?? null, result: result ?? null }
    },
  )
}

function runAnswer(run: RunSummary): z.infer<typeof runShape> {
  const { workspaceId, workspaceName, at, reason, wallMs } = run
  return {
    id: run.id,
    workspace: { id: workspaceId, name: workspaceName },
    platform: run.platform,
    conversationId: run.conversationId,
    messageId: run.messageId,
    person: run.person,
    language: run.language,
    at: at.toISOString(),
    turnState: run.turnState,
    reason: reason ?? null,
    wallMs: wallMs ?? null,
  }
}
