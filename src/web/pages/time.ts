import type { Language } from '../../model/settings.ts'
import { type Html, html } from './html.ts'

export const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', pt: 'pt-PT' }
const UNITS = [
  { unit: 'year', ms: 365 * 86_400_000 },
  { unit: 'month', ms: 30 * 86_400_000 },
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const

/** How long ago, with the moment itself to be read on it. */
export function ago(at: Date, language: Language, now = Date.now()): Html {
  const passed = at.getTime() - now
  const { unit, ms } = UNITS.find((one) => Math.abs(passed) >= one.ms) ?? { unit: 'second', ms: 1000 }
  const words = new Intl.RelativeTimeFormat(LOCALES[language], { numeric: 'auto' }).format(
    unit === 'second' ? 0 : Math.round(passed / ms),
    unit,
  )
  return html`<time datetime="${at.toISOString()}" title="${moment(at, language)}">${words}</time>`
}

export function clock(at: Date, language: Language): Html {
  return html`<time datetime="${at.toISOString()}" data-local>${moment(at, language)}</time>`
}

function moment(at: Date, language: Language): string {
  const format = new Intl.DateTimeFormat(LOCALES[language], {
    dateStyle: 'medium',
    timeStyle: 'medium',
    timeZone: 'UTC',
  })
  return `${format.format(at)} UTC`
}
