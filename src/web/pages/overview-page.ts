import type { Connection } from '../../ports/connection-store.ts'
import type { RegisteredServer } from '../../ports/model-registry.ts'
import type { WorkTotals } from '../../ports/work-records.ts'
import type { Workspace } from '../../ports/workspace-store.ts'
import type { Gate } from '../actions/gate.ts'
import type { Readiness, WebParts } from '../parts.ts'
import type { App } from '../request.ts'
import { type Html, html } from './html.ts'
import { type PageContext, pageContext } from './page-context.ts'
import { sendPage } from './send.ts'
import { connectionBadge, platformName, serverBadge } from './state-badge.ts'

interface Sight {
  readonly readiness: Readiness
  readonly connections: readonly Connection[]
  readonly servers: readonly RegisteredServer[]
  readonly workspaces: readonly Workspace[]
  readonly work: WorkTotals
}

/** Something that a person can do to make the hub work, or work better. */
interface Advice {
  readonly weight: 'broken' | 'missing'
  readonly title: string
  readonly detail: string | undefined
  readonly todo: string
  readonly link?: { readonly path: string; readonly words: string }
}

export function addOverviewPage(app: App, parts: WebParts, gate: Gate): void {
  app.get('/admin', async (request, reply) => {
    const context = pageContext(parts, gate, request)
    const [readiness, connections, servers, workspaces, work] = await Promise.all([
      parts.readiness(),
      parts.connections.list(),
      parts.registry.list(),
      parts.workspaces.list({ limit: 1 }),
      parts.work.totals(),
    ])
    const sight = { readiness, connections, servers, workspaces, work }
    return sendPage(reply, context, {
      title: context.t('admin.nav.overview'),
      path: '/admin',
      body: overview(context, sight),
    })
  })
}

function overview(context: PageContext, sight: Sight): Html {
  const { t } = context
  const advice = adviceOn(context, sight)
  const { connections, servers } = sight
  return html`<h1>${advice.length === 0 ? t('admin.overview.well') : t('admin.overview.todo', { count: advice.length })}</h1>
<p class="lead">${advice.length === 0 ? t('admin.overview.well_lead') : t('admin.overview.todo_lead')}</p>
${
  advice.length > 0 &&
  html`<ol class="advice">${advice.map(
    ({ weight, title, detail, todo, link }) => html`<li class="card">
  <span class="sign ${weight}"></span>
  <div><h2 dir="auto">${title}</h2>
  ${detail !== undefined && html`<p class="detail" dir="auto">${detail}</p>`}
  <p>${todo}</p></div>
  ${link !== undefined && html`<a class="button small" href="${link.path}">${link.words}</a>`}
</li>`,
  )}</ol>`
}
<div class="pair">
<section class="card"><h2><a href="/admin/connections">${t('admin.nav.connections')}</a></h2>
${
  connections.length === 0
    ? html`<p class="hint">${t('admin.connections.empty')}</p>`
    : html`<ul class="rows">${connections.map(({ name, platform, state }) => html`<li><div><span dir="auto">${name}</span> ${name !== platformName(platform) && html`<span class="dim">${platformName(platform)}</span>`}</div>${connectionBadge(t, state)}</li>`)}</ul>`
}</section>
<section class="card"><h2><a href="/admin/models">${t('admin.nav.models')}</a></h2>
${
  servers.length === 0
    ? html`<p class="hint">${t('admin.models.empty')}</p>`
    : html`<ul class="rows">${servers.map(({ name, state, models, purpose }) => html`<li><div><span dir="auto">${name}</span> <span class="dim">${purpose === 'chat' ? t('admin.overview.models', { count: models.length }) : t('admin.models.speech')}</span></div>${serverBadge(t, state)}</li>`)}</ul>`
}</section>
</div>`
}

function adviceOn({ t }: PageContext, sight: Sight): readonly Advice[] {
  const { readiness, connections, servers, workspaces, work } = sight
  const chat = servers.filter(({ purpose }) => purpose === 'chat')
  const models = { path: '/admin/models', words: t('admin.nav.models') }
  const places = { path: '/admin/connections', words: t('admin.nav.connections') }
  const advice: Advice[] = []

  for (const { kind, name, up, detail } of readiness.parts) {
    if (up || kind === 'connection' || kind === 'model-server') continue
    advice.push({
      weight: 'broken',
      title: t('admin.overview.part_down', { name }),
      detail,
      todo: t('admin.overview.part_down_todo'),
    })
  }
  for (const { name, state, stateDetail } of connections) {
    if (state !== 'down' && state !== 'rejected') continue
    advice.push({
      weight: 'broken',
      title: t(`admin.overview.connection_${state}`, { name }),
      detail: stateDetail,
      todo: t(`admin.connection.${state}_hint`),
      link: places,
    })
  }
  for (const { name, state, stateDetail } of servers) {
    if (state !== 'down') continue
    advice.push({
      weight: 'broken',
      title: t('admin.overview.server_down', { name }),
      detail: stateDetail,
      todo: t('admin.server.down_hint'),
      link: models,
    })
  }
  if (work.failed > 0) {
    advice.push({
      weight: 'missing',
      title: t('admin.overview.failed', { count: work.failed }),
      detail: undefined,
      todo: t('admin.overview.failed_todo'),
      link: { path: '/admin/queue?show=failed', words: t('admin.nav.queue') },
    })
  }
  if (chat.length === 0) {
    advice.push({
      weight: 'missing',
      title: t('admin.models.empty'),
      detail: undefined,
      todo: t('admin.models.empty_hint'),
      link: models,
    })
  }
  if (connections.length === 0) {
    advice.push({
      weight: 'missing',
      title: t('admin.connections.empty'),
      detail: undefined,
      todo: t('admin.connections.empty_hint'),
      link: places,
    })
  } else if (workspaces.length === 0) {
    advice.push({
      weight: 'missing',
      title: t('admin.workspaces.empty'),
      detail: undefined,
      todo: t('admin.workspaces.empty_hint'),
    })
  }
  return advice
}
