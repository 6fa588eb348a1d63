import { z } from 'zod'
import type { MessageId, WorkspaceId } from '../../model/ids.ts'
import type { MessageRecord } from '../../ports/message-records.ts'
import type { Gate } from '../actions/gate.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { App } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { exchangeView } from './exchange-view.ts'
import { type Html, html } from './html.ts'
import { type PageContext, pageContext } from './page-context.ts'
import { channelName } from './place-headings.ts'
import { sendPage } from './send.ts'
import { platformName, turnBadge } from './state-badge.ts'
import { ago } from './time.ts'

const PAGE_SIZE = 50
const pageQuery = z.object({ before: idOf<MessageId>().optional().catch(undefined) })

export function addMessagePages(app: App, parts: WebParts, gate: Gate): void {
  app.get(
    '/admin/workspaces/:id/messages',
    { schema: { params: z.object({ id: idOf<WorkspaceId>() }) } },
    async (request, reply) => {
      const context = pageContext(parts, gate, request)
      const { t, language } = context
      const { id } = request.params
      const workspace = await parts.workspaces.find(id)
      if (workspace === undefined) throw new WebFault('not_found')
      const { before } = pageQuery.parse(Object(request.query))
      const list = await parts.messages.latest(id, {
        limit: PAGE_SIZE,
        ...(before === undefined ? {} : { before }),
      })
      const last = list.length === PAGE_SIZE ? list.at(-1) : undefined
      const table = html`<div class="card flush"><table>
<thead><tr><th scope="col">${t('admin.messages.when')}</th><th scope="col">${t('admin.messages.who')}</th><th scope="col">${t('admin.messages.where')}</th><th scope="col">${t('admin.messages.outcome')}</th></tr></thead>
<tbody>${list.map(
        (message) => html`<tr>
  <th scope="row"><a href="/admin/messages/${message.id}">${ago(message.receivedAt, language)}</a></th>
  <td dir="auto">${message.personName}</td>
  <td dir="auto">${channelName(context, { name: message.channelName, kind: message.channelKind })}</td>
  <td>${outcome(context, message)}</td>
</tr>`,
      )}</tbody></table></div>`
      return sendPage(reply, context, {
        title: t('admin.messages.title'),
        path: '/admin/workspaces',
        body: html`<nav class="trail" aria-label="${t('admin.nav.trail')}"><a href="/admin/workspaces">${t('admin.nav.workspaces')}</a> <a href="/admin/workspaces/${id}" dir="auto">${workspace.name}</a></nav>
<h1>${t('admin.messages.title')}</h1>
<p class="lead">${t('admin.messages.lead')}</p>
${list.length === 0 ? html`<div class="empty"><h2>${t('admin.messages.empty')}</h2><p>${t('admin.messages.empty_hint')}</p></div>` : table}
${last !== undefined && html`<p class="pager"><a class="button" rel="next" href="/admin/workspaces/${id}/messages?before=${last.id}">${t('admin.page.next')}</a></p>`}`,
      })
    },
  )

  app.get(
    '/admin/messages/:id',
    { schema: { params: z.object({ id: idOf<MessageId>() }) } },
    async (request, reply) => {
      const context = pageContext(parts, gate, request)
      const { t } = context
      const [message, exchange] = await Promise.all([
        parts.messages.find(request.params.id),
        parts.conversations.exchange(request.params.id),
      ])
      if (message === undefined || exchange === undefined) throw new WebFault('not_found')
      const { workspaceId, workspaceName } = message
      const { conversationId } = exchange
      return sendPage(reply, context, {
        title: t('admin.message.title'),
        path: '/admin/conversations',
        body: html`<nav class="trail" aria-label="${t('admin.nav.trail')}"><a href="/admin/workspaces">${t('admin.nav.workspaces')}</a> <a href="/admin/workspaces/${workspaceId}" dir="auto">${workspaceName}</a> <a href="/admin/workspaces/${workspaceId}/messages">${t('admin.messages.title')}</a></nav>
<h1>${t('admin.message.title')}</h1>
<p class="lead"><span dir="auto">${channelName(context, { name: message.channelName, kind: message.channelKind })}</span>, ${platformName(message.platform)}. ${t('admin.message.lead')}</p>
<div class="talk">${exchangeView(parts, context, exchange, true)}</div>
<div class="actions">${conversationId !== undefined && html`<a class="button" href="/admin/conversations/${conversationId}#m-${message.id}">${t('admin.message.conversation')}</a>`}
${exchange.turn?.state === 'failed' && context.mayChange && html`<form method="post" action="/admin/queue/${exchange.turn.id}/retry">${context.formToken}<button>${t('admin.queue.retry')}</button></form>`}</div>`,
      })
    },
  )
}

function outcome({ t }: PageContext, { turnState }: MessageRecord): Html {
  if (turnState === undefined) return html`<span class="dim">${t('admin.turn.none')}</span>`
  return turnBadge(t, turnState)
}
