import { z } from 'zod'
import type { RecordedAuditEntry } from '../../ports/audit-log.ts'
import type { Gate } from '../actions/log-in.ts'
import type { WebParts } from '../parts.ts'
import type { App } from '../request.ts'
import { type Html, html } from './html.ts'
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
    const last = entries.length === PAGE_SIZE ? entries.at(-1) : undefined
    return sendPage(reply, context, {
      title: t('admin.nav.audit'),
      path: '/admin/audit',
      body: html`<h1>${t('admin.nav.audit')}</h1>
<p class="lead">${t('admin.audit.lead')}</p>
${
  entries.length === 0
    ? html`<div class="empty"><h2>${t('admin.audit.empty')}</h2></div>`
    : html`<ol class="card flush log">${entries.map((entry) => entryRow(context, entry))}</ol>`
}
${last !== undefined && html`<p class="pager"><a class="button" rel="next" href="/admin/audit?before=${last.seq}">${t('admin.page.next')}</a></p>`}`,
    })
  })
}

function entryRow({ t, language }: PageContext, entry: RecordedAuditEntry): Html {
  const { actor, action, target, at } = entry
  const changes = changesIn(entry)
  return html`<li>
  <p><strong>${isKnown(action) ? t(ACTIONS[action]) : action}</strong> <span class="dim">${targetLink(target)}</span></p>
  ${changes.length > 0 && html`<dl class="changes">${changes.map(({ name, before, after }) => html`<div><dt>${name}</dt><dd dir="auto"><del>${before}</del> <ins>${after}</ins></dd></div>`)}</dl>`}
  <p class="dim">${actor.replace(/^admin:/, '')} · ${clock(at, language)}</p>
</li>`
}

function isKnown(action: string): action is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, action)
}

function targetLink(target: string): Html {
  const [, kind, id] = /^(workspace|channel):([0-9a-f-]+)$/.exec(target) ?? []
  if (target === 'hub') return html`<a href="/admin/settings">${target}</a>`
  return kind === undefined ? html`${target}` : html`<a href="/admin/${kind}s/${id}">${target}</a>`
}

interface Change {
  readonly name: string
  readonly before: string
  readonly after: string
}

function changesIn({ before, after }: RecordedAuditEntry): readonly Change[] {
  const was = new Map(Object.entries(before ?? {}))
  const is = new Map(Object.entries(after ?? {}))
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((name) => ({ name, before: shown(was.get(name)), after: shown(is.get(name)) }))
    .filter((change) => change.before !== change.after)
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return '—'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 160 ? `${text.slice(0, 160).toWellFormed()}…` : text
}
