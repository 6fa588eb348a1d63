import { z } from 'zod'
import { ceilingsSchema } from '../../model/ceilings.ts'
import type { ChannelId, PersonId, WorkspaceId } from '../../model/ids.ts'
import { settingsPatchSchema } from '../../model/settings.ts'
import { changeCeilings, changeSettings, readSettings, type SettingsView } from '../actions/settings.ts'
import { undoSchema, undoSettings } from '../actions/settings-history.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { errorShape, idOf, settingsShape } from './shapes.ts'

const response = { 200: settingsShape, '4xx': errorShape }
const changed = 'A value sets, null returns to what is inherited, an absent name stays as it is'

export function addSettingsRoutes(api: App, parts: WebParts): void {
  addCeilingRoutes(api, parts)
  api.get('/hub/settings', { schema: { summary: "The hub's settings", response } }, async () =>
    shown(await readSettings(parts, { scope: 'hub' })),
  )
  api.patch(
    '/hub/settings',
    {
      schema: {
        summary: "Change the hub's settings",
        description: changed,
        body: settingsPatchSchema,
        response,
      },
    },
    async (request) =>
      shown(await changeSettings(parts, { scope: 'hub' }, request.body, sessionOf(request).admin)),
  )

  api.post(
    '/hub/settings/undo',
    { schema: { summary: "Take a change of the hub's settings back", body: undoSchema, response } },
    async (request) =>
      shown(await undoSettings(parts, { scope: 'hub' }, request.body.seq, sessionOf(request).admin)),
  )

  const workspace = z.object({ id: idOf<WorkspaceId>() })
  api.post(
    '/workspaces/:id/settings/undo',
    {
      schema: {
        summary: "Take a change of a workspace's settings back",
        params: workspace,
        body: undoSchema,
        response,
      },
    },
    async (request) => {
      const place = { scope: 'workspace', id: request.params.id } as const
      return shown(await undoSettings(parts, place, request.body.seq, sessionOf(request).admin))
    },
  )
  api.get(
    '/workspaces/:id/settings',
    { schema: { summary: "A workspace's settings", params: workspace, response } },
    async ({ params }) => shown(await readSettings(parts, { scope: 'workspace', id: params.id })),
  )
  api.patch(
    '/workspaces/:id/settings',
    {
      schema: {
        summary: "Change a workspace's settings",
        description: changed,
        params: workspace,
        body: settingsPatchSchema,
        response,
      },
    },
    async (request) => {
      const place = { scope: 'workspace', id: request.params.id } as const
      return shown(await changeSettings(parts, place, request.body, sessionOf(request).admin))
    },
  )

  const channel = z.object({ id: idOf<ChannelId>() })
  api.post(
    '/channels/:id/settings/undo',
    {
      schema: {
        summary: "Take a change of a channel's settings back",
        params: channel,
        body: undoSchema,
        response,
      },
    },
    async (request) => {
      const place = { scope: 'channel', id: request.params.id } as const
      return shown(await undoSettings(parts, place, request.body.seq, sessionOf(request).admin))
    },
  )
  api.get(
    '/channels/:id/settings',
    { schema: { summary: "A channel's settings", params: channel, response } },
    async ({ params }) => shown(await readSettings(parts, { scope: 'channel', id: params.id })),
  )
  api.patch(
    '/channels/:id/settings',
    {
      schema: {
        summary: "Change a channel's settings",
        description: changed,
        params: channel,
        body: settingsPatchSchema,
        response,
      },
    },
    async (request) => {
      const place = { scope: 'channel', id: request.params.id } as const
      return shown(await changeSettings(parts, place, request.body, sessionOf(request).admin))
    },
  )

  const person = z.object({ id: idOf<PersonId>() })
  api.get(
    '/people/:id/settings',
    { schema: { summary: "A person's settings", params: person, response } },
    async ({ params }) => shown(await readSettings(parts, { scope: 'person', id: params.id })),
  )
  api.patch(
    '/people/:id/settings',
    {
      schema: {
        summary: "Change a person's settings",
        description: changed,
        params: person,
        body: settingsPatchSchema,
        response,
      },
    },
    async (request) => {
      const place = { scope: 'person', id: request.params.id } as const
      return shown(await changeSettings(parts, place, request.body, sessionOf(request).admin))
    },
  )
}

/** How far workspace admins may go. */
function addCeilingRoutes(api: App, parts: WebParts): void {
  const answer = { 200: ceilingsSchema, '4xx': errorShape }
  api.get(
    '/ceilings',
    { schema: { summary: 'How far workspace admins may change their settings', response: answer } },
    async () => parts.settings.ceilings(),
  )
  api.put(
    '/ceilings',
    { schema: { summary: 'Set it, all at once', body: ceilingsSchema, response: answer } },
    async (request) => changeCeilings(parts, request.body, sessionOf(request).admin),
  )
}

function shown({ own, effective }: SettingsView): z.infer<typeof settingsShape> {
  const { model, fallback, maxOutputTokens, language, voiceMinutes, trial } = effective
  return {
    own,
    effective: {
      ...effective,
      model: model ?? null,
      fallback: fallback ?? null,
      trial: trial ?? null,
      maxOutputTokens: maxOutputTokens ?? null,
      voiceMinutes: voiceMinutes ?? null,
      language: language ?? null,
    },
  }
}
