import { z } from 'zod'
import type { ChannelId, WorkspaceId } from '../../model/ids.ts'
import type { RecordedAuditEntry } from '../../ports/audit-log.ts'
import type { Gate } from '../actions/gate.ts'
import type { WebParts } from '../parts.ts'
import type { App } from '../request.ts'
import { changeList } from './change-list.ts'
import { type Content, type Html, html } from './html.ts'
import { type PageContext, pageContext } from './page-context.ts'
import { sendPage } from './send.ts'
import { clock } from './time.ts'

const PAGE_SIZE = 100
const pageQuery = z.object({ before: z.coerce.number().int().min(1).optional().catch(undefined) })

const ACTIONS = {
  'settings.changed': 'admin.audit.settings_changed',
  'model_server.added': 'admin.audit.server_added',
  'model_server.removed': 'admin.audit.server_removed',
  'admin.created': 'admin.audit.admin_created',
  'admin.password_changed': 'admin.audit.password_changed',
  'admin.language_changed': 'admin.audit.language_changed',
  'admin.invited': 'admin.audit.admin_invited',
  'admin.joined': 'admin.audit.admin_joined',
  'admin.link_made': 'admin.audit.link_made',
  'admin.role_changed': 'admin.audit.role_changed',
  'admin.removed': 'admin.audit.admin_removed',
  'admin.second_factor_added': 'admin.audit.second_factor_added',
  'admin.second_factor_removed': 'admin.audit.second_factor_removed',
  'admin.recovery_code_used': 'admin.audit.recovery_code_used',
  'admin.recovery_codes_made': 'admin.audit.recovery_codes_made',
  'admin.session_stolen': 'admin.audit.session_stolen',
  'api_token.made': 'admin.audit.api_token_made',
  'api_token.revoked': 'admin.audit.api_token_revoked',
  'admin.admitted': 'admin.audit.admitted',
  'admin.dismissed': 'admin.audit.dismissed',
  'ceilings.changed': 'admin.audit.ceilings_changed',
  'secrets.rotated': 'admin.audit.secrets_rotated',
  'connection.added': 'admin.audit.connection_added',
  'connection.credentials_changed': 'admin.audit.connection_credentials',
  'connection.removed': 'admin.audit.connection_removed',
  'connection.paused': 'admin.audit.connection_paused',
  'connection.resumed': 'admin.audit.connection_resumed',
  'turn.retried': 'admin.audit.turn_retried',
  'turn.discarded': 'admin.audit.turn_discarded',
  'model_server.changed': 'admin.audit.server_changed',
  'alias.set': 'admin.audit.alias_set',
  'alias.removed': 'admin.audit.alias_removed',
  'model.described': 'admin.audit.model_described',
  'rehearsal.started': 'admin.audit.rehearsal_started',
  'budget.set': 'admin.audit.budget_set',
  'budget.removed': 'admin.audit.budget_removed',
  'price.set': 'admin.audit.price_set',
  'price.removed': 'admin.audit.price_removed',
} as const

export function addAuditPage(app: App, parts: WebParts, gate: Gate): void {
  app.get('/admin/audit', async (request, reply) => {
    const context = pageContext(parts, gate, request)
    const { t } = context
    const { before } = pageQuery.parse(Object(request.query))
    const entries = await parts.audit.latest({
      limit: PAGE_SIZE,
      ...(before === undefined ? {} : { before }),
    })
    const names = await namesIn(parts, entries)
    const last = entries.length === PAGE_SIZE ? entries.at(-1) : undefined
    return sendPage(reply, context, {
      title: t('admin.nav.audit'),
      path: '/admin/audit',
      body: html`<h1>${t('admin.nav.audit')}</h1>
<p class="lead">${t('admin.audit.lead')}</p>
${
  entries.length === 0
    ? html`<div class="empty"><h2>${t('admin.audit.empty')}</h2></div>`
    : html`<ol class="card flush log">${entries.map((entry) => entryRow(context, entry, names))}</ol>`
}
${last !== undefined && html`<p class="pager"><a class="button" rel="next" href="/admin/audit?before=${last.seq}">${t('admin.page.next')}</a></p>`}`,
    })
  })
}

function entryRow(
  { t, language }: PageContext,
  entry: RecordedAuditEntry,
  names: ReadonlyMap<string, string>,
): Html {
  const { actor, action, target, at } = entry
  return html`<li>
  <p><strong>${isKnown(action) ? t(ACTIONS[action]) : action}</strong> ${targetLink(target, target === 'hub' ? t('admin.hub.title') : names.get(target))}</p>
  ${changeList(t, entry)}
  <p class="dim">${actor.replace(/^admin:/, '')} · ${clock(at, language)}</p>
</li>`
}

function isKnown(action: string): action is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, action)
}

/** What workspaces and channels are called now; those that are gone are left out. */
async function namesIn(
  { workspaces }: WebParts,
  entries: readonly RecordedAuditEntry[],
): Promise<ReadonlyMap<string, string>> {
  const targets = [...new Set(entries.map(({ target }) => target))]
  const found = await Promise.all(
    targets.map(async (target) => {
      const { kind, id } = placeIn(target)
      if (kind === 'workspace') return { target, name: (await workspaces.find(id as WorkspaceId))?.name }
      if (kind !== 'channel') return { target, name: undefined }
      const channel = await workspaces.channel(id as ChannelId)
      return { target, name: channel && (channel.name ?? channel.kind) }
    }),
  )
  return new Map(found.flatMap(({ target, name }) => (name === undefined ? [] : [[target, name]])))
}

function placeIn(target: string): { readonly kind: string; readonly id: string } {
  const [kind = '', id = ''] = target.split(':')
  return { kind, id }
}

function targetLink(target: string, name: string | undefined): Content {
  if (name === undefined) return undefined
  const { kind, id } = placeIn(target)
  return html`<a href="${kind === 'hub' ? '/admin/settings' : `/admin/${kind}s/${id}`}" dir="auto">${name}</a>`
}
