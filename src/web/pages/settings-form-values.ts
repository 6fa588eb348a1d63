import { createHash } from 'node:crypto'
import { type OwnSettings, type SettingsPatch, settingsPatchSchema } from '../../model/settings.ts'
import { invalid } from '../fault.ts'
import type { FormValues } from './page-context.ts'

export const SETTING_NAMES = [
  'model',
  'fallback',
  'systemPrompt',
  'temperature',
  'maxOutputTokens',
  'language',
  'voice',
  'voiceHints',
  'voicePeople',
  'voiceMinutes',
  'run',
  'tools',
  'streaming',
  'growth',
  'reasoning',
  'buttons',
  'linkPreviews',
  'edits',
  'mention',
  'reply',
  'followUp',
  'listen',
  'keywords',
  'context',
  'allowPeople',
  'denyPeople',
  'allowChannels',
  'denyChannels',
  'richText',
] as const satisfies readonly (keyof OwnSettings)[]
export type SettingName = (typeof SETTING_NAMES)[number]

const LISTS = [
  'keywords',
  'allowPeople',
  'denyPeople',
  'allowChannels',
  'denyChannels',
] as const satisfies readonly SettingName[]
type ListName = (typeof LISTS)[number]

/** What the inputs hold for these settings; an empty one inherits. */
export function formValuesOf(own: OwnSettings): Readonly<Record<SettingName, string>> {
  const text = (name: SettingName) => (own[name] === undefined ? '' : String(own[name]))
  // Nobody at all is written as a dash, since an empty input inherits.
  const lines = (name: ListName) => (own[name]?.length === 0 ? '-' : (own[name]?.join('\n') ?? ''))
  return {
    model: text('model'),
    fallback: text('fallback'),
    systemPrompt: text('systemPrompt'),
    temperature: text('temperature'),
    maxOutputTokens: text('maxOutputTokens'),
    language: text('language'),
    voice: text('voice'),
    voiceHints: text('voiceHints'),
    voicePeople: own.voicePeople?.length === 0 ? '-' : (own.voicePeople?.join('\n') ?? ''),
    voiceMinutes: text('voiceMinutes'),
    run: text('run'),
    tools: own.tools === undefined ? '' : own.tools.join(',') || 'none',
    streaming: text('streaming'),
    growth: text('growth'),
    reasoning: text('reasoning'),
    buttons: text('buttons'),
    linkPreviews: text('linkPreviews'),
    edits: text('edits'),
    mention: text('mention'),
    reply: text('reply'),
    followUp: text('followUp'),
    listen: text('listen'),
    keywords: lines('keywords'),
    context: text('context'),
    allowPeople: lines('allowPeople'),
    denyPeople: lines('denyPeople'),
    allowChannels: lines('allowChannels'),
    denyChannels: lines('denyChannels'),
    richText: text('richText'),
  }
}

/** Goes with the form, so that only what this person changed is written over what others did meanwhile. */
export function seenMark(own: OwnSettings): string {
  const values = formValuesOf(own)
  return SETTING_NAMES.map((name) => digest(values[name])).join('.')
}

/** Rejects with `invalid` and the fields at fault. */
export function patchFromForm(form: FormValues): SettingsPatch {
  const seen = (form._seen ?? '').split('.')
  const patch: Record<string, unknown> = {}
  for (const [index, name] of SETTING_NAMES.entries()) {
    // Browsers send line ends as CRLF.
    const given = form[name]?.replaceAll('\r\n', '\n')
    if (given === undefined || digest(given) === seen[index]) continue
    patch[name] = given.trim() === '' ? null : parseInput(name, given)
  }
  const parsed = settingsPatchSchema.safeParse(patch)
  if (!parsed.success) throw invalid(parsed.error.issues)
  return parsed.data
}

function parseInput(name: SettingName, given: string): unknown {
  switch (name) {
    case 'temperature':
    case 'maxOutputTokens':
    case 'voiceMinutes': {
      const number = Number(given.trim().replace(',', '.'))
      return Number.isNaN(number) ? given : number
    }
    case 'tools':
      return given === 'none' ? [] : given.split(',')
    case 'run':
    case 'linkPreviews':
    case 'mention':
    case 'reply':
    case 'followUp':
    case 'richText':
      return given === 'true' ? true : given === 'false' ? false : given
    case 'voicePeople':
    case 'keywords':
    case 'allowPeople':
    case 'denyPeople':
    case 'allowChannels':
    case 'denyChannels':
      return given.trim() === '-'
        ? []
        : [...new Set(given.split('\n').map((line) => line.trim()))].filter(Boolean)
    default:
      return given
  }
}

function digest(value: string): string {
  return createHash('sha256').update(value).digest('base64url').slice(0, 12)
}
