import { type Block, type Cell, type Inline, type List, plainText, type Table, text } from './tree.ts'

const RTL = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/
const LONGEST_MEASURED = 400

/** Tables that do not fit a monospaced block of this many columns become lists, one item a row. */
export function fitTables(blocks: readonly Block[], columns: number): Block[] {
  return blocks.map((block): Block => {
    switch (block.type) {
      case 'table':
        return isReadable(block, columns) ? block : tableAsRecords(block)
      case 'quote':
        return { ...block, children: fitTables(block.children, columns) }
      case 'list':
        return {
          ...block,
          items: block.items.map((item) => ({ ...item, children: fitTables(item.children, columns) })),
        }
      default:
        return block
    }
  })
}

function isReadable(table: Table, columns: number): boolean {
  const rows = cellTexts(table)
  const widths = columnWidths(rows)
  const total = widths.reduce((sum, width) => sum + width + 3, -3)
  // In monospaced blocks, right-to-left cells change places.
  return total <= columns && !rows.some((row) => row.some((cell) => RTL.test(cell)))
}

/** The table drawn with characters; lines of one width. */
export function tableAsText(table: Table): string {
  const rows = cellTexts(table)
  const widths = columnWidths(rows)
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => padded(row[column] ?? '', width, table.align[column]))
      .join(' | ')
      .trimEnd()
  const [header = [], ...body] = rows
  return [line(header), widths.map((width) => '-'.repeat(width)).join('-|-'), ...body.map(line)].join('\n')
}

/** The header's words are said again with each row. */
export function tableAsRecords(table: Table): Block {
  if (table.rows.length === 0) {
    const cells = table.header.flatMap((cell, index) => (index === 0 ? cell : [text(' | '), ...cell]))
    return { type: 'paragraph', children: cells }
  }
  const items = table.rows.map((row, index) => {
    // Rows can be shorter than the header, whose words are said at least once.
    const cells = index === 0 ? table.header.map((_, column) => row[column] ?? []) : row
    const children = cells.flatMap((cell, column): Inline[] => {
      const name = table.header[column] ?? []
      const hasName = plainText(name).trim() !== ''
      if (!hasName && plainText(cell).trim() === '') return []
      const field: Inline[] = hasName ? [...name, text(': '), ...cell] : [...cell]
      return [{ type: 'break' }, ...(column === 0 ? [{ type: 'strong' as const, children: field }] : field)]
    })
    return {
      checked: undefined,
      continued: false,
      children: [{ type: 'paragraph' as const, children: children.slice(1) }],
    }
  })
  const list: List = { type: 'list', start: undefined, tight: true, items }
  return list
}

function cellTexts(table: Table): string[][] {
  return [table.header, ...table.rows].map((row) => row.map(cellText))
}

/** Links lose their form in a monospaced block, so their addresses are said. */
function cellText(cell: Cell): string {
  const said = cell.map((inline): string => {
    if (inline.type === 'text' || inline.type === 'code') return inline.value
    if (inline.type === 'break') return ' '
    const inner = cellText(inline.children)
    return inline.type !== 'link' || inner === inline.url || `mailto:${inner}` === inline.url
      ? inner
      : `${inner} (${inline.url})`
  })
  return said.join('').trim()
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const columns = rows[0]?.length ?? 0
  return Array.from({ length: columns }, (_, column) =>
    rows.reduce((most, row) => Math.max(most, displayWidth(row[column] ?? '')), 1),
  )
}

function padded(value: string, width: number, align: 'left' | 'right' | 'center' | undefined): string {
  const free = Math.max(0, width - displayWidth(value))
  const before = align === 'right' ? free : align === 'center' ? Math.floor(free / 2) : 0
  return ' '.repeat(before) + value + ' '.repeat(free - before)
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u

/** Columns in a monospaced font, as terminals count them. */
function displayWidth(value: string): number {
  if (/^[\x20-\x7e]*$/.test(value) || value.length > LONGEST_MEASURED) return value.length
  let width = 0
  for (const { segment } of graphemes.segment(value)) width += WIDE.test(segment) ? 2 : 1
  return width
}
