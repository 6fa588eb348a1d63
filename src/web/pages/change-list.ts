import type { RecordedAuditEntry } from '../../ports/audit-log.ts'
import { type Html, html } from './html.ts'
import type { Translate } from './page-context.ts'
import { SETTING_NAMES, type SettingName } from './settings-form-values.ts'

/** What an entry changed, before and after. */
export function changeList(t: Translate, entry: RecordedAuditEntry): Html | false {
  const changes = changesIn(entry)
  return (
    changes.length > 0 &&
    html`<dl class="changes">${changes.map(({ name, before, after }) => html`<div><dt>${isSetting(name) ? t(`admin.settings.${name}`) : name}</dt><dd dir="auto">${before !== undefined && html`<del>${before}</del>`} ${after !== undefined && html`<ins>${after}</ins>`}</dd></div>`)}</dl>`
  )
}

function isSetting(name: string): name is SettingName {
  return SETTING_NAMES.some((known) => known === name)
}

interface Change {
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
}

function changesIn({ before, after }: RecordedAuditEntry): readonly Change[] {
  const was = new Map(Object.entries(before ?? {}))
  const is = new Map(Object.entries(after ?? {}))
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((name) => ({ name, before: shown(was.get(name)), after: shown(is.get(name)) }))
    .filter((change) => change.before !== change.after)
}

function shown(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 160 ? `${text.slice(0, 160).toWellFormed()}…` : text
}
