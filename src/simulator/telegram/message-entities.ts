import { badRequest } from './api-error.ts'

/** Offsets and lengths count UTF-16 units. */
export interface MessageEntity {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly url?: string
  readonly user?: { readonly id: number }
  readonly language?: string
  readonly custom_emoji_id?: string
  readonly unix_time?: number
  readonly date_time_format?: string
}

export interface FormattedText {
  readonly text: string
  readonly entities: readonly MessageEntity[]
}

/** Lower encloses higher where two entities cover the same text, as in TDLib. */
const priorities: Readonly<Record<string, number>> = {
  blockquote: 0,
  expandable_blockquote: 0,
  pre: 11,
  code: 20,
  text_link: 49,
  text_mention: 49,
  bold: 90,
  italic: 91,
  underline: 92,
  strikethrough: 93,
  spoiler: 94,
  date_time: 98,
  custom_emoji: 99,
}
const detected = /^(mention|hashtag|cashtag|bot_command|url|email|phone_number|bank_card_number)$/
const splittable = /^(bold|italic|underline|strikethrough|spoiler)$/
const quote = /^(expandable_)?blockquote$/

export const endOf = (entity: MessageEntity): number => entity.offset + entity.length
export const isFixedWidth = (entity: MessageEntity): boolean =>
  entity.type === 'pre' || entity.type === 'code'

export function sortEntities(entities: readonly MessageEntity[]): MessageEntity[] {
  const rank = (entity: MessageEntity): number => priorities[entity.type] ?? 50
  return [...entities].sort(
    (a, b) => a.offset - b.offset || b.length - a.length || rank(a) - rank(b) || (a.type < b.type ? -1 : 1),
  )
}

const isInsideSymbol = (text: string, at: number): boolean =>
  /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(at))

/**
 * Refuses what the real server refuses, and overlaps and nestings that it would quietly repair.
 * Returns the entities a bot may set: types that the server detects by itself are ignored in input.
 */
export function checkedEntities(text: string, entities: readonly MessageEntity[]): MessageEntity[] {
  for (const entity of entities) checkEntity(text, entity)
  const kept = sortEntities(entities.filter((entity) => !detected.test(entity.type)))
  checkNesting(kept)
  return kept
}

function checkEntity(text: string, entity: MessageEntity): void {
  if (!(entity.type in priorities) && !detected.test(entity.type))
    throw badRequest("can't parse MessageEntity: Unsupported type specified")
  if (entity.type === 'text_link' && !entity.url)
    throw badRequest(`can't parse MessageEntity: ${lacks('url')}`)
  if (entity.type === 'text_mention' && !entity.user)
    throw badRequest(`can't parse MessageEntity: ${lacks('user')}`)
  if (entity.type === 'text_link' && entity.url !== undefined && checkedLink(entity.url) === undefined)
    throw badRequest(`entity URL '${entity.url}' is invalid: Wrong HTTP URL`)
  if (entity.offset < 0) throw badRequest(`receive an entity with incorrect offset ${entity.offset}`)
  if (entity.length <= 0) throw badRequest(`receive an entity with incorrect length ${entity.length}`)
  if (endOf(entity) > text.length)
    throw badRequest(
      `entity beginning at UTF-16 offset ${entity.offset} ends after the end of the text at UTF-16 offset ${endOf(entity)}`,
    )
  if (isInsideSymbol(text, entity.offset))
    throw badRequest(
      `entity begins in a middle of a UTF-16 symbol at byte offset ${byteOffset(text, entity.offset)}`,
    )
  if (isInsideSymbol(text, endOf(entity)))
    throw badRequest(
      `entity beginning at UTF-16 offset ${entity.offset} ends in a middle of a UTF-16 symbol at byte offset ${byteOffset(text, endOf(entity))}`,
    )
}

const lacks = (field: string): string => `Can't find field "${field}"`

function checkNesting(sorted: readonly MessageEntity[]): void {
  const open: MessageEntity[] = []
  for (const entity of sorted) {
    while (open.length > 0 && endOf(open[open.length - 1] ?? entity) <= entity.offset) open.pop()
    const outer = open[open.length - 1]
    if (outer && endOf(entity) > endOf(outer))
      throw badRequest(`can't parse entities: ${entity.type} at ${entity.offset} overlaps ${outer.type}`)
    const clash = open.find((one) => !mayContain(one, entity))
    if (clash)
      throw badRequest(
        `can't parse entities: ${entity.type} at ${entity.offset} can't be inside ${clash.type}`,
      )
    open.push(entity)
  }
}

/** core.telegram.org/bots/api#formatting-options: what pre, code and quotes may hold. */
function mayContain(outer: MessageEntity, inner: MessageEntity): boolean {
  if (isFixedWidth(outer)) return false
  if (isFixedWidth(inner)) return quote.test(outer.type)
  if (quote.test(inner.type)) return !quote.test(outer.type) && splittable.test(outer.type)
  return outer.type !== inner.type
}

/** What parsing yields may cover code with bold: the server takes such styles off the code. */
export function normalizedEntities(entities: readonly MessageEntity[]): MessageEntity[] {
  const fixed = entities.filter(isFixedWidth)
  const pieces = entities.flatMap((entity) => {
    if (!splittable.test(entity.type)) return [entity]
    return fixed.reduce<MessageEntity[]>((left, hole) => left.flatMap((one) => without(one, hole)), [entity])
  })
  return sortEntities(pieces.filter((entity) => entity.length > 0))
}

function without(entity: MessageEntity, hole: MessageEntity): MessageEntity[] {
  if (hole.offset >= endOf(entity) || endOf(hole) <= entity.offset) return [entity]
  return [
    { ...entity, length: Math.max(0, hole.offset - entity.offset) },
    { ...entity, offset: endOf(hole), length: Math.max(0, endOf(entity) - endOf(hole)) },
  ].filter((piece) => piece.length > 0)
}

export const byteOffset = (text: string, at: number): number => Buffer.byteLength(text.slice(0, at))

/** The URL as Telegram stores it, or undefined for what it does not take for a link. */
export function checkedLink(url: string): string | undefined {
  const given = url.trim()
  if (/^(tg|ton|tonsite):/i.test(given)) return given
  const whole =
    /^[a-z][a-z0-9+.-]*:/i.test(given) && !/^[^/]*\.[^/]*:\d/.test(given) ? given : `http://${given}`
  if (!URL.canParse(whole)) return undefined
  const parsed = new URL(whole)
  if (!/^https?:$/.test(parsed.protocol)) return undefined
  return parsed.hostname.includes('.') || parsed.hostname.startsWith('[') ? parsed.href : undefined
}

export function mentionedUser(url: string): number | undefined {
  const id = /^tg:(?:\/\/)?user\/?\?id=(\d+)$/i.exec(url.trim())?.[1]
  return id === undefined ? undefined : Number(id)
}

/** What a link in markup becomes: a link, a mention of a user, or nothing where the URL is none. */
export function linkEntity(url: string, offset: number, length: number): MessageEntity | undefined {
  const userId = mentionedUser(url)
  if (userId !== undefined) return { type: 'text_mention', offset, length, user: { id: userId } }
  const link = checkedLink(url)
  return link === undefined ? undefined : { type: 'text_link', offset, length, url: link }
}
