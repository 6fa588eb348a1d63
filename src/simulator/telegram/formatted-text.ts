import { badRequest } from './api-error.ts'
import { detectEntities } from './entity-detection.ts'
import { parseHtml } from './html-mode.ts'
import { parseMarkdownV2 } from './markdown-v2.ts'
import {
  checkedEntities,
  endOf,
  type FormattedText,
  type MessageEntity,
  normalizedEntities,
} from './message-entities.ts'

export interface TextInput {
  readonly text: string
  readonly parseMode: string | undefined
  readonly entities: readonly MessageEntity[] | undefined
}

export const messageTextLimit = 4096
export const captionLimit = 1024

/** The text as it will stand in the chat: parsed, cleaned and trimmed, with detected entities. */
export function formatText(input: TextInput): FormattedText {
  if (!input.text.isWellFormed()) throw badRequest('strings must be encoded in UTF-8')
  if (Buffer.byteLength(input.text) > 1 << 15) throw badRequest('text is too long')
  if (input.parseMode && input.entities) throw badRequest('parse_mode and entities exclude each other')
  const parsed = parse(input)
  const cleaned = cleanText(parsed)
  // Code carries a language only inside pre.
  const entities = cleaned.entities.map((entity) =>
    entity.type === 'code' ? { type: 'code', offset: entity.offset, length: entity.length } : entity,
  )
  return { text: cleaned.text, entities: detectEntities(cleaned.text, normalizedEntities(entities)) }
}

function parse({ text, parseMode, entities }: TextInput): FormattedText {
  switch (parseMode?.toLowerCase()) {
    case undefined:
    case '':
      return { text, entities: checkedEntities(text, entities ?? []) }
    case 'markdownv2':
      return parseMarkdownV2(text)
    case 'html':
      return parseHtml(text)
    case 'markdown':
      throw badRequest('the legacy Markdown mode is refused here; use MarkdownV2 or HTML')
    default:
      throw badRequest('unsupported parse_mode')
  }
}

/** Carriage returns go, control characters become spaces, outer white space goes; entities move along. */
function cleanText({ text, entities }: FormattedText): FormattedText {
  const plain = Array.from(text, (char) => (char < ' ' && char !== '\n' && char !== '\r' ? ' ' : char)).join(
    '',
  )
  const start = /^[\s]*/.exec(plain)?.[0].length ?? 0
  const end = plain.trimEnd().length
  const kept: number[] = []
  let result = ''
  for (let at = 0; at < plain.length; at += 1) {
    kept.push(result.length)
    if (at >= start && at < end && plain.charAt(at) !== '\r') result += plain.charAt(at)
  }
  kept.push(result.length)
  const moved = entities.map((entity) => {
    const offset = kept[entity.offset] ?? result.length
    return { ...entity, offset, length: (kept[endOf(entity)] ?? result.length) - offset }
  })
  return { text: result, entities: moved.filter((entity) => entity.length > 0) }
}

export function messageText(input: TextInput): FormattedText {
  if (input.text === '') throw badRequest('message text is empty')
  const formatted = formatText(input)
  if (formatted.text === '') throw badRequest('text must be non-empty')
  if (formatted.text.length > messageTextLimit) throw badRequest('message is too long')
  return formatted
}

export function captionText(input: TextInput): FormattedText {
  const formatted = formatText(input)
  if (formatted.text.length > captionLimit) throw badRequest('message caption is too long')
  return formatted
}
