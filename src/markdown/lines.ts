import { tableAsText } from './table-layout.ts'
import type { Block, Inline, Item } from './tree.ts'

/** One line of a text without real block structure. No breaks in `content`; none of it: an empty line. */
export interface TextLine {
  readonly kind: 'text'
  /** How many quotes it stands in. */
  readonly quotes: number
  /** Indentation and marker of a list item, as to be shown. */
  readonly lead: string
  readonly content: readonly Inline[]
  /** Of a heading. */
  readonly depth: number | undefined
}

export interface CodeLine {
  readonly kind: 'code'
  readonly quotes: number
  readonly language: string
  /** Never blank. */
  readonly value: string
}

export interface RuleLine {
  readonly kind: 'rule'
  readonly quotes: number
}

export type Line = TextLine | CodeLine | RuleLine

export interface LineStyle {
  /** Bullets of lists in lists, from the outermost; the last one serves all deeper ones. */
  readonly bullets: readonly string[]
  readonly checked: string
  readonly unchecked: string
  /** What stands before the lines of an item under its marker. */
  indent(marker: string): string
}

/** Blocks as lines from top to bottom. Code and tables leave the indentation of their item. */
export function toLines(blocks: readonly Block[], style: LineStyle): Line[] {
  const lines = blockLines(blocks, { style, quotes: 0, indent: '', depth: 0 }, true)
  return lines.at(-1)?.kind === 'text' ? trimBlankEnd(lines) : lines
}

interface Place {
  readonly style: LineStyle
  readonly quotes: number
  readonly indent: string
  /** Lists around. */
  readonly depth: number
}

function blockLines(blocks: readonly Block[], place: Place, spaced: boolean): Line[] {
  const result: Line[] = []
  for (const block of blocks) {
    const lines = linesOf(block, place)
    if (lines.length === 0) continue
    if (result.length > 0 && spaced) result.push(blank(place))
    for (const line of lines) result.push(line)
  }
  return result
}

const blank = (place: Place): TextLine => textLine(place, [])

function textLine(place: Place, content: readonly Inline[], depth?: number): TextLine {
  const lead = content.length === 0 ? '' : place.indent
  return { kind: 'text', quotes: place.quotes, lead, content, depth }
}

function linesOf(block: Block, place: Place): Line[] {
  switch (block.type) {
    case 'paragraph':
      return splitAtBreaks(block.children).map((content) => textLine(place, content))
    case 'heading':
      return splitAtBreaks(block.children).map((content) => textLine(place, content, block.depth))
    case 'code':
      return codeLines(block.language, block.value, place)
    case 'table':
      return codeLines('', tableAsText(block), place)
    case 'quote':
      return blockLines(block.children, { ...place, quotes: place.quotes + 1 }, true)
    case 'rule':
      return [{ kind: 'rule', quotes: place.quotes }]
    case 'list':
      return block.items.flatMap((item, index) => {
        const lines = itemLines(
          item,
          block.start === undefined ? undefined : block.start + index,
          block.tight,
          place,
        )
        return index === 0 || block.tight ? lines : [blank(place), ...lines]
      })
  }
}

function codeLines(language: string, value: string, place: Place): Line[] {
  // An indented first line keeps its indentation; empty lines around the code go.
  const trimmed = value.replace(/^(?:[ \t]*\n)+/, '').trimEnd()
  return trimmed === '' ? [] : [{ kind: 'code', quotes: place.quotes, language, value: trimmed }]
}

function itemLines(item: Item, number: number | undefined, tight: boolean, place: Place): Line[] {
  const { style, depth } = place
  const bullet = style.bullets[Math.min(depth, style.bullets.length - 1)] ?? ''
  const box = item.checked === undefined ? undefined : item.checked ? style.checked : style.unchecked
  const marker = number === undefined ? (box ?? bullet) : `${number}. ${box ?? ''}`
  const inner: Place = { ...place, indent: place.indent + style.indent(marker), depth: depth + 1 }
  const lines = blockLines(item.children, inner, !tight)
  if (item.continued) return lines
  const [first, ...rest] = lines
  const lead = place.indent + marker
  if (first?.kind === 'text' && first.quotes === place.quotes) {
    // A list that begins an item brings its own marker.
    const own = first.lead.slice(inner.indent.length)
    return [{ ...first, lead: lead + own }, ...rest]
  }
  return [{ kind: 'text', quotes: place.quotes, lead, content: [], depth: undefined }, ...lines]
}

/** Styles and links that reach over a break go on in the next line. */
function splitAtBreaks(inlines: readonly Inline[]): Inline[][] {
  const lines: Inline[][] = [[]]
  for (const inline of inlines) {
    if (inline.type === 'break') lines.push([])
    else if (!('children' in inline)) lines.at(-1)?.push(inline)
    else {
      for (const [index, children] of splitAtBreaks(inline.children).entries()) {
        if (index > 0) lines.push([])
        if (children.length > 0) lines.at(-1)?.push({ ...inline, children })
      }
    }
  }
  return lines.map(hoistSpaces)
}

/**
 * Takes white space at the edges of styled text out of it, and off the ends of the line: markers need to
 * touch what they style.
 */
export function hoistSpaces(line: readonly Inline[]): Inline[] {
  const spread = line.flatMap(outerSpaces)
  return spread.filter(
    (inline, index) =>
      !((index === 0 || index === spread.length - 1) && inline.type === 'text' && inline.value.trim() === ''),
  )
}

function outerSpaces(inline: Inline): Inline[] {
  if (!('children' in inline)) return [inline]
  const children = inline.children.flatMap(outerSpaces)
  const first = children[0]
  const last = children.at(-1)
  const before = first?.type === 'text' ? (/^\s+/.exec(first.value)?.[0] ?? '') : ''
  const after = last?.type === 'text' ? (/\s+$/.exec(last.value)?.[0] ?? '') : ''
  if (before === '' && after === '') return [{ ...inline, children }]
  const inner = children
    .map((child, index) => {
      if (child.type !== 'text') return child
      const from = index === 0 ? before.length : 0
      const to = index === children.length - 1 ? child.value.length - after.length : child.value.length
      return { ...child, value: child.value.slice(from, Math.max(from, to)) }
    })
    .filter((child) => child.type !== 'text' || child.value !== '')
  const space = (value: string): Inline[] => (value === '' ? [] : [{ type: 'text', value }])
  return [
    ...space(before),
    ...(inner.length === 0 ? [] : [{ ...inline, children: inner }]),
    ...(inner.length === 0 && before !== '' ? [] : space(after)),
  ]
}

function trimBlankEnd(lines: readonly Line[]): Line[] {
  let end = lines.length
  for (let last = lines[end - 1]; last?.kind === 'text' && last.content.length === 0; last = lines[end - 1]) {
    if (last.lead.trim() !== '') break
    end--
  }
  return lines.slice(0, end)
}
