import { z } from 'zod'
import type { RehearsalId, WorkspaceId } from '../../model/ids.ts'
import { settingsSchema } from '../../model/settings.ts'
import type { Admin } from '../../ports/admin-store.ts'
import type { Rehearsal } from '../../ports/rehearsals.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { actorOf } from './actor.ts'
import { changeSettings } from './settings.ts'

export const rehearsalSchema = z.strictObject({
  model: settingsSchema.shape.model.optional(),
  systemPrompt: settingsSchema.shape.systemPrompt.optional(),
  turns: z.number().int().min(1).max(100).default(10),
})
/** Without a percentage: for all. */
export const trialSchema = z.strictObject({ percent: z.number().min(0).max(100).optional() })

export async function startRehearsal(
  { rehearsals, workspaces, audit }: WebParts,
  workspaceId: WorkspaceId,
  { model, systemPrompt, turns }: z.infer<typeof rehearsalSchema>,
  admin: Admin,
): Promise<RehearsalId> {
  if ((await workspaces.find(workspaceId)) === undefined) throw new WebFault('not_found')
  const startedBy = actorOf(admin)
  const id = await rehearsals.start({ workspaceId, model, systemPrompt, turns, startedBy })
  if (id === undefined) throw new WebFault('invalid', { fields: { turns: { key: 'admin.rehearse.none' } } })
  await audit.record({
    actor: startedBy,
    action: 'rehearsal.started',
    target: `workspace:${workspaceId}`,
    workspaceId,
    after: { model: model ?? null, systemPrompt: systemPrompt ?? null, turns },
  })
  return id
}

/** Lets what was rehearsed answer from now on: all conversations of the workspace, or a share of them. */
export async function takeOver(
  parts: WebParts,
  { workspaceId, model, systemPrompt }: Rehearsal,
  { percent }: z.infer<typeof trialSchema>,
  admin: Admin,
): Promise<void> {
  const rehearsed = {
    ...(model === undefined ? {} : { model }),
    ...(systemPrompt === undefined ? {} : { systemPrompt }),
  }
  const patch =
    percent === undefined
      ? { ...rehearsed, trial: null }
      : { trial: percent === 0 ? null : { ...rehearsed, percent } }
  await changeSettings(parts, { scope: 'workspace', id: workspaceId }, patch, admin)
}
