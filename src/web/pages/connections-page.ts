import { z } from 'zod'
import type { ConnectionId } from '../../model/ids.ts'
import type { Connection } from '../../ports/connection-store.ts'
import { setPaused } from '../actions/connections.ts'
import type { Gate } from '../actions/gate.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { type Html, html } from './html.ts'
import { type PageContext, pageContext } from './page-context.ts'
import { sendPage, sendTo } from './send.ts'
import { connectionBadge, platformName } from './state-badge.ts'
import { ago } from './time.ts'

export function addConnectionsPage(app: App, parts: WebParts, gate: Gate): void {
  app.get('/admin/connections', async (request, reply) => {
    const context = pageContext(parts, gate, request)
    const { t } = context
    const list = await parts.connections.list()
    return sendPage(reply, context, {
      title: t('admin.nav.connections'),
      path: '/admin/connections',
      body: html`<h1>${t('admin.nav.connections')}</h1>
<p class="lead">${t('admin.connections.lead')}</p>
${list.length === 0 ? noConnections(context) : html`<ul class="cards">${list.map((one) => connectionCard(context, one))}</ul>`}`,
    })
  })

  const one = { schema: { params: z.object({ id: idOf<ConnectionId>() }) } }
  app.post('/admin/connections/:id/pause', one, async (request, reply) => {
    await setPaused(parts, request.params.id, true, sessionOf(request).admin)
    return sendTo(reply, '/admin/connections', 'paused')
  })
  app.post('/admin/connections/:id/resume', one, async (request, reply) => {
    await setPaused(parts, request.params.id, false, sessionOf(request).admin)
    return sendTo(reply, '/admin/connections', 'resumed')
  })
}

export function noConnections({ t }: PageContext): Html {
  return html`<div class="empty"><h2>${t('admin.connections.empty')}</h2>
<p>${t('admin.connections.empty_hint')}</p>
<ul class="names">${['SLACK_BOT_TOKEN', 'DISCORD_TOKEN', 'TELEGRAM_BOT_TOKEN', 'MATRIX_HOMESERVER_URL'].map((name) => html`<li><code>${name}</code></li>`)}</ul></div>`
}

function connectionCard({ t, language, mayChange, formToken }: PageContext, connection: Connection): Html {
  const { id, paused, name, platform, slug, state, stateDetail, stateAt, account, source } = connection
  return html`<li class="card">
  <div class="card-head"><div>${name !== platformName(platform) && html`<p class="eyebrow">${platformName(platform)}</p>`}<h2 dir="auto">${name}</h2></div>${connectionBadge(t, state)}</div>
  ${stateDetail !== undefined && html`<p class="detail" dir="auto">${stateDetail}</p>`}
  <p>${t(`admin.connection.${state}_hint`)}</p>
  <dl class="facts">
    ${account !== undefined && html`<div><dt>${t('admin.connections.account')}</dt><dd dir="auto">${account}</dd></div>`}
    <div><dt>${t('admin.connections.since')}</dt><dd>${ago(stateAt, language)}</dd></div>
    <div><dt>${t('admin.connections.slug')}</dt><dd><code>${slug}</code></dd></div>
    <div><dt>${t('admin.connections.source')}</dt><dd>${t(`admin.from.${source}`)}</dd></div>
  </dl>
  ${
    mayChange &&
    html`<div class="actions">${
      paused
        ? html`<form method="post" action="/admin/connections/${id}/resume">${formToken}<button class="small" aria-label="${t('admin.connections.resume_one', { name })}">${t('admin.connections.resume')}</button></form>`
        : html`<details class="confirm"><summary class="button small" aria-label="${t('admin.connections.pause_one', { name })}">${t('admin.connections.pause')}</summary>
    <form method="post" action="/admin/connections/${id}/pause">${formToken}<p>${t('admin.connections.pause_sure')}</p><button class="small">${t('admin.connections.pause_yes')}</button></form></details>`
    }</div>`
  }
</li>`
}
