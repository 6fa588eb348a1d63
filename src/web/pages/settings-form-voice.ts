import { type EffectiveSettings, VOICE_MODES } from '../../model/settings.ts'
import { type FieldParts, field, select } from './field.ts'
import { type Html, html } from './html.ts'
import type { PageContext } from './page-context.ts'
import type { SettingName } from './settings-form-values.ts'

export interface VoiceFieldsParts {
  readonly t: PageContext['t']
  readonly inherited: EffectiveSettings
  readonly value: (name: SettingName) => string
  readonly about: (name: SettingName) => Pick<FieldParts, 'name' | 'error' | 'badge'>
  readonly inherits: (words: string) => string
}

/** What becomes of voice messages, and whose. */
export function voiceFields({ t, inherited, value, about, inherits }: VoiceFieldsParts): Html {
  return html`<div class="pair">
${field({
  ...about('voice'),
  label: t('admin.settings.voice'),
  hint: t('admin.settings.voice_hint'),
  control: (attributes) =>
    select(attributes, value('voice'), [
      { value: '', label: inherits(t(`admin.voice.${inherited.voice}`)) },
      ...VOICE_MODES.map((one) => ({ value: one, label: t(`admin.voice.${one}`) })),
    ]),
})}
${field({
  ...about('voiceMinutes'),
  label: t('admin.settings.voiceMinutes'),
  hint: t('admin.settings.voiceMinutes_hint'),
  control: (attributes) =>
    html`<input${attributes} inputmode="numeric" autocomplete="off" placeholder="${inherited.voiceMinutes ?? t('admin.settings.unlimited')}" value="${value('voiceMinutes')}">`,
})}
</div>
${field({
  ...about('voiceHints'),
  label: t('admin.settings.voiceHints'),
  hint: t('admin.settings.voiceHints_hint'),
  control: (attributes) =>
    html`<input${attributes} maxlength="800" autocomplete="off" placeholder="${inherited.voiceHints}" value="${value('voiceHints')}">`,
})}
${field({
  ...about('voicePeople'),
  label: t('admin.settings.voicePeople'),
  hint: t('admin.settings.voicePeople_hint'),
  control: (attributes) =>
    html`<textarea${attributes} rows="2" placeholder="${inherited.voicePeople.join(', ')}">
${value('voicePeople')}</textarea>`,
})}`
}
