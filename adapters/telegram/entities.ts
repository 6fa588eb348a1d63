/** A Bot API MessageEntity of the kinds we write. Offsets and lengths count UTF-16 units. */
export type Entity = { readonly offset: number; readonly length: number } & (
  | { readonly type: 'bold' | 'italic' | 'strikethrough' | 'code' | 'blockquote' }
  | { readonly type: 'pre'; readonly language?: string }
  | { readonly type: 'text_link'; readonly url: string }
)

export interface EntityText {
  readonly text: string
  readonly entities: readonly Entity[]
}

/** Outer before inner where two cover the same text; the order Telegram gives them back in. */
const RANK: Readonly<Record<Entity['type'], number>> = {
  blockquote: 0,
  pre: 11,
  code: 20,
  text_link: 49,
  bold: 90,
  italic: 91,
  strikethrough: 93,
}

/** Sorted, empty ones left out. */
export function sortEntities(entities: readonly Entity[]): Entity[] {
  return entities
    .filter(({ length }) => length > 0)
    .sort((a, b) => a.offset - b.offset || b.length - a.length || RANK[a.type] - RANK[b.type])
}

/**
 * As Telegram trims it: without white space at the end and before what is styled first, and without entities
 * that would cover nothing else.
 */
export function trimmed({ text, entities }: EntityText): EntityText {
  const end = text.trimEnd().length
  const kept = entities.flatMap((entity) => {
    const length = Math.min(entity.length, end - entity.offset)
    const isSeen = length > 0 && text.slice(entity.offset, entity.offset + length).trim() !== ''
    return isSeen ? [{ ...entity, length }] : []
  })
  const start = Math.min(text.length - text.trimStart().length, kept[0]?.offset ?? end)
  if (start === 0) return { text: text.slice(0, end), entities: kept }
  return {
    text: text.slice(start, end),
    entities: kept.map((entity) => ({ ...entity, offset: entity.offset - start })),
  }
}

/** The parts of a stretch that none of the holes covers. Holes are in order and do not overlap. */
export function without(
  from: number,
  to: number,
  holes: readonly (readonly [from: number, to: number])[],
): [from: number, to: number][] {
  const pieces: [number, number][] = []
  let at = from
  for (const [start, end] of holes) {
    if (start > at) pieces.push([at, start])
    at = end
  }
  if (to > at) pieces.push([at, to])
  return pieces
}

const WORD_JOINER = '\u2060'
const NAME = /(?<![A-Za-z0-9_])@(?=[A-Za-z0-9_])/g

/** Telegram makes mentions of names by itself, except in code: a word joiner after the @ prevents it. */
export function withoutMentions({ text, entities }: EntityText): EntityText {
  if (!text.includes('@')) return { text, entities }
  const code = entities.filter(({ type }) => type === 'pre' || type === 'code')
  const places: number[] = []
  let next = 0
  for (const { index } of text.matchAll(NAME)) {
    for (let one = code[next]; one && one.offset + one.length <= index; one = code[next]) next++
    const shelter = code[next]
    if (shelter === undefined || index < shelter.offset) places.push(index + 1)
  }
  let result = ''
  let from = 0
  for (const place of places) {
    result += text.slice(from, place) + WORD_JOINER
    from = place
  }
  /** How many joiners stand before this offset. */
  const before = (offset: number): number => {
    let low = 0
    let high = places.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((places[middle] ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return low
  }
  const moved = entities.map((entity): Entity => {
    const offset = entity.offset + before(entity.offset)
    const end = entity.offset + entity.length
    return { ...entity, offset, length: end + before(end) - offset }
  })
  return { text: result + text.slice(from), entities: moved }
}
