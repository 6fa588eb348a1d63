import type { Exchange, HeardAttachment, ShownAnswer } from '../../ports/conversation-records.ts'
import { decisionWords } from '../decision-words.ts'
import type { WebParts } from '../parts.ts'
import { timelineOf } from '../timeline.ts'
import { type Content, type Html, html } from './html.ts'
import { markdown } from './markdown.ts'
import type { PageContext } from './page-context.ts'
import { bytes, duration } from './quantity.ts'
import { turnBadge } from './state-badge.ts'
import { clock } from './time.ts'
import { waterfall } from './waterfall.ts'

/** A message as people saw it, what came of it, and why. `open`: the reasons stand open. */
export function exchangeView(
  parts: Pick<WebParts, 'say'>,
  context: PageContext,
  exchange: Exchange,
  open = false,
): Html {
  const { t, language } = context
  const { messageId, person, receivedAt, text, edited, deleted, attachments, turn, answers } = exchange
  return html`<article class="exchange" id="m-${messageId}" aria-label="${t('admin.exchange.label', { name: person.name })}">
<div class="said">
  <p class="by"><a href="/admin/conversations?person=${person.id}" dir="auto">${person.name}</a> <span class="dim">${clock(receivedAt, language)}${edited && ` · ${t('admin.exchange.edited')}`}</span></p>
  ${attachments.map((one) => attachmentView(context, one))}
  ${
    text === undefined
      ? html`<p class="hint">${t(deleted ? 'admin.exchange.deleted' : 'admin.message.no_text')}</p>`
      : text !== '' && html`<p class="text" dir="auto">${text}</p>`
  }
</div>
${answers.map((answer) => answerView(context, answer))}
${answers.length === 0 && turn?.merged && html`<p class="hint">${t('admin.exchange.merged')}</p>`}
${why(parts, context, exchange, open)}
</article>`
}

function attachmentView({ t, language }: PageContext, one: HeardAttachment): Html {
  const facts = [
    one.durationMs === undefined ? '' : duration(one.durationMs, language),
    one.sizeBytes === undefined ? '' : bytes(one.sizeBytes, language),
    one.language ?? '',
    one.reading?.kind === undefined ? '' : one.reading.kind.toUpperCase(),
    one.reading === undefined || one.reading.characters === 0
      ? ''
      : t('admin.attachment.characters', { count: one.reading.characters }),
    one.reading?.truncated === true ? t('admin.attachment.truncated') : '',
  ].filter((fact) => fact !== '')
  return html`<figure class="attachment"><figcaption><strong>${t(`admin.attachment.${one.kind}`)}</strong> <span class="dim" dir="auto">${one.name}${facts.length > 0 && ` · ${facts.join(' · ')}`}</span></figcaption>
${one.transcript !== undefined && html`<blockquote dir="auto">${one.transcript}</blockquote>`}
${one.doubtful && html`<p class="hint">${t('admin.exchange.doubtful')}</p>`}
${one.reading?.fault !== undefined && html`<p class="hint">${t('admin.attachment.unread', { reason: one.reading.fault })}</p>`}</figure>`
}

function answerView({ t }: PageContext, answer: ShownAnswer): Html {
  const { preface, text, notice, state, model, round, files, feedback } = answer
  const notes = [
    model ?? '',
    answer.private ? t('admin.answer.private') : '',
    round > 1 ? t('admin.answer.round', { count: round }) : '',
    answer.messages > 1 ? t('admin.answer.messages', { count: answer.messages }) : '',
  ].filter((note) => note !== '')
  const empty = preface === '' && text === '' && notice === ''
  return html`<div class="answered"><p class="by"><strong>BrainAll</strong> <span class="dim" dir="auto">${notes.join(' · ')}</span> ${state !== 'delivered' && html`<span class="badge ${state === 'undeliverable' ? 'bad' : 'off'}">${t(`admin.answer.${state}`)}</span>`}</p>
${preface !== '' && markdown(preface)}${text !== '' && markdown(text)}${notice !== '' && html`<div class="dim">${markdown(notice)}</div>`}
${empty && state !== 'retracted' && html`<p class="hint">${t('admin.answer.empty')}</p>`}
${files.length > 0 && html`<ul class="tags">${files.map((name) => html`<li dir="auto">${name}</li>`)}</ul>`}
${feedback.length > 0 && html`<ul class="tags" aria-label="${t('admin.answer.feedback')}">${feedback.map((one) => html`<li dir="auto">${one.value === 'up' ? '👍' : '👎'} ${one.person.name}${one.round < round && html` <span class="dim">${t('admin.answer.feedback_earlier')}</span>`}</li>`)}</ul>`}</div>`
}

function why(parts: Pick<WebParts, 'say'>, context: PageContext, exchange: Exchange, open: boolean): Html {
  const { t, language } = context
  const { decisions, turn, runId, calls } = exchange
  const timeline = timelineOf(exchange)
  const tokens = calls.reduce((sum, call) => sum + call.promptTokens + call.completionTokens, 0)
  const summary = [
    timeline && turn?.finishedAt !== undefined ? duration(timeline.totalMs, language) : '',
    tokens > 0 ? t('admin.trace.tokens', { count: tokens }) : '',
    turn !== undefined && turn.attempts > 0 ? t('admin.exchange.attempts', { count: turn.attempts }) : '',
  ].filter((fact) => fact !== '')
  const list: Content =
    decisions.length === 0
      ? html`<p class="hint">${t('admin.message.no_decisions')}</p>`
      : html`<ol class="steps">${decisions.map(
          (decision) =>
            html`<li><p>${decisionWords(parts.say, decision, language)}</p><p class="dim">${clock(decision.at, language)} · <code>${decision.code}</code></p></li>`,
        )}</ol>`
  return html`<details class="why"${open && html` open`}><summary>${t('admin.exchange.why')}${turn !== undefined && html` ${turnBadge(t, turn.state)}`} <span class="dim">${summary.join(' · ')}</span></summary>
<div class="why-body">
${timeline !== undefined && html`<section><h2>${t('admin.trace.title')}</h2>${waterfall(context, timeline)}</section>`}
<section><h2>${t('admin.message.decisions')}</h2>${list}
${turn?.errorMessage !== undefined && html`<p class="detail" dir="auto">${turn.errorCode}: ${turn.errorMessage}</p>`}</section>
</div>
<p class="actions">${runId !== undefined && html`<a class="button small" href="/admin/runs/${runId}">${t('admin.exchange.run')}</a>`}
${!open && html`<a class="small" href="/admin/messages/${exchange.messageId}">${t('admin.exchange.link')}</a>`}</p>
</details>`
}
