import { endOf, isFixedWidth, type MessageEntity, sortEntities } from './message-entities.ts'

const patterns: readonly { readonly type: string; readonly pattern: RegExp }[] = [
  { type: 'url', pattern: /(?<![\p{L}\p{N}_@./:])https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}]/giu },
  {
    type: 'email',
    pattern: /(?<![\p{L}\p{N}_.+-])[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}\b/giu,
  },
  {
    type: 'url',
    pattern:
      /(?<![\p{L}\p{N}_@./:-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|me|app|ai|pt|de|uk|info|eu)(?![\p{L}\p{N}_-])(?:\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]}])?/giu,
  },
  { type: 'mention', pattern: /(?<![\p{L}\p{N}_])@[a-z0-9_]{2,32}(?![\p{L}\p{N}_])/giu },
  {
    type: 'bot_command',
    pattern: /(?<![\p{L}\p{N}_/<>])\/[a-z0-9_]{1,64}(?:@[a-z0-9_]{3,32})?(?![\p{L}\p{N}_/<>@])/giu,
  },
  {
    type: 'hashtag',
    pattern: /(?<![\p{L}\p{N}_#])#(?=[\p{N}_]*\p{L})[\p{L}\p{N}_]{1,256}(?![\p{L}\p{N}_#])/gu,
  },
  { type: 'cashtag', pattern: /(?<![\p{L}\p{N}_$])\$[A-Z]{1,8}(?![\p{L}\p{N}_$])/gu },
]

/** Adds the entities that Telegram finds by itself, outside code and links. */
export function detectEntities(text: string, given: readonly MessageEntity[] = []): MessageEntity[] {
  const taken = given.filter(
    (entity) => isFixedWidth(entity) || /^text_|^custom_emoji|^date_time/.test(entity.type),
  )
  const found: MessageEntity[] = []
  for (const { type, pattern } of patterns) {
    for (const match of text.matchAll(pattern)) {
      const entity = { type, offset: match.index, length: match[0].length }
      const free = [...taken, ...found].every(
        (other) => endOf(other) <= entity.offset || endOf(entity) <= other.offset,
      )
      if (free) found.push(entity)
    }
  }
  return sortEntities([...given, ...found])
}
