import type { Image, ListItem, Nodes, PhrasingContent, RootContent, Link as SourceLink } from 'mdast'
import { linkAddress } from './addresses.ts'
import { type Block, type Cell, type Inline, type Item, MAX_DEPTH, plainText, text } from './tree.ts'

export interface Definition {
  readonly url: string
  readonly title: string | undefined
}

/** What the parser's tree refers to but does not hold. */
export interface Surroundings {
  readonly source: string
  readonly definitions: ReadonlyMap<string, Definition>
  /** Whether a definition is shown through a link somewhere. */
  isUsed(identifier: string): boolean
}

export function normalizeBlocks(nodes: readonly Nodes[], around: Surroundings, depth = 0): Block[] {
  return nodes.flatMap((node) => normalizeBlock(node, around, depth))
}

function normalizeBlock(node: Nodes, around: Surroundings, depth: number): Block[] {
  switch (node.type) {
    case 'paragraph':
      return paragraph(normalizeInlines(node.children, around))
    case 'heading': {
      const children = trimmed(normalizeInlines(node.children, around))
      return children.length === 0 ? [] : [{ type: 'heading', depth: node.depth, children }]
    }
    case 'code':
      return [{ type: 'code', language: languageOf(node.lang), value: clean(node.value) }]
    case 'html':
      return paragraph(lines(clean(node.value)))
    case 'thematicBreak':
      return [{ type: 'rule' }]
    case 'blockquote': {
      const children = normalizeBlocks(node.children, around, depth + 1)
      if (depth >= MAX_DEPTH || children.length === 0) return children
      return [{ type: 'quote', children }]
    }
    case 'list': {
      const start = node.ordered === true ? (node.start ?? 1) : undefined
      const items = node.children.map((item) => normalizeItem(item, around, depth))
      if (depth >= MAX_DEPTH) return items.flatMap((item) => item.children)
      const tight = node.spread !== true && node.children.every((item) => item.spread !== true)
      return [{ type: 'list', start, tight, items }]
    }
    case 'table': {
      const [header = [], ...rows] = node.children.map((row) =>
        row.children.map((cell): Cell => oneLine(normalizeInlines(cell.children, around))),
      )
      return [{ type: 'table', align: (node.align ?? []).map((one) => one ?? undefined), header, rows }]
    }
    case 'definition': {
      if (around.isUsed(node.identifier)) return []
      return paragraph(lines(clean(sourceOf(node, around))))
    }
    case 'footnoteDefinition': {
      const [first, ...rest] = normalizeBlocks(node.children, around, depth)
      const mark = text(`[^${clean(node.label ?? node.identifier)}]: `)
      if (first?.type === 'paragraph') return [{ ...first, children: [mark, ...first.children] }, ...rest]
      return [{ type: 'paragraph', children: [mark] }, ...(first ? [first] : []), ...rest]
    }
    default:
      return paragraph(lines(clean(sourceOf(node, around))))
  }
}

function normalizeItem(item: ListItem, around: Surroundings, depth: number): Item {
  return {
    checked: item.checked ?? undefined,
    continued: false,
    children: normalizeBlocks(item.children, around, depth + 1),
  }
}

const paragraph = (inlines: readonly Inline[]): Block[] => {
  const children = trimmed(inlines)
  return children.length === 0 ? [] : [{ type: 'paragraph', children }]
}

type Style = 'strong' | 'emphasis' | 'strike' | 'link'

function normalizeInlines(
  nodes: readonly PhrasingContent[],
  around: Surroundings,
  within: readonly Style[] = [],
): Inline[] {
  return nodes.flatMap((node) => normalizeInline(node, around, within))
}

function normalizeInline(node: PhrasingContent, around: Surroundings, within: readonly Style[]): Inline[] {
  switch (node.type) {
    case 'text':
      return lines(clean(node.value))
    case 'inlineCode': {
      const value = clean(node.value).replaceAll('\n', ' ')
      return value === '' ? [] : [{ type: 'code', value }]
    }
    case 'strong':
    case 'emphasis':
    case 'delete': {
      const type = node.type === 'delete' ? 'strike' : node.type
      const children = normalizeInlines(node.children, around, [...within, type])
      // A style inside itself shows nothing new; without this, nesting has no bound.
      if (within.includes(type)) return children
      return plainText(children).trim() === '' ? children : [{ type, children }]
    }
    case 'break':
      return [{ type: 'break' }]
    case 'html':
      return /^<br\s*\/?>$/i.test(node.value) ? [{ type: 'break' }] : lines(clean(node.value))
    case 'link':
      return link(node, normalizeInlines(node.children, around, [...within, 'link']), within)
    case 'image':
      return link(node, imageLabel(node.alt, node.url), within)
    case 'linkReference': {
      const children = normalizeInlines(node.children, around, [...within, 'link'])
      const target = around.definitions.get(node.identifier)
      return target ? link(target, children, within) : [text('['), ...children, text(']')]
    }
    case 'imageReference': {
      const target = around.definitions.get(node.identifier)
      return target ? link(target, imageLabel(node.alt, target.url), within) : lines(clean(node.alt ?? ''))
    }
    case 'footnoteReference':
      return [text(`[^${clean(node.label ?? node.identifier)}]`)]
    default:
      return lines(clean(sourceOf(node, around)))
  }
}

const imageLabel = (alt: string | null | undefined, url: string): Inline[] => {
  const label = clean(alt ?? '').trim()
  return lines(label === '' ? url : label)
}

/** Titles are shown after the link: no platform has a place for them. */
function link(
  target: Pick<SourceLink | Image | Definition, 'url' | 'title'>,
  children: readonly Inline[],
  within: readonly Style[],
): Inline[] {
  const shown = plainText(children).trim()
  const title = clean(target.title ?? '').trim()
  const address = linkAddress(target.url)
  const after = title === '' || title === shown ? [] : lines(` (${title})`)
  const label = shown === '' ? lines(clean(target.url)) : children
  if (address !== undefined && !within.includes('link'))
    return [{ type: 'link', url: address, children: label }, ...after]
  const url = clean(target.url)
  const isShown = shown === '' || shown === url || url === `mailto:${shown}` || url === `http://${shown}`
  return [...label, ...(isShown || url === '' ? [] : lines(` (${url})`)), ...after]
}

function lines(value: string): Inline[] {
  return value.split('\n').flatMap((line, index): Inline[] => {
    const rest: Inline[] = line === '' ? [] : [text(line)]
    return index === 0 ? rest : [{ type: 'break' }, ...rest]
  })
}

function oneLine(inlines: readonly Inline[]): Inline[] {
  return inlines.map((inline) => {
    if (inline.type === 'break') return text(' ')
    return 'children' in inline ? { ...inline, children: oneLine(inline.children) } : inline
  })
}

/** Without white space and breaks at the ends. */
function trimmed(inlines: readonly Inline[]): Inline[] {
  const blank = (inline: Inline | undefined): boolean =>
    inline !== undefined &&
    (inline.type === 'break' || (inline.type === 'text' && inline.value.trim() === ''))
  let from = 0
  let to = inlines.length
  while (from < to && blank(inlines[from])) from++
  while (to > from && blank(inlines[to - 1])) to--
  return inlines.slice(from, to)
}

function sourceOf(node: RootContent | Nodes, around: Surroundings): string {
  return around.source.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0)
}

export const languageOf = (info: string | null | undefined): string =>
  /^[A-Za-z0-9_+.#-]{1,30}/.exec(info ?? '')?.[0] ?? ''

/**
 * Control characters can also come in as character references. Those that turn the direction of the text after
 * them go, too: Telegram takes them off, and elsewhere they make a text read as what it is not.
 */
export const clean = (value: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to go
  value.replace(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e]/g, '').toWellFormed()

export const cleanButColours = (value: string): string =>
  value
    .split(COLOUR)
    .map((piece, index) => (index % 2 === 0 ? clean(piece) : piece))
    .join('')

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences begin with one
const COLOUR = /(\u001b\[[\d;]{0,40}m)/
