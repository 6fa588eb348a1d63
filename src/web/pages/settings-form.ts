import type { ModelAlias } from '../../model/model-abilities.ts'
import {
  BUTTONS,
  GROWTH,
  LANGUAGES,
  REASONING,
  resolveSettings,
  type SettingScope,
  STREAMING,
} from '../../model/settings.ts'
import type { OfferedModel } from '../actions/models.ts'
import type { SettingsView } from '../actions/settings.ts'
import { choices, field, select } from './field.ts'
import { type Html, html } from './html.ts'
import type { FormValues, PageContext } from './page-context.ts'
import { triggerFields } from './settings-form-triggers.ts'
import { formValuesOf, type SettingName, seenMark } from './settings-form-values.ts'
import { voiceFields } from './settings-form-voice.ts'

export interface SettingsFormParts {
  readonly action: string
  readonly scope: SettingScope
  readonly view: SettingsView
  readonly models: readonly OfferedModel[]
  readonly aliases: readonly ModelAlias[]
  /** What answers where no model is set; undefined: no server lists any. */
  readonly automatic: string | undefined
  /** What was sent and refused; the inputs show it again. */
  readonly tried?: { readonly values: FormValues; readonly errors: Readonly<Record<string, string>> }
}

export function settingsForm(context: PageContext, parts: SettingsFormParts): Html {
  const { t, mayChange, formToken } = context
  const { action, scope, view, models, aliases, tried } = parts
  const values: FormValues = { ...formValuesOf(view.own), ...tried?.values }
  const value = (name: SettingName) => values[name] ?? ''
  const inherited = resolveSettings(view.layers.slice(0, -1).map(({ own }) => own))

  const source = (name: SettingName): Html => {
    const layer = view.layers.findLast(({ own }) => own[name] !== undefined)
    if (layer?.scope !== scope)
      return html`<span class="source">${t(`admin.source.${layer?.scope ?? 'default'}`)}</span>`
    return html`<span class="source own">${t('admin.source.here')}</span>${
      mayChange &&
      html`<button class="link" form="reset" name="setting" value="${name}" title="${t('admin.settings.reset_hint')}">${t('admin.settings.reset')}</button>`
    }`
  }
  const about = (name: SettingName) => ({ name, error: tried?.errors[name], badge: source(name) })
  const inherits = (words: string) => t('admin.settings.inherited', { value: words })
  const onOff = (on: boolean) => t(on ? 'admin.settings.on' : 'admin.settings.off')
  const automatic =
    parts.automatic === undefined
      ? t('admin.settings.model_none')
      : t('admin.settings.model_automatic', { model: parts.automatic })

  const offered = [
    ...aliases.map(({ name }) => ({ value: name, label: t('admin.settings.alias', { name }) })),
    ...models.map(({ name }) => ({ value: name, label: name })),
  ]
  const namesFor = (name: 'model' | 'fallback', nothing: string) => {
    const chosen = value(name)
    const unlisted = chosen !== '' && !offered.some((one) => one.value === chosen)
    return [
      { value: '', label: inherits(inherited[name] ?? nothing) },
      ...(unlisted ? [{ value: chosen, label: t('admin.settings.model_gone', { model: chosen }) }] : []),
      ...offered,
    ]
  }
  const languageOptions = [
    {
      value: '',
      label: inherits(
        inherited.language === undefined
          ? t('admin.settings.language_own')
          : t(`admin.language.${inherited.language}`),
      ),
    },
    ...LANGUAGES.map((language) => ({ value: language, label: t(`admin.language.${language}`) })),
  ]
  const switchOptions = (on: boolean) => [
    { value: '', label: inherits(onOff(on)) },
    { value: 'true', label: onOff(true) },
    { value: 'false', label: onOff(false) },
  ]

  return html`<form method="post" action="${action}" class="card stack">
${formToken}<input type="hidden" name="_seen" value="${seenMark(view.own)}">
<fieldset class="bare stack"${!mayChange && html` disabled`}>
${field({
  ...about('model'),
  label: t('admin.settings.model'),
  hint:
    models.length === 0
      ? html`<a href="/admin/models">${t('admin.settings.model_add')}</a>`
      : t('admin.settings.model_hint'),
  control: (attributes) => select(attributes, value('model'), namesFor('model', automatic)),
})}
${field({
  ...about('fallback'),
  label: t('admin.settings.fallback'),
  hint: t('admin.settings.fallback_hint'),
  control: (attributes) =>
    select(attributes, value('fallback'), namesFor('fallback', t('admin.settings.fallback_none'))),
})}
${field({
  ...about('systemPrompt'),
  label: t('admin.settings.systemPrompt'),
  hint: t('admin.settings.systemPrompt_hint'),
  control: (attributes) =>
    html`<textarea${attributes} rows="7" maxlength="20000" dir="auto" placeholder="${inherited.systemPrompt}">
${value('systemPrompt')}</textarea>`,
})}
<div class="pair">
${field({
  ...about('temperature'),
  label: t('admin.settings.temperature'),
  hint: t('admin.settings.temperature_hint'),
  control: (attributes) =>
    html`<input${attributes} inputmode="decimal" autocomplete="off" placeholder="${inherited.temperature}" value="${value('temperature')}">`,
})}
${field({
  ...about('maxOutputTokens'),
  label: t('admin.settings.maxOutputTokens'),
  hint: t('admin.settings.maxOutputTokens_hint'),
  control: (attributes) =>
    html`<input${attributes} inputmode="numeric" autocomplete="off" placeholder="${inherited.maxOutputTokens ?? t('admin.settings.server_decides')}" value="${value('maxOutputTokens')}">`,
})}
</div>
${field({
  ...about('language'),
  label: t('admin.settings.language'),
  hint: t('admin.settings.language_hint'),
  control: (attributes) => select(attributes, value('language'), languageOptions),
})}
<div class="pair">
${choices({
  name: 'run',
  label: t('admin.settings.run'),
  hint: t('admin.settings.run_hint'),
  badge: source('run'),
  chosen: value('run'),
  options: switchOptions(inherited.run),
})}
</div>
${choices({
  name: 'tools',
  label: t('admin.settings.tools'),
  hint: t('admin.settings.tools_hint'),
  badge: source('tools'),
  chosen: value('tools'),
  options: [
    {
      value: '',
      label: inherits(t(inherited.tools.length > 0 ? 'admin.tools.run_code' : 'admin.tools.none')),
    },
    { value: 'run_code', label: t('admin.tools.run_code') },
    { value: 'none', label: t('admin.tools.none') },
  ],
})}
${voiceFields({ t, inherited, value, about, inherits })}
<div class="pair">
${field({
  ...about('streaming'),
  label: t('admin.settings.streaming'),
  hint: t('admin.settings.streaming_hint'),
  control: (attributes) =>
    select(attributes, value('streaming'), [
      { value: '', label: inherits(t(`admin.streaming.${inherited.streaming}`)) },
      ...STREAMING.map((one) => ({ value: one, label: t(`admin.streaming.${one}`) })),
    ]),
})}
${field({
  ...about('growth'),
  label: t('admin.settings.growth'),
  hint: t('admin.settings.growth_hint'),
  control: (attributes) =>
    select(attributes, value('growth'), [
      { value: '', label: inherits(t(`admin.growth.${inherited.growth}`)) },
      ...GROWTH.map((one) => ({ value: one, label: t(`admin.growth.${one}`) })),
    ]),
})}
</div>
${field({
  ...about('buttons'),
  label: t('admin.settings.buttons'),
  hint: t('admin.settings.buttons_hint'),
  control: (attributes) =>
    select(attributes, value('buttons'), [
      { value: '', label: inherits(t(`admin.buttons.${inherited.buttons}`)) },
      ...BUTTONS.map((one) => ({ value: one, label: t(`admin.buttons.${one}`) })),
    ]),
})}
${field({
  ...about('reasoning'),
  label: t('admin.settings.reasoning'),
  hint: t('admin.settings.reasoning_hint'),
  control: (attributes) =>
    select(attributes, value('reasoning'), [
      { value: '', label: inherits(t(`admin.settings.reasoning_${inherited.reasoning}`)) },
      ...REASONING.map((one) => ({ value: one, label: t(`admin.settings.reasoning_${one}`) })),
    ]),
})}
${choices({
  name: 'linkPreviews',
  label: t('admin.settings.linkPreviews'),
  hint: t('admin.settings.linkPreviews_hint'),
  badge: source('linkPreviews'),
  chosen: value('linkPreviews'),
  options: switchOptions(inherited.linkPreviews),
})}
${triggerFields({ t, inherited, value, about, inherits, onOff })}
${choices({
  name: 'richText',
  label: t('admin.settings.richText'),
  hint: t('admin.settings.richText_hint'),
  badge: source('richText'),
  chosen: value('richText'),
  options: switchOptions(inherited.richText),
})}
</fieldset>
${
  mayChange
    ? html`<div class="actions"><button class="primary">${t('admin.settings.save')}</button><span class="hint">${t('admin.settings.live')}</span></div>`
    : html`<p class="hint">${t('admin.settings.read_only')}</p>`
}
</form>
${mayChange && html`<form method="post" action="${action}/reset" id="reset">${formToken}</form>`}`
}
