import { type CodeLine, hoistSpaces, type Line, type TextLine, toLines } from '../../src/markdown/lines.ts'
import { parseMarkdown } from '../../src/markdown/parse.ts'
import { split } from '../../src/markdown/split.ts'
import { fitTables } from '../../src/markdown/table-layout.ts'
import { type Block, type Inline, isBare, type Link, plainText } from '../../src/markdown/tree.ts'
import type { FormattedPart, Target } from '../../src/model/outbound.ts'
import { escapeLineStart, escapeText, inFence, inlineCode, urlWithoutPings, withoutPings } from './escape.ts'

/** Of UTF-16 units, which is never less than what Discord counts. */
const MAX_LENGTH = 2000
const TABLE_COLUMNS = 72
const DEEPEST_HEADING = 3

const STYLE = {
  bullets: ['- '],
  checked: '☑ ',
  unchecked: '☐ ',
  indent: (marker: string) => ' '.repeat(Math.max(2, marker.length)),
}

/** Discord's own Markdown; all that is not meant as such is escaped. Body: `{ content, linkPreviews? }`. */
export function format(
  markdown: string,
  { linkPreviews }: Pick<Target, 'linkPreviews'> = {},
): readonly FormattedPart[] {
  const blocks = fitTables(parseMarkdown(markdown, { colours: true }), TABLE_COLUMNS)
  return split(blocks, { limit: MAX_LENGTH, measure: (part) => print(part).length })
    .map(print)
    .filter((content) => /[^\s\p{Cf}]/u.test(content))
    .map((content) => ({
      body: linkPreviews ? { content: unwrapped(content), linkPreviews } : { content },
    }))
}

/** Angles around an address keep Discord from fetching it; in code, addresses stand as they are. */
const unwrapped = (content: string): string =>
  content
    .split(/(```[\s\S]*?```|`[^`\n]+`)/)
    .map((piece, index) => (index % 2 === 1 ? piece : piece.replace(/(?<!\\)<(https?:\/\/[^\s<>]+)>/g, '$1')))
    .join('')

const print = (blocks: readonly Block[]): string =>
  withoutPings(toLines(blocks, STYLE).map(printLine).join('\n'))

const NESTED_QUOTE = '› '

function printLine(line: Line): string {
  const quote = line.quotes > 0 ? `> ${NESTED_QUOTE.repeat(line.quotes - 1)}` : ''
  if (line.kind === 'rule') return `${quote}———`
  if (line.kind === 'code') {
    return fence(line)
      .split('\n')
      .map((one) => quote + one)
      .join('\n')
  }
  return quote + printText(line)
}

const fence = ({ language, value }: CodeLine): string => `\`\`\`${language}\n${inFence(value)}\n\`\`\``

function printText({ lead, content: written, depth }: TextLine): string {
  const content = laidOut(written)
  if (content.length === 0) return lead
  if (depth === undefined) return lead + escapeLineStart(inlines(content))
  if (depth > DEEPEST_HEADING || lead !== '')
    return lead + inlines(laidOut([{ type: 'strong', children: plainer(written) }]))
  return `${'#'.repeat(depth)} ${inlines(content)}`
}

const laidOut = (content: readonly Inline[]): Inline[] => hoistSpaces(freed(content))

/**
 * Discord ends a style at its mark even inside code and addresses, so what holds one stands between two
 * stretches of the style.
 */
function freed(nodes: readonly Inline[]): Inline[] {
  return nodes.flatMap((node): Inline[] => {
    if (node.type !== 'strong' && node.type !== 'emphasis' && node.type !== 'strike') return [node]
    const char = node.type === 'strike' ? '~' : '*'
    const pieces: Inline[] = []
    let styled: Inline[] = []
    const flush = (): void => {
      if (styled.length > 0) pieces.push({ ...node, children: styled })
      styled = []
    }
    for (const child of freed(node.children)) {
      if (holds(child, char)) {
        flush()
        pieces.push(child)
      } else styled.push(child)
    }
    flush()
    return pieces
  })
}

function holds(node: Inline, char: string): boolean {
  if (node.type === 'code') return node.value.includes(char)
  if (node.type === 'link') return link(node).includes(char)
  return 'children' in node && node.children.some((child) => holds(child, char))
}

function inlines(nodes: readonly Inline[]): string {
  let result = ''
  for (const node of nodes) {
    const printed = inline(node)
    // Marks of two neighbours would be read as one.
    const touches = /(?<!\\)[*~]$/.test(result) && /^[*~]/.test(printed)
    result += touches ? `\u200b${printed}` : printed
  }
  return result
}

function inline(node: Inline): string {
  switch (node.type) {
    case 'text':
      return escapeText(node.value)
    case 'code':
      return inlineCode(node.value)
    case 'break':
      return '\n'
    case 'strong':
      return `**${inlines(node.children)}**`
    case 'emphasis':
      return `*${inlines(node.children)}*`
    case 'strike':
      return `~~${inlines(node.children)}~~`
    case 'link':
      return link(node)
  }
}

/** Discord shows no masked link whose label looks like an address, and only web addresses as links. */
function link(node: Link): string {
  const label = plainText(node.children)
  const url = urlWithoutPings(node.url)
  if (url.startsWith('mailto:')) {
    return isBare(node, label) ? escapeText(label) : `${inlines(node.children)} (${escapeText(url.slice(7))})`
  }
  if (isBare(node, label)) return `<${url}>`
  if (/:\/\/|www\.|discord\.gg/i.test(label) || label.trim() === '') return `${escapeText(label)} (<${url}>)`
  return `[${inlines(node.children)}](<${url}>)`
}

function plainer(nodes: readonly Inline[]): Inline[] {
  return nodes.flatMap((node): Inline[] => {
    if (!('children' in node)) return [node]
    const children = plainer(node.children)
    return node.type === 'strong' ? children : [{ ...node, children }]
  })
}
