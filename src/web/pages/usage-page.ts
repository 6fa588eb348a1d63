import { z } from 'zod'
import { inMoney } from '../../core/wording.ts'
import type { WorkspaceId } from '../../model/ids.ts'
import type { UsageFigures, UsageRow } from '../../ports/usage-reports.ts'
import type { Gate } from '../actions/gate.ts'
import { daysIn, MOST_CSV_ROWS, spanOf, usageCsv } from '../actions/usage.ts'
import type { WebParts } from '../parts.ts'
import type { App } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { dayChart, dayName, legend, type Series, shareBar } from './day-chart.ts'
import { select } from './field.ts'
import { type Content, type Html, html } from './html.ts'
import { type PageContext, pageContext } from './page-context.ts'
import { count, duration, short } from './quantity.ts'
import { sendPage } from './send.ts'
import { workspaceChoices } from './workspace-choice.ts'

const PATH = '/admin/usage'
const RANGES = [7, 30, 90] as const
const MEASURES = ['answers', 'tokens', 'cost', 'voice', 'runs'] as const
type Measure = (typeof MEASURES)[number]
/** The rest of the models is one colour. */
const MOST_SERIES = 5
const MOST_LISTED = 10
const MOST_ROWS = 5000

const querySchema = z.object({
  days: z.coerce
    .number()
    .pipe(z.union(RANGES.map((days) => z.literal(days))))
    .catch(30),
  measure: z.enum(MEASURES).catch('answers'),
  workspace: idOf<WorkspaceId>().optional().catch(undefined),
})
type Query = z.infer<typeof querySchema>

const VALUE: Readonly<Record<Measure, (figures: UsageFigures) => number>> = {
  answers: ({ answers }) => answers,
  tokens: ({ promptTokens, completionTokens }) => promptTokens + completionTokens,
  cost: ({ costMicros }) => costMicros,
  voice: ({ audioMs }) => audioMs,
  runs: ({ runs }) => runs,
}

export function addUsagePage(app: App, parts: WebParts, gate: Gate): void {
  app.get(PATH, async (request, reply) => {
    const context = pageContext(parts, gate, request)
    const { t } = context
    const query = querySchema.parse(Object(request.query))
    const span = spanOf({ days: query.days, workspace: query.workspace })
    const [daily, people, places, choices] = await Promise.all([
      parts.usage.read(span, ['day', 'model'], MOST_ROWS),
      parts.usage.read(span, ['person'], MOST_ROWS),
      parts.usage.read(span, ['workspace'], MOST_ROWS),
      workspaceChoices(parts, t, query.workspace),
    ])
    return sendPage(reply, context, {
      title: t('admin.nav.usage'),
      path: PATH,
      body: html`<h1>${t('admin.nav.usage')}</h1>
<p class="lead">${t('admin.usage.lead')}</p>
${usageForm(context, query, choices)}
${daily.length === 0 ? empty(context) : report(context, query, { days: daysIn(span), daily, people, places })}`,
    })
  })

  app.get(`${PATH}.csv`, async (request, reply) => {
    const query = querySchema.parse(Object(request.query))
    const span = spanOf({ days: query.days, workspace: query.workspace })
    const rows = await parts.usage.read(span, ['day', 'workspace', 'person', 'model'], MOST_CSV_ROWS)
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="brainall-usage.csv"')
      .send(usageCsv(rows))
  })
}

function search({ days, measure, workspace }: Query): string {
  return new URLSearchParams({
    days: String(days),
    measure,
    ...(workspace === undefined ? {} : { workspace }),
  }).toString()
}

function usageForm(
  { t }: PageContext,
  query: Query,
  workspaces: readonly { readonly value: string; readonly label: string }[],
): Html {
  return html`<form method="get" action="${PATH}" class="filters">
<label class="sr" for="days">${t('admin.usage.range')}</label>${select(
    html` id="days" name="days"`,
    String(query.days),
    RANGES.map((days) => ({ value: String(days), label: t('admin.usage.days', { count: days }) })),
  )}
<label class="sr" for="workspace">${t('admin.filter.workspace')}</label>${select(html` id="workspace" name="workspace"`, query.workspace ?? '', workspaces)}
<input type="hidden" name="measure" value="${query.measure}">
<button>${t('admin.filter.apply')}</button>
<a class="button end" href="${PATH}.csv?${search(query)}" download>${t('admin.usage.csv')}</a>
</form>`
}

function empty({ t }: PageContext): Html {
  return html`<div class="empty"><h2>${t('admin.usage.empty')}</h2><p>${t('admin.usage.empty_hint')}</p></div>`
}

interface Sight {
  readonly days: readonly string[]
  readonly daily: readonly UsageRow[]
  readonly people: readonly UsageRow[]
  readonly places: readonly UsageRow[]
}

function report(context: PageContext, query: Query, { days, daily, people, places }: Sight): Html {
  const { t, language } = context
  const total = sum(daily)
  const value = VALUE[query.measure]
  const format = formatter(context, query.measure)
  const series = seriesOf(context, days, daily, query.measure)
  const tile = (name: Measure, shown: string, detail: string) =>
    html`<li><a href="${PATH}?${search({ ...query, measure: name })}"${name === query.measure && html` aria-current="true"`}><span class="figure">${shown}</span><span class="figure-name">${t(`admin.usage.${name}`)}</span><span class="dim">${detail}</span></a></li>`
  const tokens = total.promptTokens + total.completionTokens
  const models = byModel(daily)
  return html`<ul class="figures">
${tile('answers', short(total.answers, language), t('admin.usage.by_people', { count: people.filter(({ answers }) => answers > 0).length }))}
${tile('tokens', short(tokens, language), t('admin.usage.in_out', { in: short(total.promptTokens, language), out: short(total.completionTokens, language) }))}
${tile('cost', inMoney(total.costMicros, context.currency, language), t('admin.usage.calls', { count: total.calls }))}
${tile('voice', duration(total.audioMs, language), t('admin.usage.voice_messages', { count: total.transcriptions }))}
${tile('runs', short(total.runs, language), t('admin.usage.by_people', { count: people.filter(({ runs }) => runs > 0).length }))}
</ul>
<section class="card"><div class="card-head"><h2>${t('admin.usage.per_day', { what: t(`admin.usage.${query.measure}`) })}</h2>${series.length > 1 && legend(series)}</div>
${dayChart({
  days,
  series,
  language,
  format,
  label: t('admin.usage.chart', { what: t(`admin.usage.${query.measure}`), total: format(value(total)) }),
})}
<details><summary>${t('admin.usage.as_table')}</summary>${dayTable(context, days, series, format)}</details></section>
<div class="pair wide-pair">
${ranking(context, query, t('admin.usage.models'), models, ({ model }) => model ?? t('admin.usage.no_model'))}
${ranking(context, query, t('admin.usage.people'), people, ({ person }) => person && html`<a href="/admin/conversations?person=${person.id}" dir="auto">${person.name}</a> <a class="dim" href="/admin/persons/${person.id}">${t('admin.nav.person_settings')}</a>`)}
${query.workspace === undefined && ranking(context, query, t('admin.nav.workspaces'), places, ({ workspace }) => workspace && html`<a href="${PATH}?${search({ ...query, workspace: workspace.id })}" dir="auto">${workspace.name}</a>`)}
</div>`
}

function formatter({ language, currency }: PageContext, measure: Measure): (value: number) => string {
  return (value) =>
    measure === 'voice'
      ? duration(value, language)
      : measure === 'cost'
        ? inMoney(value, currency, language)
        : count(value, language)
}

/** The models that did most of it, and the others together. */
function seriesOf(
  { t }: PageContext,
  days: readonly string[],
  daily: readonly UsageRow[],
  measure: Measure,
): readonly Series[] {
  const value = VALUE[measure]
  const models = byModel(daily).filter((row) => value(row) > 0)
  const ranked = models.toSorted((one, other) => value(other) - value(one)).map(({ model }) => model)
  const named = ranked.length > MOST_SERIES + 1 ? ranked.slice(0, MOST_SERIES) : ranked
  const valuesOf = (counts: (model: string | undefined) => boolean) => {
    const found = new Map<string, number>()
    for (const row of daily) {
      if (row.day === undefined || !counts(row.model)) continue
      found.set(row.day, (found.get(row.day) ?? 0) + value(row))
    }
    return days.map((day) => found.get(day) ?? 0)
  }
  const series = named.map((model) => ({
    name: model ?? t('admin.usage.no_model'),
    values: valuesOf((one) => one === model),
  }))
  if (named.length === ranked.length) {
    return series.length > 0 ? series : [{ name: t(`admin.usage.${measure}`), values: days.map(() => 0) }]
  }
  return [...series, { name: t('admin.usage.others'), values: valuesOf((one) => !named.includes(one)) }]
}

function byModel(daily: readonly UsageRow[]): readonly UsageRow[] {
  const groups = Map.groupBy(daily, ({ model }) => model)
  return [...groups].map(([model, rows]) => ({
    ...sum(rows),
    model,
    day: undefined,
    person: undefined,
    workspace: undefined,
  }))
}

function sum(rows: readonly UsageFigures[]): UsageFigures {
  const of = (name: keyof UsageFigures) => rows.reduce((total, row) => total + row[name], 0)
  return {
    answers: of('answers'),
    promptTokens: of('promptTokens'),
    completionTokens: of('completionTokens'),
    transcriptions: of('transcriptions'),
    audioMs: of('audioMs'),
    runs: of('runs'),
    busyMs: of('busyMs'),
    calls: of('calls'),
    costMicros: of('costMicros'),
  }
}

function dayTable(
  { t, language }: PageContext,
  days: readonly string[],
  series: readonly Series[],
  format: (value: number) => string,
): Html {
  return html`<div class="wide-table" tabindex="0"><table class="plain numbers"><thead><tr><th scope="col">${t('admin.usage.day')}</th>${series.map(({ name }) => html`<th scope="col" dir="auto">${name}</th>`)}</tr></thead>
<tbody>${days.toReversed().map((day, back) => html`<tr><th scope="row">${dayName(day, language)}</th>${series.map(({ values }) => html`<td>${format(values[days.length - 1 - back] ?? 0)}</td>`)}</tr>`)}</tbody></table></div>`
}

/** Who or what used most of it. */
function ranking(
  context: PageContext,
  { measure }: Query,
  title: string,
  rows: readonly UsageRow[],
  name: (row: UsageRow) => Content,
): Content {
  const { t } = context
  const value = VALUE[measure]
  const format = formatter(context, measure)
  const used = rows.filter((row) => value(row) > 0).toSorted((one, other) => value(other) - value(one))
  if (used.length === 0) return undefined
  const total = used.reduce((all, row) => all + value(row), 0)
  const shown = used.slice(0, MOST_LISTED)
  return html`<section class="card"><h2>${title}</h2>
<table class="plain ranking"><thead class="sr"><tr><th scope="col">${t('admin.workspaces.name')}</th><th scope="col">${t(`admin.usage.${measure}`)}</th></tr></thead>
<tbody>${shown.map((row) => html`<tr><th scope="row">${name(row)}${shareBar(value(row) / total)}</th><td>${format(value(row))}</td></tr>`)}</tbody></table>
${used.length > shown.length && html`<p class="hint">${t('admin.usage.more', { count: used.length - shown.length })}</p>`}</section>`
}
