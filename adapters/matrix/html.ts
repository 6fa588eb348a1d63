import type { Block, Cell, Inline, Item, List, Table } from '../../src/markdown/tree.ts'
import { withoutPings } from './pings.ts'

/**
 * Only tags and attributes that clients are asked to show (client-server API, m.room.message msgtypes), every
 * one closed.
 */
export function toHtml(blocks: readonly Block[]): string {
  return blocks.map(blockHtml).join('')
}

function blockHtml(block: Block): string {
  switch (block.type) {
    case 'paragraph':
      return `<p>${inlinesHtml(block.children)}</p>`
    case 'heading':
      return element(`h${Math.min(6, Math.max(1, block.depth))}`, inlinesHtml(block.children))
    case 'code': {
      const language = block.language === '' ? '' : ` class="language-${block.language}"`
      return `<pre><code${language}>${escapeHtml(withoutPings(block.value))}\n</code></pre>`
    }
    case 'quote':
      return element('blockquote', toHtml(block.children))
    case 'rule':
      return '<hr>'
    case 'list':
      return listHtml(block)
    case 'table':
      return tableHtml(block)
  }
}

const element = (tag: string, inner: string): string => `<${tag}>${inner}</${tag}>`

/** What continues an item of an earlier part stands before the list: it has no marker. */
function listHtml({ items, start, tight }: List): string {
  const [first, ...others] = items
  const continued = first?.continued === true ? first : undefined
  const own = continued ? others : items
  const number = start === undefined ? undefined : start + (continued ? 1 : 0)
  const before = continued ? toHtml(continued.children) : ''
  if (own.length === 0) return before
  const tag = number === undefined ? 'ul' : 'ol'
  const attribute = number === undefined || number === 1 ? '' : ` start="${number}"`
  return `${before}<${tag}${attribute}>${own.map((item) => itemHtml(item, tight)).join('')}</${tag}>`
}

function itemHtml(item: Item, tight: boolean): string {
  const box = item.checked === undefined ? '' : item.checked ? '☑ ' : '☐ '
  const [first, ...rest] = item.children
  if (first?.type !== 'paragraph') return element('li', box + toHtml(item.children))
  const lead = box + inlinesHtml(first.children)
  return element('li', (tight ? lead : element('p', lead)) + toHtml(rest))
}

function tableHtml({ header, rows }: Table): string {
  const row = (cells: readonly Cell[], tag: 'th' | 'td'): string =>
    element('tr', cells.map((cell) => element(tag, inlinesHtml(cell))).join(''))
  const body = rows.length === 0 ? '' : element('tbody', rows.map((cells) => row(cells, 'td')).join(''))
  return element('table', element('thead', row(header, 'th')) + body)
}

const TAGS = { strong: 'strong', emphasis: 'em', strike: 'del' } as const

function inlinesHtml(inlines: readonly Inline[]): string {
  return inlines
    .map((inline): string => {
      switch (inline.type) {
        case 'text':
          return escapeHtml(withoutPings(inline.value))
        case 'code':
          return element('code', escapeHtml(withoutPings(inline.value)))
        case 'break':
          return '<br>'
        case 'link':
          return `<a href="${escapeHtml(inline.url)}">${inlinesHtml(inline.children)}</a>`
        default:
          return element(TAGS[inline.type], inlinesHtml(inline.children))
      }
    })
    .join('')
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char)
