import { type Ceilings, ceilingsSchema } from '../../model/ceilings.ts'
import type { OfferedModel } from '../actions/models.ts'
import { invalid } from '../fault.ts'
import { field } from './field.ts'
import { type Html, html } from './html.ts'
import type { FormValues, PageContext } from './page-context.ts'
import { SETTING_NAMES } from './settings-form-values.ts'

export function ceilingsForm(
  { t, mayChange, formToken }: PageContext,
  { locked, models, maxOutputTokens }: Ceilings,
  offered: readonly OfferedModel[],
): Html {
  const names = [...new Set([...offered.map(({ name }) => name), ...models])]
  const check = (name: string, on: boolean, words: string) =>
    html`<label><input type="checkbox" name="${name}" value="on"${on && html` checked`}> <span dir="auto">${words}</span></label>`
  return html`<section class="card stack" aria-labelledby="ceilings-heading"><h2 id="ceilings-heading">${t('admin.ceilings.title')}</h2>
<p class="hint">${t('admin.ceilings.lead')}</p>
<form method="post" action="/admin/settings/ceilings" class="stack">${formToken}
<fieldset class="bare stack"${!mayChange && html` disabled`}>
<fieldset class="field"><legend class="label">${t('admin.ceilings.locked')}</legend><div class="checks">${SETTING_NAMES.map((name) => check(`locked-${name}`, locked.includes(name), t(`admin.settings.${name}`)))}</div></fieldset>
${
  names.length > 0 &&
  html`<fieldset class="field"><legend class="label">${t('admin.ceilings.models')}</legend><p class="hint">${t('admin.ceilings.models_hint')}</p><div class="checks">${names.map((name) => check(`model-${name}`, models.includes(name), name))}</div></fieldset>`
}
${field({
  name: 'most',
  label: t('admin.ceilings.most'),
  hint: t('admin.settings.maxOutputTokens_hint'),
  control: (attributes) =>
    html`<input${attributes} inputmode="numeric" autocomplete="off" value="${maxOutputTokens ?? ''}">`,
})}
</fieldset>
${mayChange && html`<div class="actions"><button>${t('admin.settings.save')}</button></div>`}</form></section>`
}

/** Rejects with `invalid` and the fields at fault. */
export function ceilingsFromForm(form: FormValues): Ceilings {
  const marked = (prefix: string) =>
    Object.keys(form)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
  const most = (form.most ?? '').trim()
  const parsed = ceilingsSchema.safeParse({
    locked: marked('locked-'),
    models: marked('model-'),
    maxOutputTokens: most === '' ? null : Number(most),
  })
  if (!parsed.success) throw invalid(parsed.error.issues)
  return parsed.data
}
