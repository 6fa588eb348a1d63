import { z } from 'zod'
import { inMoney } from '../../core/wording.ts'
import type { RehearsalId, WorkspaceId } from '../../model/ids.ts'
import type { Rehearsal, RehearsedAnswer } from '../../ports/rehearsals.ts'
import type { Gate } from '../actions/gate.ts'
import { listModels } from '../actions/models.ts'
import { rehearsalSchema, startRehearsal, takeOver, trialSchema } from '../actions/rehearsals.ts'
import { readSettings } from '../actions/settings.ts'
import { invalid, WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { field, select } from './field.ts'
import { type Content, type Html, html } from './html.ts'
import { markdown } from './markdown.ts'
import { formValues, type PageContext, pageContext } from './page-context.ts'
import { workspaceHeading } from './place-headings.ts'
import { duration } from './quantity.ts'
import { sendPage, sendTo } from './send.ts'
import { ago } from './time.ts'

export function addRehearsalPages(app: App, parts: WebParts, gate: Gate): void {
  const ofWorkspace = { schema: { params: z.object({ id: idOf<WorkspaceId>() }) } }
  app.get('/admin/workspaces/:id/rehearsals', ofWorkspace, async (request, reply) => {
    const context = pageContext(parts, gate, request)
    const { t, language, mayChange, formToken } = context
    const { id } = request.params
    const workspace = await parts.workspaces.find(id)
    if (workspace === undefined) throw new WebFault('not_found')
    const [models, aliases, earlier, settings] = await Promise.all([
      listModels(parts.registry),
      parts.registry.aliases(),
      parts.rehearsals.list(id),
      readSettings(parts, { scope: 'workspace', id }),
    ])
    const names = [...aliases, ...models].map(({ name }) => ({ value: name, label: name }))
    const action = `/admin/workspaces/${id}/rehearsals`
    const { trial } = settings.effective
    return sendPage(reply, context, {
      title: t('admin.rehearse.title'),
      path: '/admin/workspaces',
      body: html`${workspaceHeading(context, workspace)}
<h2>${t('admin.rehearse.title')}</h2>
<p class="lead">${t('admin.rehearse.lead', { workspace: workspace.name })}</p>
${trial !== undefined && html`<p class="notice good">${t('admin.rehearse.on_trial', { model: trial.model ?? settings.effective.model ?? '', percent: trial.percent })}</p>`}
${
  mayChange &&
  html`<form method="post" action="${action}" class="card stack narrow">${formToken}
${field({ name: 'model', label: t('admin.rehearse.model'), control: (attributes) => select(attributes, names[0]?.value ?? '', names) })}
${field({ name: 'systemPrompt', label: t('admin.rehearse.prompt'), hint: t('admin.rehearse.prompt_hint'), control: (attributes) => html`<textarea${attributes} rows="5" maxlength="20000" dir="auto" placeholder="${settings.effective.systemPrompt}"></textarea>` })}
${field({ name: 'turns', label: t('admin.rehearse.turns'), control: (attributes) => html`<input${attributes} inputmode="numeric" value="10">` })}
<div class="actions"><button class="primary">${t('admin.rehearse.start')}</button></div></form>`
}
${earlier.length > 0 && html`<section class="card"><h2>${t('admin.rehearse.earlier')}</h2><ul class="rows">${earlier.map((one) => html`<li><a href="/admin/rehearsals/${one.id}">${one.model ?? t('admin.rehearse.prompt')}</a> <span class="dim">${progress(context, one)}, ${ago(one.createdAt, language)}</span></li>`)}</ul></section>`}`,
    })
  })

  app.post('/admin/workspaces/:id/rehearsals', ofWorkspace, async (request, reply) => {
    const values = formValues(request)
    const parsed = rehearsalSchema.safeParse({
      model: values.model || undefined,
      systemPrompt: values.systemPrompt?.trim() ? values.systemPrompt : undefined,
      turns: Number(values.turns || 10),
    })
    if (!parsed.success) throw invalid(parsed.error.issues)
    const id = await startRehearsal(parts, request.params.id, parsed.data, sessionOf(request).admin)
    return reply.redirect(`/admin/rehearsals/${id}`, 303)
  })

  const one = { schema: { params: z.object({ id: idOf<RehearsalId>() }) } }
  app.get('/admin/rehearsals/:id', one, async (request, reply) => {
    const context = pageContext(parts, gate, request)
    const { t } = context
    const found = await parts.rehearsals.find(request.params.id)
    if (found === undefined) throw new WebFault('not_found')
    return sendPage(reply, context, {
      title: t('admin.rehearse.title'),
      path: '/admin/workspaces',
      body: html`<nav class="trail" aria-label="${t('admin.nav.trail')}"><a href="/admin/workspaces/${found.workspaceId}" dir="auto">${found.workspaceName}</a> <a href="/admin/workspaces/${found.workspaceId}/rehearsals">${t('admin.rehearse.title')}</a></nav>
<h1 dir="auto">${t('admin.rehearse.title')}: ${found.model ?? t('admin.rehearse.prompt')}</h1>
<p class="lead">${progress(context, found)}</p>
${averages(context, found)}
${found.items.map((item) => sideBySide(context, item))}
${context.mayChange && switchForms(context, found)}`,
    })
  })

  app.post('/admin/rehearsals/:id/switch', one, async (request, reply) => {
    const found = await parts.rehearsals.find(request.params.id)
    if (found === undefined) throw new WebFault('not_found')
    const values = formValues(request)
    const parsed = trialSchema.safeParse(
      values.percent === undefined ? {} : { percent: Number(values.percent) },
    )
    if (!parsed.success) throw invalid(parsed.error.issues)
    await takeOver(parts, found, parsed.data, sessionOf(request).admin)
    return sendTo(reply, `/admin/workspaces/${found.workspaceId}`, 'saved')
  })
}

function progress({ t }: PageContext, { items }: Rehearsal): string {
  const done = items.filter(({ after, error }) => after !== undefined || error !== undefined).length
  return t('admin.rehearse.progress', { done, all: items.length })
}

function figures({ t, language, currency }: PageContext, answer: RehearsedAnswer): string {
  return t('admin.rehearse.figures', {
    first: answer.firstTokenMs === null ? '–' : duration(answer.firstTokenMs, language),
    time: duration(answer.durationMs, language),
    tokens: Math.round(answer.promptTokens + answer.completionTokens),
    cost: inMoney(answer.costMicros, currency, language),
  })
}

function averages(context: PageContext, { items }: Rehearsal): Content {
  const { t } = context
  const done = items.flatMap(({ before, after }) => (after === undefined ? [] : [{ before, after }]))
  if (done.length === 0) return undefined
  const average = (answers: readonly RehearsedAnswer[]): RehearsedAnswer => {
    const of = (read: (answer: RehearsedAnswer) => number) =>
      answers.reduce((sum, answer) => sum + read(answer), 0) / answers.length
    return {
      ...{ text: '', model: null },
      promptTokens: of(({ promptTokens }) => promptTokens),
      completionTokens: of(({ completionTokens }) => completionTokens),
      firstTokenMs: of(({ firstTokenMs }) => firstTokenMs ?? 0),
      durationMs: of(({ durationMs }) => durationMs),
      costMicros: of(({ costMicros }) => costMicros),
    }
  }
  return html`<section class="card"><h2>${t('admin.rehearse.average')}</h2><div class="pair">
<p><strong>${t('admin.rehearse.was')}</strong><br>${figures(context, average(done.map(({ before }) => before)))}</p>
<p><strong>${t('admin.rehearse.now')}</strong><br>${figures(context, average(done.map(({ after }) => after)))}</p></div></section>`
}

function sideBySide(context: PageContext, item: Rehearsal['items'][number]): Html {
  const { t } = context
  const side = (title: string, answer: RehearsedAnswer) =>
    html`<div><p class="eyebrow">${title}${answer.model !== null && html` · ${answer.model}`}</p><div class="prose" dir="auto">${markdown(answer.text)}</div><p class="dim">${figures(context, answer)}</p></div>`
  const now =
    item.after !== undefined
      ? side(t('admin.rehearse.now'), item.after)
      : html`<div><p class="eyebrow">${t('admin.rehearse.now')}</p><p class="dim">${item.error === undefined ? t('admin.rehearse.running') : t('admin.rehearse.failed', { error: item.error })}</p></div>`
  return html`<section class="card"><p dir="auto"><strong>${item.question}</strong></p><div class="pair">${side(t('admin.rehearse.was'), item.before)}${now}</div></section>`
}

function switchForms({ t, formToken }: PageContext, { id }: Rehearsal): Html {
  const action = `/admin/rehearsals/${id}/switch`
  return html`<section class="card stack narrow"><h2>${t('admin.rehearse.switch')}</h2>
<form method="post" action="${action}">${formToken}<button class="primary">${t('admin.rehearse.switch_yes')}</button></form>
<form method="post" action="${action}" class="stack">${formToken}
${field({ name: 'percent', label: t('admin.rehearse.share'), hint: t('admin.rehearse.share_hint'), control: (attributes) => html`<input${attributes} inputmode="numeric" value="10">` })}
<div class="actions"><button>${t('admin.rehearse.try')}</button></div></form></section>`
}
