import type { InputRichBlock, InputRichMessage, RichText } from 'grammy/types'
import type { Block, Inline, Item, Table } from '../../src/markdown/tree.ts'
import { isShownAsLink } from './links.ts'

/** core.telegram.org/bots/api#inputrichmessage */
const MAX_COLUMNS = 20
const MAX_BLOCKS = 500

type RichBlock = InputRichBlock
export type RichMessage = InputRichMessage

/**
 * Tables and headings as Telegram itself lays them out, in blocks: nothing needs to be escaped, and no name in it
 * is looked up. undefined: there is no table to gain from it, or one that Telegram would refuse.
 */
export function richMessage(blocks: readonly Block[]): RichMessage | undefined {
  const tables = tablesIn(blocks)
  if (tables.length === 0 || tables.some(({ header }) => header.length > MAX_COLUMNS)) return undefined
  const rich = blocks.map(asRich)
  if (count(rich) > MAX_BLOCKS) return undefined
  return { blocks: rich, skip_entity_detection: true }
}

function tablesIn(blocks: readonly Block[]): Table[] {
  return blocks.flatMap((block): Table[] => {
    if (block.type === 'table') return [block]
    if (block.type === 'quote') return tablesIn(block.children)
    return block.type === 'list' ? block.items.flatMap(({ children }) => tablesIn(children)) : []
  })
}

function count(blocks: readonly RichBlock[]): number {
  return blocks.reduce((sum, block) => {
    if (block.type === 'blockquote') return sum + 1 + count(block.blocks)
    if (block.type === 'list') return sum + 1 + block.items.reduce((all, item) => all + count(item.blocks), 0)
    return sum + 1
  }, 0)
}

function asRich(block: Block): RichBlock {
  switch (block.type) {
    case 'paragraph':
      return { type: 'paragraph', text: richText(block.children) }
    case 'heading':
      return { type: 'heading', text: richText(block.children), size: headingSize(block.depth) }
    case 'code':
      return {
        type: 'pre',
        text: block.value,
        ...(block.language === '' ? {} : { language: block.language }),
      }
    case 'quote':
      return { type: 'blockquote', blocks: block.children.map(asRich) }
    case 'list':
      return { type: 'list', items: block.items.map((item, index) => asItem(item, block.start, index)) }
    case 'table':
      return asTable(block)
    case 'rule':
      return { type: 'divider' }
    default:
      return block satisfies never
  }
}

const SIZES = [1, 2, 3, 4, 5, 6] as const

function headingSize(depth: number): (typeof SIZES)[number] {
  return SIZES.find((size) => size === depth) ?? 6
}

function asItem({ checked, children }: Item, start: number | undefined, index: number) {
  return {
    blocks: children.map(asRich),
    ...(checked === undefined ? {} : { has_checkbox: true as const }),
    ...(checked === true ? { is_checked: true as const } : {}),
    ...(start === undefined ? {} : { value: start + index, type: '1' as const }),
  }
}

function asTable({ align, header, rows }: Table): RichBlock {
  const width = Math.max(header.length, 1)
  const row = (cells: Table['header'], isHeader: boolean) =>
    Array.from({ length: width }, (_, column) => ({
      text: richText(cells[column] ?? []),
      align: align[column] ?? ('left' as const),
      valign: 'top' as const,
      ...(isHeader ? { is_header: true as const } : {}),
    }))
  return {
    type: 'table',
    cells: [row(header, true), ...rows.map((cells) => row(cells, false))],
    is_bordered: true,
  }
}

const STYLES = { strong: 'bold', emphasis: 'italic', strike: 'strikethrough' } as const

function richText(inlines: readonly Inline[]): RichText {
  const pieces = inlines.map(asPiece)
  const [only] = pieces
  return pieces.length === 1 && only !== undefined ? only : pieces
}

function asPiece(inline: Inline): RichText {
  switch (inline.type) {
    case 'text':
      return inline.value
    case 'break':
      return '\n'
    case 'code':
      return { type: 'code', text: inline.value }
    case 'link':
      return isShownAsLink(inline.url)
        ? { type: 'url', text: richText(inline.children), url: inline.url }
        : [richText(inline.children), ` (${inline.url.replace(/^mailto:/, '')})`]
    default:
      return { type: STYLES[inline.type], text: richText(inline.children) }
  }
}
