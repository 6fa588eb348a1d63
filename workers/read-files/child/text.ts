import { analyse } from 'chardet'
import { type HtmlToTextOptions, htmlToText } from 'html-to-text'
import type { Collector } from './collector.ts'

const LINES_A_PART = 200

/** Any encoding that is told by a mark, by valid UTF-8, or else by how the bytes are spread. */
export function decodeText(data: Buffer): string {
  const mark = data.subarray(0, 4).toString('hex')
  if (mark.startsWith('efbbbf')) return new TextDecoder('utf-8').decode(data)
  if (mark.startsWith('fffe')) return new TextDecoder('utf-16le').decode(data)
  if (mark.startsWith('feff')) return new TextDecoder('utf-16be').decode(data)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data)
    if (!text.includes('\0')) return text
  } catch {
    // Not UTF-8: guessed below.
  }
  for (const { name } of analyse(data.subarray(0, 64 * 1024))) {
    const text = decodedAs(name, data)
    if (text !== undefined) return text
  }
  return new TextDecoder('windows-1252').decode(data)
}

/** undefined: an encoding that is not known here. */
function decodedAs(label: string, data: Buffer): string | undefined {
  try {
    return new TextDecoder(label).decode(data)
  } catch {
    return undefined
  }
}

/** Long texts in parts of whole lines, numbered. */
export function readText(text: string, collector: Collector): void {
  const lines = text.split(/\r\n?|\n/)
  for (let start = 0; start < lines.length; start += LINES_A_PART) {
    const part = lines.slice(start, start + LINES_A_PART).join('\n')
    if (!collector.add('part', String(start / LINES_A_PART + 1), part)) return
  }
}

export function htmlAsText(html: string): string {
  const options: HtmlToTextOptions = {
    wordwrap: false,
    limits: { maxInputLength: 8 * 1024 * 1024, maxDepth: 200 },
    selectors: [
      { selector: 'img', format: 'skip' },
      { selector: 'a', options: { ignoreHref: true } },
      { selector: 'table', format: 'dataTable', options: { uppercaseHeaderCells: false } },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
        selector,
        options: { uppercase: false },
      })),
    ],
  }
  return htmlToText(html, options)
}
