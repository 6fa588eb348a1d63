import { z } from 'zod'
import type { WorkspaceId } from '../../model/ids.ts'
import type { Gate } from '../actions/gate.ts'
import type { WebParts } from '../parts.ts'
import type { App } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { html } from './html.ts'
import { pageContext } from './page-context.ts'
import { sendPage } from './send.ts'
import { platformName } from './state-badge.ts'
import { ago } from './time.ts'

const PAGE_SIZE = 50

const query = z.object({
  search: z.string().trim().max(200).catch(''),
  after: idOf<WorkspaceId>().optional().catch(undefined),
})

export function addWorkspacesPage(app: App, parts: WebParts, gate: Gate): void {
  app.get('/admin/workspaces', async (request, reply) => {
    const context = pageContext(parts, gate, request)
    const { t, language } = context
    const { search, after } = query.parse({ search: '', ...Object(request.query) })
    const list = await parts.workspaces.list({
      limit: PAGE_SIZE,
      ...(after === undefined ? {} : { after }),
      ...(search === '' ? {} : { search }),
    })
    const last = list.length === PAGE_SIZE ? list.at(-1) : undefined
    const next = new URLSearchParams({ ...(search === '' ? {} : { search }), after: last?.id ?? '' })

    const table = html`<div class="card flush"><table>
<thead><tr><th scope="col">${t('admin.workspaces.name')}</th><th scope="col">${t('admin.workspaces.platform')}</th><th scope="col">${t('admin.workspaces.last_message')}</th></tr></thead>
<tbody>${list.map(
      ({ id, name, platform, connection, lastMessageAt }) => html`<tr>
  <th scope="row"><a href="/admin/workspaces/${id}" dir="auto">${name}</a></th>
  <td>${platformName(platform)} ${connection.name !== platformName(platform) && html`<span class="dim">${connection.name}</span>`}</td>
  <td>${lastMessageAt === undefined ? html`<span class="dim">${t('admin.workspaces.never')}</span>` : ago(lastMessageAt, language)}</td>
</tr>`,
    )}</tbody></table></div>`

    const empty =
      search === ''
        ? html`<div class="empty"><h2>${t('admin.workspaces.empty')}</h2><p>${t('admin.workspaces.empty_hint')}</p><p><a class="button" href="/admin/connections">${t('admin.nav.connections')}</a></p></div>`
        : html`<div class="empty"><h2>${t('admin.workspaces.not_found', { search })}</h2><p><a class="button" href="/admin/workspaces">${t('admin.workspaces.all')}</a></p></div>`

    return sendPage(reply, context, {
      title: t('admin.nav.workspaces'),
      path: '/admin/workspaces',
      body: html`<h1>${t('admin.nav.workspaces')}</h1>
<p class="lead">${t('admin.workspaces.lead')}</p>
${
  (list.length > 0 || search !== '') &&
  html`<form method="get" action="/admin/workspaces" role="search" class="search"><label class="sr" for="search">${t('admin.workspaces.search')}</label><input type="search" id="search" name="search" maxlength="200" placeholder="${t('admin.workspaces.search')}" value="${search}"><button>${t('admin.workspaces.find')}</button></form>`
}
${list.length === 0 ? empty : table}
${last !== undefined && html`<p class="pager"><a class="button" rel="next" href="/admin/workspaces?${next.toString()}">${t('admin.page.next')}</a></p>`}`,
    })
  })
}
