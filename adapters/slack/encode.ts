import { type Line, type TextLine, toLines } from '../../src/markdown/lines.ts'
import { parseMarkdown } from '../../src/markdown/parse.ts'
import { split } from '../../src/markdown/split.ts'
import { fitTables } from '../../src/markdown/table-layout.ts'
import { type Block, type Inline, type Link, plainText } from '../../src/markdown/tree.ts'
import type { FormattedPart, Target } from '../../src/model/outbound.ts'
import {
  inFence,
  inlineCode,
  joinTokens,
  literal,
  literalLineStart,
  type Token,
  urlWithoutPings,
  withoutPings,
} from './mrkdwn.ts'

/** Slack advises 4000; escapes count. */
const MAX_LENGTH = 3900
const TABLE_COLUMNS = 80

const STYLE = {
  bullets: ['• ', '◦ ', '▪ '],
  checked: '☑ ',
  unchecked: '☐ ',
  indent: () => '    ',
}

/** Slack's mrkdwn. Body: `{ text, linkPreviews? }`. */
export function format(
  markdown: string,
  { linkPreviews }: Pick<Target, 'linkPreviews'> = {},
): readonly FormattedPart[] {
  const blocks = fitTables(parseMarkdown(markdown), TABLE_COLUMNS)
  return split(blocks, { limit: MAX_LENGTH, measure: (part) => print(part).length })
    .map(print)
    .filter((text) => /[^\s\p{Cf}]/u.test(text))
    .map((text) => ({ body: { text, ...(linkPreviews ? { linkPreviews } : {}) } }))
}

const print = (blocks: readonly Block[]): string =>
  withoutPings(toLines(blocks, STYLE).map(printLine).join('\n'))

const NESTED_QUOTE = '› '

function printLine(line: Line): string {
  // A quote cannot hold a fence: the fence stands between two quotes.
  if (line.kind === 'code') return `\`\`\`\n${inFence(line.value)}\n\`\`\``
  const quote = line.quotes > 0 ? `> ${NESTED_QUOTE.repeat(line.quotes - 1)}` : ''
  return quote + (line.kind === 'rule' ? '———' : printText(line))
}

function printText({ lead, content, depth }: TextLine): string {
  const styled: readonly Inline[] = depth === undefined ? content : [{ type: 'strong', children: content }]
  return lead + literalLineStart(joinTokens(tokensOf(styled, new Set())))
}

const MARKS = { strong: '*', emphasis: '_', strike: '~' } as const

function tokensOf(inlines: readonly Inline[], within: ReadonlySet<string>): Token[] {
  return inlines.flatMap((inline): Token[] => {
    switch (inline.type) {
      case 'text':
        return [{ kind: 'text', value: literal(inline.value) }]
      case 'code':
        return [
          { kind: 'open', mark: '`' },
          { kind: 'text', value: inlineCode(inline.value) },
          { kind: 'close', mark: '`' },
        ]
      case 'break':
        return [{ kind: 'text', value: '\n' }]
      case 'link':
        return [{ kind: 'text', value: link(inline) }]
      default: {
        const inner = tokensOf(inline.children, new Set([...within, inline.type]))
        if (within.has(inline.type)) return inner
        const mark = MARKS[inline.type]
        return [{ kind: 'open', mark }, ...inner, { kind: 'close', mark }]
      }
    }
  })
}

/** Labels are plain text. */
function link(node: Link): string {
  const label = inlineCode(plainText(node.children))
  const url = urlWithoutPings(node.url).replaceAll('&', '&amp;')
  return label === url ? `<${url}>` : `<${url}|${label}>`
}
