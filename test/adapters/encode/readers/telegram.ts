import { commonFaults, type Reading, when, withoutSpacers } from './reading.ts'

export interface SentEntity {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly url?: string
  readonly language?: string
}

const MAX_TEXT = 4096
const MAX_ENTITIES = 100
const CODE = new Set(['pre', 'code'])

/** Reads a text with entities by the rules of core.telegram.org/bots/api#messageentity. */
export function readTelegram(text: string, entities: readonly SentEntity[]): Reading {
  const faults = [
    ...commonFaults(text),
    ...when(text.length > MAX_TEXT, `length ${text.length}`),
    ...when(entities.length > MAX_ENTITIES, `${entities.length} entities`),
    ...when(text.trimEnd() !== text, 'white space at the end'),
    ...when(
      text.trimStart() !== text && entities[0]?.offset !== 0,
      'white space at the start, which Telegram takes off',
    ),
  ]
  let previous: SentEntity | undefined
  const open: SentEntity[] = []
  for (const entity of entities) {
    const end = entity.offset + entity.length
    const name = `${entity.type} at ${entity.offset}`
    faults.push(
      ...when(
        !Number.isInteger(entity.offset) || entity.offset < 0 || entity.length < 1,
        `${name}: no stretch`,
      ),
      ...when(end > text.length, `${name}: beyond the end`),
      ...when(isInsidePair(text, entity.offset) || isInsidePair(text, end), `${name}: tears a character`),
      ...when(text.slice(entity.offset, end).trim() === '', `${name}: covers nothing`),
      ...when(previous !== undefined && previous.offset > entity.offset, `${name}: out of order`),
      ...when(
        entity.type === 'text_link' && !/^https?:\/\/\S+$/.test(entity.url ?? ''),
        `${name}: no address`,
      ),
      ...when(/\n$/.test(text.slice(entity.offset, end)), `${name}: ends in a line break`),
    )
    while (open.length > 0 && endOf(open.at(-1)) <= entity.offset) open.pop()
    for (const outer of open) {
      faults.push(
        ...when(end > endOf(outer), `${name}: leaves ${outer.type}`),
        ...when(CODE.has(outer.type), `${name}: inside code`),
        ...when(CODE.has(entity.type) && outer.type !== 'blockquote', `${name}: code inside ${outer.type}`),
        ...when(outer.type === entity.type, `${name}: inside its like`),
        ...when(entity.type === 'blockquote', `${name}: a quote inside ${outer.type}`),
      )
    }
    open.push(entity)
    previous = entity
  }
  return { text: withoutSpacers(withAddresses(text, entities)), faults }
}

const endOf = (entity: SentEntity | undefined): number => (entity ? entity.offset + entity.length : 0)

const isInsidePair = (text: string, at: number): boolean =>
  /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(at))

function withAddresses(text: string, entities: readonly SentEntity[]): string {
  let result = text
  for (const link of entities.filter(({ url }) => url !== undefined).reverse()) {
    const label = text.slice(link.offset, endOf(link))
    result = `${result.slice(0, link.offset)} ${label} ${link.url} ${result.slice(endOf(link))}`
  }
  return result
}
