import { type CodeLine, type Line, type TextLine, toLines } from '../../src/markdown/lines.ts'
import { parseMarkdown } from '../../src/markdown/parse.ts'
import { split } from '../../src/markdown/split.ts'
import { fitTables } from '../../src/markdown/table-layout.ts'
import { type Block, type Inline, isBare } from '../../src/markdown/tree.ts'
import type { FormattedPart, Target } from '../../src/model/outbound.ts'
import { type Entity, type EntityText, sortEntities, trimmed, without, withoutMentions } from './entities.ts'
import { isShownAsLink } from './links.ts'
import { richMessage } from './rich.ts'

/** Of UTF-16 units, which is never less than what Telegram counts. */
const MAX_LENGTH = 4096
/** Telegram drops the formatting beyond. */
const MAX_ENTITIES = 100
const TABLE_COLUMNS = 60

const STYLE = {
  bullets: ['• ', '◦ ', '▪ '],
  checked: '☑ ',
  unchecked: '☐ ',
  indent: () => '    ',
}

/**
 * Text with entities: nothing needs to be escaped, and nothing can fail to parse. Body: `{ text, entities,
 * linkPreviews?, rich? }`: where it is wanted, a text with a table that fits one message comes in Telegram's rich form
 * too.
 */
export function format(
  markdown: string,
  { linkPreviews, richText }: Pick<Target, 'linkPreviews' | 'richText'> = {},
): readonly FormattedPart[] {
  const parsed = parseMarkdown(markdown)
  const blocks = fitTables(parsed, TABLE_COLUMNS)
  const parts = split(blocks, { limit: MAX_LENGTH, measure: (part) => sizeOf(print(part)) })
    .map(print)
    .filter(({ text }) => /[^\s\p{Cf}]/u.test(text))
    .map(({ text, entities }) => ({ body: { text, entities, ...(linkPreviews ? { linkPreviews } : {}) } }))
  const [only] = parts
  const rich = richText && parts.length === 1 ? richMessage(parsed) : undefined
  return rich && only ? [{ body: { ...only.body, rich } }] : parts
}

const sizeOf = ({ text, entities }: EntityText): number =>
  Math.max(text.length, (entities.length / MAX_ENTITIES) * MAX_LENGTH)

function print(blocks: readonly Block[]): EntityText {
  const page = createPage()
  for (const line of toLines(blocks, STYLE)) page.line(line)
  return page.end()
}

const NESTED_QUOTE = '› '
const RULE = '———'

function createPage(): { line(line: Line): void; end(): EntityText } {
  let text = ''
  const entities: Entity[] = []
  let quoteFrom: number | undefined

  const endQuote = (): void => {
    if (quoteFrom === undefined) return
    entities.push({
      type: 'blockquote',
      offset: quoteFrom,
      length: text.replace(/\n+$/, '').length - quoteFrom,
    })
    quoteFrom = undefined
  }

  const code = (line: CodeLine): void => {
    const language = line.language === '' ? {} : { language: line.language }
    entities.push({ type: 'pre', offset: text.length, length: line.value.length, ...language })
    text += line.value
  }

  const words = (line: TextLine): void => {
    text += NESTED_QUOTE.repeat(Math.max(0, line.quotes - 1))
    // Telegram takes white space off the start of a message.
    text += text === '' ? line.lead.trimStart() : line.lead
    const holes: [number, number][] = []
    const write = (inlines: readonly Inline[], isLink: boolean): void => {
      for (const inline of inlines) {
        const from = text.length
        const styled = (entity: (offset: number, length: number) => Entity): void => {
          const inside = holes.filter(([start]) => start >= from)
          for (const [start, end] of without(from, text.length, inside))
            entities.push(entity(start, end - start))
        }
        switch (inline.type) {
          case 'text':
            text += text === '' ? inline.value.trimStart() : inline.value
            break
          case 'code':
            text += inline.value
            // A link can hold no code.
            if (isLink) break
            holes.push([from, text.length])
            entities.push({ type: 'code', offset: from, length: inline.value.length })
            break
          case 'break':
            text += '\n'
            break
          case 'link': {
            write(inline.children, true)
            if (isShownAsLink(inline.url)) {
              styled((offset, length) => ({ type: 'text_link', offset, length, url: inline.url }))
            } else if (!isBare(inline)) text += ` (${inline.url.replace(/^mailto:/, '')})`
            break
          }
          default: {
            write(inline.children, isLink)
            const type = ENTITY_TYPES[inline.type]
            styled((offset, length) => ({ type, offset, length }))
          }
        }
      }
    }
    const isHeading = line.depth !== undefined
    write(isHeading ? [{ type: 'strong', children: unbold(line.content) }] : line.content, false)
  }

  return {
    line(line) {
      const isFirst = text === ''
      if (line.quotes === 0) endQuote()
      if (!isFirst) text += '\n'
      if (line.quotes > 0) quoteFrom ??= text.length
      if (line.kind === 'code') code(line)
      else if (line.kind === 'rule') text += RULE
      else words(line)
    },
    end() {
      endQuote()
      return withoutMentions(trimmed({ text, entities: sortEntities(entities) }))
    },
  }
}

const ENTITY_TYPES = { strong: 'bold', emphasis: 'italic', strike: 'strikethrough' } as const

function unbold(inlines: readonly Inline[]): Inline[] {
  return inlines.flatMap((inline): Inline[] => {
    if (!('children' in inline)) return [inline]
    const children = unbold(inline.children)
    return inline.type === 'strong' ? children : [{ ...inline, children }]
  })
}
