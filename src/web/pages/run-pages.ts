import { z } from 'zod'
import { harmless } from '../../core/run-output.ts'
import { RUN_LANGUAGE_LABELS } from '../../model/command.ts'
import type { RunId, WorkspaceId } from '../../model/ids.ts'
import { RUN_REASONS } from '../../ports/code-runner.ts'
import type { RunRecord, RunSummary } from '../../ports/run-records.ts'
import type { Gate } from '../actions/gate.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { App } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { select } from './field.ts'
import { type Content, type Html, html } from './html.ts'
import { type PageContext, pageContext } from './page-context.ts'
import { bytes, count, duration } from './quantity.ts'
import { sendPage } from './send.ts'
import { badge, platformName, turnBadge } from './state-badge.ts'
import { ago, clock } from './time.ts'
import { workspaceChoices } from './workspace-choice.ts'

const PAGE_SIZE = 50
const PATH = '/admin/runs'

const choice = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined)
const listQuery = z.object({
  workspace: choice(idOf<WorkspaceId>()),
  reason: choice(z.enum(RUN_REASONS)),
  after: choice(idOf<RunId>()),
})

export function addRunPages(app: App, parts: WebParts, gate: Gate): void {
  app.get(PATH, async (request, reply) => {
    const context = pageContext(parts, gate, request)
    const { t } = context
    const { workspace, reason, after } = listQuery.parse(Object(request.query))
    const filter = {
      ...(workspace === undefined ? {} : { workspaceId: workspace }),
      ...(reason === undefined ? {} : { reason }),
    }
    const [list, workspaces] = await Promise.all([
      parts.runs.list(filter, { limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) }),
      workspaceChoices(parts, t, workspace),
    ])
    const filtered = workspace !== undefined || reason !== undefined
    const last = list.length === PAGE_SIZE ? list.at(-1) : undefined
    const next = new URLSearchParams({
      ...(workspace === undefined ? {} : { workspace }),
      ...(reason === undefined ? {} : { reason }),
      after: last?.id ?? '',
    })
    return sendPage(reply, context, {
      title: t('admin.nav.runs'),
      path: PATH,
      body: html`<h1>${t('admin.nav.runs')}</h1>
<p class="lead">${t('admin.runs.lead')}</p>
${
  (list.length > 0 || filtered) &&
  html`<form method="get" action="${PATH}" class="filters">
<label class="sr" for="workspace">${t('admin.filter.workspace')}</label>${select(html` id="workspace" name="workspace"`, workspace ?? '', workspaces)}
<label class="sr" for="reason">${t('admin.runs.outcome')}</label>${select(
    html` id="reason" name="reason"`,
    reason ?? '',
    [
      { value: '', label: t('admin.runs.any_outcome') },
      ...RUN_REASONS.map((value) => ({ value, label: t(`admin.run.${value}`) })),
    ],
  )}
<button>${t('admin.filter.apply')}</button></form>`
}
${list.length > 0 ? table(context, list) : html`<div class="empty"><h2>${t(filtered ? 'admin.runs.not_found' : 'admin.runs.empty')}</h2>${!filtered && html`<p>${t('admin.runs.empty_hint')}</p>`}</div>`}
${last !== undefined && html`<p class="pager"><a class="button" rel="next" href="${PATH}?${next.toString()}">${t('admin.page.next')}</a></p>`}`,
    })
  })

  app.get(`${PATH}/:id`, { schema: { params: z.object({ id: idOf<RunId>() }) } }, async (request, reply) => {
    const context = pageContext(parts, gate, request)
    const run = await parts.runs.find(request.params.id)
    if (run === undefined) throw new WebFault('not_found')
    return sendPage(reply, context, {
      title: context.t('admin.run.title', { language: languageName(run.language) }),
      path: PATH,
      body: runPage(context, run),
    })
  })
}

function table(context: PageContext, list: readonly RunSummary[]): Html {
  const { t, language } = context
  return html`<div class="card flush"><table>
<thead><tr><th scope="col">${t('admin.messages.when')}</th><th scope="col">${t('admin.run.language')}</th><th scope="col">${t('admin.runs.outcome')}</th><th scope="col">${t('admin.run.took')}</th><th scope="col">${t('admin.messages.who')}</th><th scope="col">${t('admin.filter.workspace')}</th></tr></thead>
<tbody>${list.map(
    (run) => html`<tr>
  <th scope="row"><a href="${PATH}/${run.id}">${ago(run.at, language)}</a></th>
  <td>${languageName(run.language)}</td>
  <td>${outcome(context, run)}</td>
  <td class="took">${run.wallMs !== undefined && duration(run.wallMs, language)}</td>
  <td dir="auto">${run.person.name}</td>
  <td><span dir="auto">${run.workspaceName}</span> <span class="dim">${platformName(run.platform)}</span></td>
</tr>`,
  )}</tbody></table></div>`
}

function runPage(context: PageContext, run: RunRecord): Html {
  const { t, language } = context
  const { result, source, stdin } = run
  const block = (title: string, text: string, empty?: string): Content =>
    text === ''
      ? empty !== undefined &&
        html`<section class="card"><h2>${title}</h2><p class="hint">${empty}</p></section>`
      : html`<section class="card"><h2>${title}</h2><pre tabindex="0" class="sheet"><code>${text}</code></pre></section>`
  return html`<nav class="trail" aria-label="${t('admin.nav.trail')}"><a href="${PATH}">${t('admin.nav.runs')}</a></nav>
<h1>${t('admin.run.title', { language: languageName(run.language) })}</h1>
<section class="card"><div class="card-head"><h2 dir="auto">${run.person.name}</h2>${outcome(context, run)}</div>
<dl class="facts">
<div><dt>${t('admin.messages.when')}</dt><dd>${clock(run.at, language)}</dd></div>
<div><dt>${t('admin.filter.workspace')}</dt><dd><a href="/admin/workspaces/${run.workspaceId}" dir="auto">${run.workspaceName}</a>, ${platformName(run.platform)}</dd></div>
${
  result !== undefined &&
  html`<div><dt>${t('admin.run.took')}</dt><dd>${duration(result.wallMs, language)} <span class="dim">${t('admin.run.cpu', { time: duration(result.cpuMs, language) })}</span></dd></div>
${result.memoryBytes > 0 && html`<div><dt>${t('admin.run.memory_used')}</dt><dd>${bytes(result.memoryBytes, language)}</dd></div>`}
${result.exitCode !== undefined && html`<div><dt>${t('admin.run.exit_code')}</dt><dd>${count(result.exitCode, language)}</dd></div>`}`
}
</dl>
<p><a class="button small" href="/admin/conversations/${run.conversationId}#m-${run.messageId}">${t('admin.message.conversation')}</a></p></section>
${block(t('admin.run.source'), source)}
${stdin !== undefined && block(t('admin.run.stdin'), stdin)}
${
  result === undefined
    ? html`<div class="empty"><h2>${t('admin.run.no_result')}</h2></div>`
    : html`${block(t('admin.run.output'), harmless(result.output), t('admin.run.no_output'))}
${result.truncated && html`<p class="hint">${t('admin.run.truncated')}</p>`}
${result.value !== undefined && block(t('run.value'), result.value)}
${result.error !== undefined && block(t('admin.run.error_text'), result.error.stack === '' ? `${result.error.name}: ${result.error.message}` : result.error.stack)}`
}`
}

function outcome({ t }: PageContext, { reason, turnState }: RunSummary): Html {
  if (reason === undefined) return turnBadge(t, turnState)
  return badge(reason === 'ok' || reason === 'exit' ? 'good' : 'bad', t(`admin.run.${reason}`))
}

function languageName(language: string): string {
  const known: Readonly<Record<string, string>> = RUN_LANGUAGE_LABELS
  return known[language] ?? language
}
