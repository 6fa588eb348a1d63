import { z } from 'zod'
import type { ChannelId, ConversationId, MessageId, PersonId, TurnId, WorkspaceId } from '../../model/ids.ts'
import {
  CONTENT_FILTERS,
  type ConversationFilter,
  type ConversationSummary,
  TURN_FILTERS,
} from '../../ports/conversation-records.ts'
import type { Gate } from '../actions/gate.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { App } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { exchangeView } from './exchange-view.ts'
import { select } from './field.ts'
import { type Html, html } from './html.ts'
import { excerpt, markdown } from './markdown.ts'
import { type PageContext, pageContext } from './page-context.ts'
import { channelName } from './place-headings.ts'
import { sendPage } from './send.ts'
import { platformName, turnBadge } from './state-badge.ts'
import { ago, clock } from './time.ts'
import { workspaceChoices } from './workspace-choice.ts'

const PAGE_SIZE = 25
const EXCHANGES = 30
const PATH = '/admin/conversations'

const choice = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined)
const listQuery = z.object({
  search: z.string().trim().max(200).catch(''),
  workspace: choice(idOf<WorkspaceId>()),
  channel: choice(idOf<ChannelId>()),
  person: choice(idOf<PersonId>()),
  state: choice(z.enum(TURN_FILTERS)),
  holds: choice(z.enum(CONTENT_FILTERS)),
  after: choice(idOf<TurnId>()),
})
type ListQuery = z.infer<typeof listQuery>
const oneQuery = z.object({ before: choice(idOf<MessageId>()) })

export function addConversationPages(app: App, parts: WebParts, gate: Gate): void {
  app.get(PATH, async (request, reply) => {
    const context = pageContext(parts, gate, request)
    const { t, language } = context
    const query = listQuery.parse({ search: '', ...Object(request.query) })
    const [page, workspaces] = await Promise.all([
      parts.conversations.list(filterOf(query), {
        limit: PAGE_SIZE,
        ...(query.after === undefined ? {} : { after: query.after }),
      }),
      workspaceChoices(parts, t, query.workspace),
    ])
    const { items, next, lookedBackTo } = page
    const filtered = Object.entries(query).some(
      ([name, value]) => name !== 'after' && value !== '' && value !== undefined,
    )
    const older = next && `${PATH}?${queryString({ ...query, after: next })}`
    return sendPage(reply, context, {
      title: t('admin.nav.conversations'),
      path: PATH,
      body: html`<h1>${t('admin.nav.conversations')}</h1>
<p class="lead">${t('admin.conversations.lead')}</p>
${(items.length > 0 || filtered || next !== undefined) && filterForm(context, query, workspaces)}
${items.length > 0 && html`<ol class="card flush log talks">${items.map((one) => row(context, one))}</ol>`}
${items.length === 0 && next === undefined && empty(context, filtered)}
${lookedBackTo !== undefined && html`<p class="hint">${t('admin.conversations.looked_back')} ${clock(lookedBackTo, language)}</p>`}
${older !== undefined && html`<p class="pager"><a class="button" rel="next" href="${older}">${t(lookedBackTo === undefined ? 'admin.page.next' : 'admin.conversations.further')}</a></p>`}`,
    })
  })

  app.get(
    `${PATH}/:id`,
    { schema: { params: z.object({ id: idOf<ConversationId>() }) } },
    async (request, reply) => {
      const context = pageContext(parts, gate, request)
      const { t } = context
      const { id } = request.params
      const { before } = oneQuery.parse(Object(request.query))
      const [summary, place, exchanges] = await Promise.all([
        parts.conversations.summary(id),
        parts.conversations.find(id),
        parts.conversations.exchanges(id, {
          limit: EXCHANGES,
          ...(before === undefined ? {} : { before }),
        }),
      ])
      if (place === undefined) throw new WebFault('not_found')
      const [first] = exchanges
      const where = channelName(context, { name: place.channelName, kind: place.channelKind })
      const title =
        place.channelKind === 'direct'
          ? t('admin.conversation.direct')
          : t('admin.conversation.title', { place: where })
      return sendPage(reply, context, {
        title,
        path: PATH,
        body: html`<nav class="trail" aria-label="${t('admin.nav.trail')}"><a href="${PATH}">${t('admin.nav.conversations')}</a> <a href="${PATH}?workspace=${place.workspaceId}" dir="auto">${place.workspaceName}</a> <a href="${PATH}?channel=${place.channelId}" dir="auto">${where}</a></nav>
<h1 dir="auto">${title}</h1>
<p class="lead">${platformName(place.platform)}, <span dir="auto">${place.workspaceName}</span>. ${t('admin.conversation.lead')}</p>
${exchanges.length === EXCHANGES && first !== undefined && html`<p><a class="button" rel="prev" href="${PATH}/${id}?before=${first.messageId}">${t('admin.conversation.earlier')}</a></p>`}
${summary !== undefined && html`<details class="card"><summary>${t('admin.conversation.summary')}</summary><p class="hint">${t('admin.conversation.summary_hint', { model: summary.model })}</p><div class="prose" dir="auto">${markdown(summary.text)}</div></details>`}
<div class="talk">${exchanges.map((exchange) => exchangeView(parts, context, exchange))}</div>
${exchanges.length === 0 && html`<div class="empty"><h2>${t('admin.conversation.empty')}</h2></div>`}
${before !== undefined && html`<p><a class="button" href="${PATH}/${id}">${t('admin.conversation.latest')}</a></p>`}`,
      })
    },
  )
}

function filterOf({ search, workspace, channel, person, state, holds }: ListQuery): ConversationFilter {
  return {
    ...(search === '' ? {} : { search }),
    ...(workspace === undefined ? {} : { workspaceId: workspace }),
    ...(channel === undefined ? {} : { channelId: channel }),
    ...(person === undefined ? {} : { personId: person }),
    ...(state === undefined ? {} : { state }),
    ...(holds === undefined ? {} : { holds }),
  }
}

function queryString(query: Partial<ListQuery>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') given.set(name, value)
  return given.toString()
}

function filterForm(
  { t }: PageContext,
  query: ListQuery,
  workspaces: readonly { readonly value: string; readonly label: string }[],
): Html {
  const { search, workspace = '', state = '', holds = '', person, channel } = query
  const kept = { person, channel }
  return html`<form method="get" action="${PATH}" role="search" class="filters">
<label class="sr" for="search">${t('admin.conversations.search')}</label><input type="search" id="search" name="search" maxlength="200" placeholder="${t('admin.conversations.search')}" value="${search}">
<label class="sr" for="workspace">${t('admin.filter.workspace')}</label>${select(html` id="workspace" name="workspace"`, workspace, workspaces)}
<label class="sr" for="state">${t('admin.filter.state')}</label>${select(
    html` id="state" name="state"`,
    state,
    [
      { value: '', label: t('admin.filter.any_state') },
      ...TURN_FILTERS.map((value) => ({ value, label: t(`admin.filter.${value}`) })),
    ],
  )}
<label class="sr" for="holds">${t('admin.filter.holds')}</label>${select(
    html` id="holds" name="holds"`,
    holds,
    [
      { value: '', label: t('admin.filter.anything') },
      ...CONTENT_FILTERS.map((value) => ({ value, label: t(`admin.filter.${value}`) })),
    ],
  )}
${Object.entries(kept).map(([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`)}
<button>${t('admin.filter.apply')}</button>
${person !== undefined && html`<a class="chip" href="${PATH}?${queryString({ ...query, person: undefined, after: undefined })}">${t('admin.filter.one_person')} <span aria-hidden="true">×</span><span class="sr">${t('admin.filter.drop')}</span></a>`}
${channel !== undefined && html`<a class="chip" href="${PATH}?${queryString({ ...query, channel: undefined, after: undefined })}">${t('admin.filter.one_channel')} <span aria-hidden="true">×</span><span class="sr">${t('admin.filter.drop')}</span></a>`}
</form>`
}

function row(context: PageContext, one: ConversationSummary): Html {
  const { t, language } = context
  const { id, messageId, question, answer, person, at, state } = one
  const where = channelName(context, { name: one.channelName, kind: one.channelKind })
  return html`<li><div class="talk-head"><a href="${PATH}/${id}#m-${messageId}" class="clip" dir="auto">${question ?? t('admin.conversations.no_text')}</a>${turnBadge(t, state)}</div>
${answer !== undefined && html`<p class="dim clip one" dir="auto">${excerpt(answer)}</p>`}
<p class="dim"><span dir="auto">${person.name}</span> · <span dir="auto">${where}</span> · <span dir="auto">${one.workspaceName}</span> (${platformName(one.platform)}) · ${ago(at, language)}</p></li>`
}

function empty({ t }: PageContext, filtered: boolean): Html {
  return filtered
    ? html`<div class="empty"><h2>${t('admin.conversations.not_found')}</h2><p><a class="button" href="${PATH}">${t('admin.conversations.all')}</a></p></div>`
    : html`<div class="empty"><h2>${t('admin.conversations.empty')}</h2><p>${t('admin.conversations.empty_hint')}</p><p><a class="button" href="/admin/connections">${t('admin.nav.connections')}</a></p></div>`
}
