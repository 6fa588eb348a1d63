import type { RecordedAuditEntry } from '../../ports/audit-log.ts'
import { changeList } from './change-list.ts'
import { type Html, html } from './html.ts'
import type { PageContext } from './page-context.ts'
import { clock } from './time.ts'

export function settingsHistoryCard(
  { t, language, mayChange, formToken }: PageContext,
  action: string,
  entries: readonly RecordedAuditEntry[],
): Html | false {
  if (entries.length === 0) return false
  return html`<section class="card stack" aria-labelledby="history-heading"><h2 id="history-heading">${t('admin.history.title')}</h2>
<ul class="rows history">${entries.map(
    (
      entry,
    ) => html`<li><div>${changeList(t, entry)}<p class="dim">${entry.actor.replace(/^admin:/, '')} · ${clock(entry.at, language)}</p></div>
${
  mayChange &&
  html`<form method="post" action="${action}/undo">${formToken}<input type="hidden" name="seq" value="${entry.seq}"><button class="small" aria-label="${t('admin.history.undo_one', { at: entry.at.toISOString().slice(0, 16).replace('T', ' ') })}">${t('admin.history.undo')}</button></form>`
}</li>`,
  )}</ul></section>`
}
