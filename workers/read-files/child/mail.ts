import PostalMime from 'postal-mime'
import type { Collector } from './collector.ts'
import { htmlAsText, readText } from './text.ts'

/** Heads, then the text (the HTML where there is none), then the names of what is attached. */
export async function readMail(data: Buffer, collector: Collector): Promise<void> {
  const mail = await PostalMime.parse(data, { maxNestingDepth: 20, maxHeadersSize: 256 * 1024 })
  const people = (
    list: readonly { name?: string | undefined; address?: string | undefined }[] | undefined,
  ): string =>
    (list ?? [])
      .map(({ name, address }) => (name ? `${name} <${address ?? ''}>` : (address ?? '')))
      .join(', ')
  const heads = [
    ['From', people(mail.from ? [mail.from] : [])],
    ['To', people(mail.to)],
    ['Cc', people(mail.cc)],
    ['Date', mail.date ?? ''],
    ['Subject', mail.subject ?? ''],
    ['Attachments', mail.attachments.map(({ filename }) => filename ?? 'unnamed').join(', ')],
  ].flatMap(([head, value]) => (value ? [`${head}: ${value}`] : []))
  const body = mail.text?.trim() ? mail.text : htmlAsText(mail.html ?? '')
  readText(`${heads.join('\n')}\n\n${body}`, collector)
}
