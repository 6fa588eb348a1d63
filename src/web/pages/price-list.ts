import type { ModelPrice } from '../../ports/budget-store.ts'
import { field } from './field.ts'
import { type Html, html } from './html.ts'
import type { FormValues, PageContext } from './page-context.ts'
import { count } from './quantity.ts'

const COLUMNS = ['prompt', 'completion', 'audioMinute'] as const

/** What models cost, and a form to say so. `models`: names to offer. */
export function priceList(
  { t, language, mayChange, formToken, currency }: PageContext,
  prices: readonly ModelPrice[],
  models: readonly string[],
  values: FormValues,
  error: (name: string) => string | undefined,
): Html {
  const remove = (model: string) =>
    html`<td><form method="post" action="/admin/budgets/prices/remove">${formToken}<input type="hidden" name="model" value="${model}"><button class="small" aria-label="${t('admin.prices.remove_one', { model })}">${t('admin.prices.remove')}</button></form></td>`
  return html`<section class="card stack" aria-labelledby="prices-heading">
<h2 id="prices-heading">${t('admin.prices.title')}</h2>
<p class="hint">${t('admin.prices.lead', { currency })}</p>
${
  prices.length > 0 &&
  html`<div class="wide-table" tabindex="0"><table class="plain numbers"><thead><tr><th scope="col">${t('admin.prices.model')}</th>${COLUMNS.map((name) => html`<th scope="col">${t(`admin.prices.${name}`)}</th>`)}${mayChange && html`<td></td>`}</tr></thead>
<tbody>${prices.map((price) => html`<tr><th scope="row" dir="auto">${price.model}</th>${COLUMNS.map((name) => html`<td>${count(price[name], language)}</td>`)}${mayChange && remove(price.model)}</tr>`)}</tbody></table></div>`
}
${
  mayChange &&
  html`<form method="post" action="/admin/budgets/prices" class="stack">${formToken}
<div class="pair">
${field({ name: 'model', error: error('model'), label: t('admin.prices.model'), control: (attributes) => html`<input${attributes} required maxlength="200" autocomplete="off" list="priced-models" value="${values.model ?? ''}">` })}
${COLUMNS.map((name) => field({ name, error: error(name), label: t(`admin.prices.${name}`), control: (attributes) => html`<input${attributes} inputmode="decimal" autocomplete="off" placeholder="0" value="${values[name] ?? ''}">` }))}
</div>
<datalist id="priced-models">${models.map((name) => html`<option value="${name}"></option>`)}</datalist>
<div class="actions"><button>${t('admin.prices.save')}</button></div>
</form>`
}
</section>`
}
