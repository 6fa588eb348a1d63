import type { Language } from '../../model/settings.ts'
import { type Html, html } from './html.ts'
import { short } from './quantity.ts'
import { LOCALES } from './time.ts'

export interface Series {
  readonly name: string
  /** One for each day. */
  readonly values: readonly number[]
}

export interface DayChartParts {
  /** In UTC, `2026-01-31`. */
  readonly days: readonly string[]
  /** At most six can be told apart. The first stands at the bottom. */
  readonly series: readonly Series[]
  /** What a screen reader is told in its place. */
  readonly label: string
  readonly language: Language
  readonly format: (value: number) => string
}

const HEIGHT = 100
const STEP = 10
const GAP = 1.6

/**
 * Stacked bars, one a day. Drawn without letters, so that it may be stretched; scale and days stand around it.
 * Pointing at a bar tells its numbers; who cannot see it reads the table that goes with it.
 */
export function dayChart({ days, series, label, language, format }: DayChartParts): Html {
  const totals = days.map((_, day) => series.reduce((sum, { values }) => sum + (values[day] ?? 0), 0))
  const top = niceTop(Math.max(...totals, 0))
  const width = days.length * STEP
  const bars = days.map((day, index) => {
    let below = 0
    const pieces = series.map(({ values }, rank) => {
      const height = ((values[index] ?? 0) / top) * HEIGHT
      below += height
      return (
        height > 0 &&
        html`<rect class="s${rank + 1}" x="${(index * STEP + GAP / 2).toFixed(1)}" y="${(HEIGHT - below).toFixed(2)}" width="${(STEP - GAP).toFixed(1)}" height="${height.toFixed(2)}"/>`
      )
    })
    const parts = series
      .filter(({ values }) => (values[index] ?? 0) > 0)
      .map(({ name, values }) => `${name}: ${format(values[index] ?? 0)}`)
    const told = [
      `${dayName(day, language)}: ${format(totals[index] ?? 0)}`,
      ...(parts.length > 1 ? parts : []),
    ]
    return html`<g><title>${told.join('\n')}</title><rect class="hit" x="${index * STEP}" width="${STEP}" height="${HEIGHT}"/>${pieces}</g>`
  })
  const middle = days[Math.floor((days.length - 1) / 2)]
  const lines = [0.25, 0.5, 0.75].map(
    (share) =>
      html`<path class="grid" d="M0 ${HEIGHT * share}H${width}" vector-effect="non-scaling-stroke"/>`,
  )
  return html`<div class="chart">
<div class="scale" aria-hidden="true"><span>${short(top, language)}</span><span>${short(top / 2, language)}</span><span>0</span></div>
<svg class="plot" role="img" aria-label="${label}" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none">${lines}${bars}</svg>
<div class="days" aria-hidden="true"><span>${dayName(days[0] ?? '', language)}</span>${days.length > 4 && html`<span>${dayName(middle ?? '', language)}</span>`}<span>${dayName(days.at(-1) ?? '', language)}</span></div>
</div>`
}

export function legend(series: readonly Series[]): Html {
  return html`<ul class="legend">${series.map(({ name }, rank) => html`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="s${rank + 1}" width="10" height="10"/></svg><span dir="auto">${name}</span></li>`)}</ul>`
}

/** A share of the whole as a bar to the end of its line. */
export function shareBar(share: number): Html {
  return html`<svg class="share" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="6"/><rect class="s1" width="${(Math.min(1, share) * 100).toFixed(2)}" height="6"/></svg>`
}

export function dayName(day: string, language: Language): string {
  if (day === '') return ''
  const format = new Intl.DateTimeFormat(LOCALES[language], {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  })
  return format.format(new Date(`${day}T00:00:00Z`))
}

/** The next round number, whose half is fairly round, too. */
function niceTop(value: number): number {
  if (value <= 2) return 2
  const power = 10 ** Math.floor(Math.log10(value))
  const factor = [1, 2, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value) ?? 10
  return factor * power
}
