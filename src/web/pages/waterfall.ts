import type { Timeline } from '../timeline.ts'
import { type Content, type Html, html } from './html.ts'
import type { PageContext } from './page-context.ts'
import { count, duration } from './quantity.ts'

/** Narrower bars could not be seen. In hundredths of the whole. */
const NARROWEST = 0.8

/** How a message's time was spent, one line a stage; each line also says it in words. */
export function waterfall(
  { t, language }: PageContext,
  { stages, moments, totalMs, redone }: Timeline,
): Html {
  const share = (ms: number) => (ms / totalMs) * 100
  const line = (words: Content, mark: Content, time: Content) =>
    html`<li><span class="stage">${words}</span>${mark}<span class="took">${time}</span></li>`
  const bars = stages.map(({ name, fromMs, toMs, model, server, promptTokens, completionTokens }) => {
    const width = Math.max(NARROWEST, share(toMs - fromMs))
    const left = Math.min(100 - width, share(fromMs))
    const tokens = promptTokens + completionTokens
    const about = [
      name === 'thinking' || name === 'speech' ? [model, server].filter(Boolean).join(' · ') : '',
      tokens > 0 ? t('admin.trace.tokens', { count: tokens }) : '',
      name === 'writing' && toMs > fromMs
        ? t('admin.trace.speed', {
            speed: count(Math.round((completionTokens / (toMs - fromMs)) * 1000), language),
          })
        : '',
    ].filter((part) => part !== '')
    return {
      at: fromMs,
      row: line(
        html`${t(`admin.trace.${name}`)}${about.length > 0 && html` <span class="dim">${about.join(' · ')}</span>`}`,
        html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="10"/><rect class="${name}" x="${left.toFixed(2)}" width="${width.toFixed(2)}" height="10"/></svg>`,
        duration(toMs - fromMs, language),
      ),
    }
  })
  const points = moments.map(({ name, atMs }) => {
    const left = Math.min(100 - NARROWEST, share(atMs))
    return {
      at: atMs,
      row: line(
        t(`admin.trace.${name}`),
        html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="10"/><rect class="moment" x="${left.toFixed(2)}" width="${NARROWEST}" height="10"/></svg>`,
        html`<span class="dim">${t('admin.trace.after')}</span> ${duration(atMs, language)}`,
      ),
    }
  })
  const rows = [...bars, ...points].sort((one, other) => one.at - other.at)
  return html`${redone && html`<p class="hint">${t('admin.trace.redone')}</p>`}<ol class="waterfall">${rows.map(({ row }) => row)}</ol>`
}
