import { badRequest } from './api-error.ts'
import type { RichContent } from './chats.ts'
import { blockFault, blockSize } from './rich-blocks.ts'

const limits = { characters: 32_768, blocks: 500, columns: 20, depth: 16 }
const tags = new Set(
  (
    'a b strong i em u ins s strike del code mark sub sup tg-spoiler tg-reference tg-emoji img tg-time tg-math h1 h2 h3 h4 ' +
    'h5 h6 p pre footer hr br ul ol li input blockquote cite aside video audio tg-document figure figcaption tg-map ' +
    'tg-collage tg-slideshow table caption tr th td details summary tg-math-block tg-button tg-button-row thead tbody span'
  ).split(' '),
)
const empty = /^(img|hr|br|input|tg-map)$/

/** Reads `rich_message`: exactly one form, within the published limits, its HTML balanced. */
export function richContent(given: Readonly<Record<string, unknown>>): RichContent {
  const forms = (['markdown', 'html', 'blocks'] as const).filter((form) => given[form] !== undefined)
  const [format] = forms
  if (forms.length !== 1 || format === undefined)
    throw badRequest('exactly one of the fields html, markdown, or blocks must be used in rich_message')
  const value = given[format]
  const source = typeof value === 'string' ? value : JSON.stringify(value)
  if (source.trim() === '' || source === '[]') throw badRequest('rich message must be non-empty')
  if (!source.isWellFormed()) throw badRequest('strings must be encoded in UTF-8')
  if (format === 'html') checkTags(source)
  if (format === 'markdown') checkMarkdown(source)
  if (format === 'blocks') {
    const fault = blockFault(value)
    if (fault) throw badRequest(fault)
    const { count, depth } = blockSize(value)
    if (count > limits.blocks) throw badRequest('too many blocks in rich message')
    if (depth > limits.depth) throw badRequest('rich message is nested too deeply')
  }
  if ([...source].length > limits.characters) throw badRequest('rich message is too long')
  return { format, source }
}

function checkMarkdown(source: string): void {
  const lines = source.split('\n')
  const blocks = source.split(/\n\s*\n|\n(?=[-*+] |\d+\. |#|\|)/).length
  if (blocks > limits.blocks) throw badRequest('too many blocks in rich message')
  const isRuler = (line: string): boolean => /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(line)
  const columns = lines.filter((line) => line.includes('|') && isRuler(line)).map(columnsOf)
  if (columns.some((count) => count > limits.columns)) throw badRequest('too many columns in table')
}

const columnsOf = (ruler: string): number => ruler.split('|').filter((cell) => cell.trim() !== '').length

function checkTags(source: string): void {
  const open: string[] = []
  for (const [tag, slash, rawName, selfClosed] of source.matchAll(/<(\/?)([a-z][a-z0-9-]*)[^>]*?(\/?)>/gi)) {
    const name = (rawName ?? '').toLowerCase()
    if (!tags.has(name)) throw badRequest(`can't parse rich message: unsupported tag "${name}"`)
    if (slash && open.pop() !== name)
      throw badRequest(`can't parse rich message: unexpected end tag "${tag}"`)
    if (!slash && !selfClosed && !empty.test(name)) open.push(name)
    if (open.length > limits.depth) throw badRequest('rich message is nested too deeply')
  }
  const left = open.pop()
  if (left)
    throw badRequest(`can't parse rich message: can't find end tag corresponding to start tag "${left}"`)
}
