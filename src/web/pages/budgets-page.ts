import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { inMoney } from '../../core/wording.ts'
import { BUDGET_PERIODS, BUDGET_SCOPES, BUDGET_UNITS, WHEN_LOW } from '../../model/budget.ts'
import type { BudgetId, ChannelId } from '../../model/ids.ts'
import type { Budget } from '../../ports/budget-store.ts'
import {
  budgetSchema,
  priceSchema,
  putBudget,
  putPrice,
  removeBudget,
  removePrice,
} from '../actions/budgets.ts'
import type { Gate } from '../actions/gate.ts'
import { listModels } from '../actions/models.ts'
import { invalid, type WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { idOf } from '../routes/shapes.ts'
import { shareBar } from './day-chart.ts'
import { choices, field, select } from './field.ts'
import { type Content, type Html, html } from './html.ts'
import { faultNote } from './layout.ts'
import { attempt, type FormValues, formValues, type PageContext, pageContext } from './page-context.ts'
import { priceList } from './price-list.ts'
import { count } from './quantity.ts'
import { sendPage, sendTo } from './send.ts'
import { ago } from './time.ts'
import { workspaceChoices } from './workspace-choice.ts'

const PATH = '/admin/budgets'

interface Tried {
  readonly values: FormValues
  readonly fault: WebFault
}

type Option = { readonly value: string; readonly label: string }

export function addBudgetsPage(app: App, parts: WebParts, gate: Gate): void {
  const show = async (request: FastifyRequest, reply: FastifyReply, tried?: Tried) => {
    const context = pageContext(parts, gate, request)
    const { t, mayChange } = context
    const [budgets, prices, models, workspaces] = await Promise.all([
      parts.budgets.list(),
      parts.budgets.prices(),
      listModels(parts.registry),
      workspaceChoices(parts, t, undefined),
    ])
    const asked = z.object({ for: z.string().optional() }).safeParse(request.query)
    const whose = await whoseChoices(parts, context, workspaces, asked.data?.for)
    const error = (name: string) => {
      const sentence = tried?.fault.fields[name]
      return sentence && parts.say(sentence, request.language)
    }
    return sendPage(reply, context, {
      title: t('admin.nav.budgets'),
      path: PATH,
      status: tried?.fault.status ?? 200,
      body: html`<h1>${t('admin.nav.budgets')}</h1>
<p class="lead">${t('admin.budgets.lead')}</p>
${faultNote(t, tried && parts.say(tried.fault.sentence, request.language))}
${
  budgets.length === 0
    ? html`<div class="empty"><h2>${t('admin.budgets.empty')}</h2><p>${t('admin.budgets.empty_hint')}</p></div>`
    : html`<ul class="cards">${budgets.map((budget) => budgetCard(context, budget))}</ul>`
}
${mayChange && budgetForm(context, { whose, models: models.map(({ name }) => name), values: tried?.values ?? (asked.data?.for === undefined ? {} : { whose: asked.data.for }), error })}
${priceList(
  context,
  prices,
  models.map(({ name }) => name),
  tried?.values ?? {},
  error,
)}`,
    })
  }

  app.get(PATH, async (request, reply) => show(request, reply))

  app.post(PATH, async (request, reply) => {
    const values = formValues(request)
    const outcome = await attempt(async () => {
      const [scope, id = ''] = (values.whose ?? '').split(':')
      const parsed = budgetSchema.safeParse({
        ...{ scope, id, period: values.period, unit: values.unit, whenLow: values.whenLow },
        limit: number(values.limit),
        lowAtPercent: number(values.lowAt || '80'),
        cheaperModel: values.cheaperModel ?? '',
      })
      if (!parsed.success) throw invalid(parsed.error.issues)
      return putBudget(parts, parsed.data, sessionOf(request).admin)
    })
    if (outcome.kind === 'refused') return show(request, reply, { values, fault: outcome.fault })
    return sendTo(reply, PATH, 'saved')
  })

  const one = { schema: { params: z.object({ id: idOf<BudgetId>() }) } }
  app.post(`${PATH}/:id/remove`, one, async (request, reply) => {
    await removeBudget(parts, request.params.id, sessionOf(request).admin)
    return sendTo(reply, PATH, 'removed')
  })

  app.post(`${PATH}/prices`, async (request, reply) => {
    const values = formValues(request)
    const outcome = await attempt(async () => {
      const parsed = priceSchema.safeParse({
        model: values.model ?? '',
        prompt: number(values.prompt || '0'),
        completion: number(values.completion || '0'),
        audioMinute: number(values.audioMinute || '0'),
      })
      if (!parsed.success) throw invalid(parsed.error.issues)
      return putPrice(parts, parsed.data, sessionOf(request).admin)
    })
    if (outcome.kind === 'refused') return show(request, reply, { values, fault: outcome.fault })
    return sendTo(reply, PATH, 'saved')
  })

  app.post(`${PATH}/prices/remove`, async (request, reply) => {
    await removePrice(parts, formValues(request).model ?? '', sessionOf(request).admin)
    return sendTo(reply, PATH, 'removed')
  })
}

/** What is no number stays what it is, to be refused beside its input. */
function number(given: string | undefined): unknown {
  const value = Number((given ?? '').trim().replace(',', '.'))
  return Number.isNaN(value) || given?.trim() === '' ? given : value
}

async function whoseChoices(
  { workspaces, budgets }: WebParts,
  { t }: PageContext,
  named: readonly Option[],
  asked: string | undefined,
): Promise<readonly Option[]> {
  const options: Option[] = [
    { value: 'hub', label: t('admin.budgets.hub') },
    { value: 'workspace', label: t('admin.budgets.each_workspace') },
    { value: 'channel', label: t('admin.budgets.each_channel') },
    { value: 'person', label: t('admin.budgets.each_person') },
    ...named
      .filter(({ value }) => value !== '')
      .map(({ value, label }) => ({ value: `workspace:${value}`, label })),
    ...(await budgets.list())
      .filter(({ scope, scopeId }) => scopeId !== '' && scope !== 'workspace')
      .map(({ scope, scopeId, name }) => ({
        value: `${scope}:${scopeId}`,
        label: `${t(`admin.budgets.${scope}`)}: ${name ?? t('admin.budgets.gone')}`,
      })),
  ]
  if (asked === undefined || options.some(({ value }) => value === asked)) return uniqueBy(options)
  const [scope = '', id = ''] = asked.split(':')
  const known = BUDGET_SCOPES.find((one) => one === scope)
  if (known === undefined || !z.uuid().safeParse(id).success) return uniqueBy(options)
  const channel = known === 'channel' ? await workspaces.channel(idOf<ChannelId>().parse(id)) : undefined
  return uniqueBy([
    ...options,
    { value: asked, label: `${t(`admin.budgets.${known}`)}: ${channel?.name ?? id}` },
  ])
}

function uniqueBy(options: readonly Option[]): readonly Option[] {
  return [...new Map(options.map((option) => [option.value, option])).values()]
}

function whoseWords({ t }: PageContext, { scope, scopeId, name }: Budget): string {
  if (scope === 'hub') return t('admin.budgets.hub')
  if (scopeId === '') return t(`admin.budgets.each_${scope}`)
  return `${t(`admin.budgets.${scope}`)}: ${name ?? t('admin.budgets.gone')}`
}

function budgetCard(context: PageContext, budget: Budget): Html {
  const { t, language, mayChange, formToken, currency } = context
  const { id, period, unit, limit, standing, whenLow, cheaperModel, heaviest } = budget
  const amount = (value: number) =>
    unit === 'money' ? inMoney(value, currency, language) : t('admin.budgets.tokens_amount', { count: value })
  const used = { spent: amount(standing.spent), limit: amount(limit) }
  const percent = count(budget.lowAt * 100, language)
  return html`<li class="card">
  <div class="card-head"><div><p class="eyebrow">${amount(limit)} ${t(`admin.budgets.${period}`)}</p><h2 dir="auto">${whoseWords(context, budget)}</h2></div></div>
  ${shareBar(limit === 0 ? 1 : standing.spent / limit)}
  <p>${heaviest === undefined ? t('admin.budgets.used', used) : t('admin.budgets.used_by', { ...used, name: heaviest })}</p>
  ${standing.reserved > 0 && html`<p class="dim">${t('admin.budgets.reserved', { amount: amount(standing.reserved) })}</p>`}
  <p class="dim">${t(`admin.budgets.when_${whenLow}`, { percent, model: cheaperModel ?? '' })}. ${t('admin.budgets.resets', { when: '' })}${ago(standing.resetsAt, language)}</p>
  ${
    mayChange &&
    html`<div class="actions"><details class="confirm"><summary class="button small">${t('admin.budgets.remove')}</summary>
    <form method="post" action="${PATH}/${id}/remove">${formToken}<p>${t('admin.budgets.remove_sure')}</p><button class="danger small">${t('admin.models.remove_yes')}</button></form></details></div>`
  }
</li>`
}

function budgetForm(
  { t, formToken, currency }: PageContext,
  parts: {
    readonly whose: readonly Option[]
    readonly models: readonly string[]
    readonly values: FormValues
    readonly error: (name: string) => string | undefined
  },
): Content {
  const { whose, models, values, error } = parts
  const labelled = (names: readonly string[], key: (name: string) => string) =>
    names.map((value) => ({ value, label: key(value) }))
  const input = (name: string) => ({ name, error: error(name) })
  return html`<section class="card stack narrow" aria-labelledby="budget-heading">
<h2 id="budget-heading">${t('admin.budgets.add')}</h2>
<form method="post" action="${PATH}" class="stack">${formToken}
${field({ ...input('whose'), label: t('admin.budgets.whose'), control: (attributes) => select(attributes, values.whose ?? 'hub', whose) })}
<div class="pair">
${choices({ name: 'period', label: t('admin.budgets.period'), chosen: values.period ?? 'month', options: labelled(BUDGET_PERIODS, (name) => t(`admin.budgets.${name === 'day' ? 'day' : 'month'}`)) })}
${choices({ name: 'unit', label: t('admin.budgets.unit'), chosen: values.unit ?? 'tokens', options: labelled(BUDGET_UNITS, (name) => t(name === 'money' ? 'admin.budgets.money' : 'admin.budgets.tokens', { currency })) })}
${field({ ...input('limit'), label: t('admin.budgets.limit'), control: (attributes) => html`<input${attributes} required inputmode="decimal" autocomplete="off" value="${values.limit ?? ''}">` })}
${field({ ...input('lowAt'), error: error('lowAtPercent'), label: t('admin.budgets.lowAt'), hint: t('admin.budgets.lowAt_hint'), control: (attributes) => html`<input${attributes} inputmode="decimal" autocomplete="off" value="${values.lowAt ?? '80'}">` })}
</div>
${choices({ name: 'whenLow', label: t('admin.budgets.whenLow'), chosen: values.whenLow ?? 'refuse', options: WHEN_LOW.map((value) => ({ value, label: t(`admin.budgets.${value}`) })) })}
${field({ ...input('cheaperModel'), label: t('admin.budgets.cheaperModel'), control: (attributes) => select(attributes, values.cheaperModel ?? '', [{ value: '', label: '–' }, ...models.map((name) => ({ value: name, label: name }))]) })}
<div class="actions"><button class="primary">${t('admin.budgets.submit')}</button><span class="hint">${t('admin.budgets.add_hint')}</span></div>
</form></section>`
}
