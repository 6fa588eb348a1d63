import { badRequest } from './api-error.ts'
import { byteOffset, type FormattedText, linkEntity, type MessageEntity } from './message-entities.ts'

const simpleTags: Readonly<Record<string, string>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
}
const otherTags = ['a', 'pre', 'code', 'blockquote', 'tg-emoji', 'tg-time']
const namedReferences: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' }

interface OpenTag {
  readonly name: string
  readonly offset: number
  readonly attributes: ReadonlyMap<string, string>
}

const refuse = (reason: string): never => {
  throw badRequest(`can't parse entities: ${reason}`)
}

/** Character references Telegram knows; any other `&` stays text. */
const decoded = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));?/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return namedReferences[name] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0 && code < 0x10ffff ? String.fromCodePoint(code) : whole
  })

/** core.telegram.org/bots/api#html-style, with the refusals of the real parser. */
export function parseHtml(source: string): FormattedText {
  let text = ''
  let at = 0
  const open: OpenTag[] = []
  const entities: MessageEntity[] = []
  while (at < source.length) {
    const tagAt = source.indexOf('<', at)
    text += decoded(source.slice(at, tagAt < 0 ? source.length : tagAt))
    if (tagAt < 0) break
    at = source.charAt(tagAt + 1) === '/' ? endTag(tagAt) : startTag(tagAt)
  }
  const left = open.pop()
  if (left) refuse(`Can't find end tag corresponding to start tag "${left.name}"`)
  if (!text.isWellFormed())
    refuse(
      'Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units',
    )
  return { text, entities }

  function startTag(tagAt: number): number {
    const where = `at byte offset ${byteOffset(source, tagAt)}`
    const name = (/^[^\s>]*/.exec(source.slice(tagAt + 1))?.[0] ?? '').toLowerCase()
    if (tagAt + 1 + name.length >= source.length) refuse(`Unclosed start tag ${where}`)
    if (!(name in simpleTags) && !otherTags.includes(name)) refuse(`Unsupported start tag "${name}" ${where}`)
    const { attributes, end } = readAttributes(source, tagAt + 1 + name.length, name, where)
    if (name === 'span' && attributes.get('class') !== 'tg-spoiler')
      refuse(`Tag "span" must have class "tg-spoiler" ${where}`)
    open.push({ name, offset: text.length, attributes })
    return end
  }

  function endTag(tagAt: number): number {
    const where = `at byte offset ${byteOffset(source, tagAt)}`
    const tag = open.pop()
    if (!tag) return refuse(`Unexpected end tag ${where}`)
    const match = /^<\/([^\s>]*)\s*>/.exec(source.slice(tagAt))
    if (!match) return refuse(`Unclosed end tag ${where}`)
    const name = (match[1] ?? '').toLowerCase()
    if (name !== '' && name !== tag.name)
      refuse(`Unmatched end tag ${where}, expected "</${tag.name}>", found "</${name}>"`)
    const entity = entityOf(tag, text, entities)
    if (entity) entities.push(entity)
    return tagAt + match[0].length
  }
}

function readAttributes(
  source: string,
  from: number,
  tag: string,
  where: string,
): { attributes: ReadonlyMap<string, string>; end: number } {
  const attributes = new Map<string, string>()
  const flags = tag === 'blockquote' ? ['expandable'] : []
  let at = from
  for (;;) {
    at += /^\s*/.exec(source.slice(at))?.[0].length ?? 0
    if (at >= source.length) return refuse(`Unclosed start tag ${where}`)
    if (source.charAt(at) === '>') return { attributes, end: at + 1 }
    const name = /^[^\s=>]*/.exec(source.slice(at))?.[0] ?? ''
    if (name === '') return refuse(`Empty attribute name in the tag "${tag}" ${where}`)
    at += name.length
    const equals = /^\s*=\s*/.exec(source.slice(at))?.[0]
    if (equals === undefined) {
      if (!flags.includes(name))
        return refuse(`Expected equal sign in declaration of an attribute of the tag "${tag}" ${where}`)
      attributes.set(name, '')
      continue
    }
    at += equals.length
    const value = /^(?:"([^"]*)"|'([^']*)'|([\w.-]+)(?=[\s>]))/.exec(source.slice(at))
    if (!value) {
      if (/^["']|^$/.test(source.slice(at))) return refuse(`Unclosed start tag ${where}`)
      return refuse(`Unexpected end of name token at byte offset ${byteOffset(source, at)}`)
    }
    attributes.set(name.toLowerCase(), decoded(value[1] ?? value[2] ?? (value[3] ?? '').toLowerCase()))
    at += value[0].length
  }
}

function entityOf(tag: OpenTag, text: string, closed: MessageEntity[]): MessageEntity | undefined {
  const { offset } = tag
  const length = text.length - offset
  if (length <= 0) return undefined
  const simple = simpleTags[tag.name]
  if (simple !== undefined) return { type: simple, offset, length }
  if (tag.name === 'blockquote')
    return { type: tag.attributes.has('expandable') ? 'expandable_blockquote' : 'blockquote', offset, length }
  if (tag.name === 'a') return linkEntity(tag.attributes.get('href') ?? text.slice(offset), offset, length)
  if (tag.name === 'tg-emoji') {
    const id = tag.attributes.get('emoji-id') ?? ''
    if (!/^-?[1-9]\d*$/.test(id)) refuse('Invalid custom emoji identifier specified')
    return { type: 'custom_emoji', offset, length, custom_emoji_id: id }
  }
  if (tag.name === 'tg-time') {
    const time = Number(tag.attributes.get('unix'))
    if (!Number.isInteger(time)) refuse('Invalid date-time specified')
    return { type: 'date_time', offset, length, unix_time: time }
  }
  return codeEntity(tag, offset, length, closed)
}

/** `<pre><code class="language-x">` is one block with a language, not two entities. */
function codeEntity(
  tag: OpenTag,
  offset: number,
  length: number,
  closed: MessageEntity[],
): MessageEntity | undefined {
  const language = /^language-(.+)$/.exec(tag.attributes.get('class') ?? '')?.[1]
  if (tag.name === 'code')
    return { type: 'code', offset, length, ...(language === undefined ? {} : { language }) }
  const inner = closed[closed.length - 1]
  if (inner?.type !== 'code' || inner.offset !== offset || inner.length !== length)
    return { type: 'pre', offset, length }
  closed.pop()
  return { ...inner, type: 'pre' }
}
