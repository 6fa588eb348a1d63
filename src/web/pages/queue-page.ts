import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { TurnId } from '../../model/ids.ts'
import { WORK_KINDS, type WorkKind, type WorkRecord } from '../../ports/work-records.ts'
import type { Gate } from '../actions/gate.ts'
import { discardTurn, retryTurn } from '../actions/queue.ts'
import type { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { type Content, type Html, html } from './html.ts'
import { faultNote } from './layout.ts'
import { attempt, type PageContext, pageContext } from './page-context.ts'
import { channelName } from './place-headings.ts'
import { duration } from './quantity.ts'
import { sendPage, sendTo } from './send.ts'
import { platformName } from './state-badge.ts'
import { ago, clock } from './time.ts'

const PAGE_SIZE = 50
const PATH = '/admin/queue'

const listQuery = z.object({
  show: z.enum(WORK_KINDS).optional().catch(undefined),
  after: idOf<TurnId>().optional().catch(undefined),
})

export function addQueuePage(app: App, parts: WebParts, gate: Gate): void {
  const show = async (request: FastifyRequest, reply: FastifyReply, fault?: WebFault) => {
    const context = pageContext(parts, gate, request)
    const { t, language } = context
    const query = listQuery.parse(Object(request.query))
    const totals = await parts.work.totals()
    // Where nothing else was asked for: what most likely needs somebody.
    const kind = query.show ?? (fault !== undefined || totals.failed > 0 ? 'failed' : 'waiting')
    const { after } = query
    const list = await parts.work.list(kind, { limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) })
    const last = list.length === PAGE_SIZE ? list.at(-1) : undefined
    const tab = (one: WorkKind) =>
      html`<li><a href="${PATH}?show=${one}"${one === kind && html` aria-current="true"`}><span class="figure${one === 'failed' && totals.failed > 0 && ' bad'}">${totals[one]}</span><span class="figure-name">${t(`admin.queue.${one}`)}</span><span class="dim">${one === 'waiting' && totals.oldestWaitingSince !== undefined ? html`${t('admin.queue.oldest')} ${ago(totals.oldestWaitingSince, language)}` : t(`admin.queue.${one}_hint`)}</span></a></li>`
    return sendPage(reply, context, {
      title: t('admin.nav.queue'),
      path: PATH,
      status: fault?.status ?? 200,
      body: html`<h1>${t('admin.nav.queue')}</h1>
<p class="lead">${t('admin.queue.lead')}</p>
${faultNote(t, fault && parts.say(fault.sentence, language))}
<ul class="figures">${WORK_KINDS.map(tab)}</ul>
${list.length === 0 ? html`<div class="empty"><h2>${t(`admin.queue.no_${kind}`)}</h2></div>` : html`<ol class="card flush log">${list.map((one) => row(context, kind, one))}</ol>`}
${last !== undefined && html`<p class="pager"><a class="button" rel="next" href="${PATH}?show=${kind}&amp;after=${last.turnId}">${t('admin.page.next')}</a></p>`}`,
    })
  }

  app.get(PATH, async (request, reply) => show(request, reply))

  const one = { schema: { params: z.object({ id: idOf<TurnId>() }) } }
  app.post(`${PATH}/:id/retry`, one, async (request, reply) => {
    const outcome = await attempt(() => retryTurn(parts, request.params.id, sessionOf(request).admin))
    return outcome.kind === 'refused' ? show(request, reply, outcome.fault) : sendTo(reply, PATH, 'retried')
  })
  app.post(`${PATH}/:id/discard`, one, async (request, reply) => {
    const outcome = await attempt(() => discardTurn(parts, request.params.id, sessionOf(request).admin))
    return outcome.kind === 'refused' ? show(request, reply, outcome.fault) : sendTo(reply, PATH, 'discarded')
  })
}

function row(context: PageContext, kind: WorkKind, one: WorkRecord): Html {
  const { t, language, mayChange, formToken } = context
  const { turnId, messageId, personName, errorCode, errorMessage, step } = one
  const where = channelName(context, { name: one.channelName, kind: one.channelKind })
  return html`<li class="work"><div>
<p><a href="/admin/messages/${messageId}"><strong>${t(`admin.step.${step}`)}</strong></a> <span class="dim">${t('admin.queue.for')} <span dir="auto">${personName}</span> · <span dir="auto">${where}</span> · <span dir="auto">${one.workspaceName}</span> (${platformName(one.platform)})</span></p>
<p>${reason(context, kind, one)}</p>
${errorCode !== undefined && html`<p class="detail" dir="auto">${errorCode}${errorMessage !== undefined && `: ${errorMessage}`}</p>`}
<p class="dim">${clock(kind === 'failed' ? (one.finishedAt ?? one.createdAt) : one.createdAt, language)}${one.attempts > 0 && html` · ${t('admin.exchange.attempts', { count: one.attempts })}`}${one.deaths > 0 && html` · ${t('admin.queue.deaths', { count: one.deaths })}`}</p></div>
${
  kind === 'failed' &&
  mayChange &&
  html`<div class="actions">
<form method="post" action="${PATH}/${turnId}/retry">${formToken}<button class="small" aria-label="${t('admin.queue.retry_one', { name: personName })}">${t('admin.queue.retry')}</button></form>
<details class="confirm"><summary class="button small" aria-label="${t('admin.queue.discard_one', { name: personName })}">${t('admin.queue.discard')}</summary>
<form method="post" action="${PATH}/${turnId}/discard">${formToken}<p>${t('admin.queue.discard_sure')}</p><button class="danger small">${t('admin.queue.discard_yes')}</button></form></details></div>`
}</li>`
}

function reason({ t, language }: PageContext, kind: WorkKind, one: WorkRecord): Content {
  const { notBefore, blocked, createdAt, startedAt, finishedAt } = one
  if (kind === 'working') {
    return html`${t('admin.queue.works')} ${startedAt !== undefined && duration(Date.now() - startedAt.getTime(), language)}`
  }
  if (kind === 'failed') {
    const took = finishedAt && finishedAt.getTime() - createdAt.getTime()
    return took === undefined
      ? t('admin.queue.gave_up')
      : t('admin.queue.gave_up_after', { time: duration(took, language) })
  }
  if (blocked) return t('admin.queue.blocked')
  if (notBefore !== undefined) return html`${t('admin.queue.again')} ${ago(notBefore, language)}`
  return t('admin.queue.free_worker')
}
