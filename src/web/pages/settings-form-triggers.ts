import { CONTEXT, EDITS, type EffectiveSettings, LISTENING } from '../../model/settings.ts'
import { choices, field, select } from './field.ts'
import { type Html, html } from './html.ts'
import type { PageContext } from './page-context.ts'
import type { SettingName } from './settings-form-values.ts'

interface TriggerParts {
  readonly t: PageContext['t']
  readonly inherited: EffectiveSettings
  readonly value: (name: SettingName) => string
  readonly about: (name: SettingName) => { name: string; error: string | undefined; badge: Html }
  readonly inherits: (words: string) => string
  readonly onOff: (on: boolean) => string
}

const SWITCHES = ['mention', 'reply', 'followUp'] as const
const LISTS = ['keywords', 'allowPeople', 'denyPeople', 'allowChannels', 'denyChannels'] as const

/** When the bot answers, whom, and what it is told of what was said before. */
export function triggerFields({ t, inherited, value, about, inherits, onOff }: TriggerParts): Html {
  const oneOf = (
    name: 'listen' | 'context' | 'edits',
    options: readonly { value: string; label: string }[],
  ) => {
    const own = options.find((option) => option.value === inherited[name])
    return field({
      ...about(name),
      label: t(`admin.settings.${name}`),
      hint: t(`admin.settings.${name}_hint`),
      control: (attributes) =>
        select(attributes, value(name), [{ value: '', label: inherits(own?.label ?? '') }, ...options]),
    })
  }
  return html`<h2>${t('admin.settings.triggers')}</h2>
${SWITCHES.map((name) =>
  choices({
    name,
    label: t(`admin.settings.${name}`),
    hint: t(`admin.settings.${name}_hint`),
    badge: about(name).badge,
    chosen: value(name),
    options: [
      { value: '', label: inherits(onOff(inherited[name])) },
      { value: 'true', label: onOff(true) },
      { value: 'false', label: onOff(false) },
    ],
  }),
)}
${oneOf(
  'listen',
  LISTENING.map((one) => ({ value: one, label: t(`admin.listen.${one}`) })),
)}
${oneOf(
  'context',
  CONTEXT.map((one) => ({ value: one, label: t(`admin.context.${one}`) })),
)}
${oneOf(
  'edits',
  EDITS.map((one) => ({ value: one, label: t(`admin.edits.${one}`) })),
)}
${LISTS.map((name) =>
  field({
    ...about(name),
    label: t(`admin.settings.${name}`),
    hint: t(`admin.settings.${name}_hint`),
    control: (attributes) =>
      html`<textarea${attributes} rows="2" dir="auto" placeholder="${inherited[name].join('\n')}">
${value(name)}</textarea>`,
  }),
)}`
}
