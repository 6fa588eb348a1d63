import { z } from 'zod'
import type { ChannelId, WorkspaceId } from '../../model/ids.ts'
import { settingsPatchSchema } from '../../model/settings.ts'
import { changeSettings, readSettings, type SettingsView } from '../actions/settings.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { errorShape, idOf, settingsShape } from './shapes.ts'

const response = { 200: settingsShape, '4xx': errorShape }
const changed = 'A value sets, null returns to what is inherited, an absent name stays as it is'

export function addSettingsRoutes(api: App, parts: WebParts): void {
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

  const workspace = z.object({ id: idOf<WorkspaceId>() })
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
}

function shown({ own, effective }: SettingsView): z.infer<typeof settingsShape> {
  const { model, fallback, maxOutputTokens, language } = effective
  return {
    own,
    effective: {
      ...effective,
      model: model ?? null,
      fallback: fallback ?? null,
      maxOutputTokens: maxOutputTokens ?? null,
      language: language ?? null,
    },
  }
}
