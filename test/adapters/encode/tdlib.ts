import { createRequire } from 'node:module'
import type { SentEntity } from './readers/telegram.ts'

/** Telegram's own library, offline: its parser of entities runs without a network. */
export interface Tdlib {
  /** The entities as Telegram keeps them, or why it refuses them. */
  keep(text: string, entities: readonly SentEntity[]): readonly SentEntity[] | string
  /** Names, commands and the like that Telegram finds in a text by itself. */
  detect(text: string): readonly SentEntity[]
}

interface TdEntity {
  readonly offset: number
  readonly length: number
  readonly type: { readonly _: string; readonly url?: string; readonly language?: string }
}

const TYPES: Readonly<Record<string, string>> = {
  bold: 'Bold',
  italic: 'Italic',
  strikethrough: 'Strikethrough',
  code: 'Code',
  blockquote: 'BlockQuote',
  text_link: 'TextUrl',
}

/** Undefined where `tdl` or `prebuilt-tdlib` is not installed for this machine. */
export function openTdlib(): Tdlib | undefined {
  const require = createRequire(import.meta.url)
  let execute: (query: object) => Record<string, unknown>
  try {
    const tdl: {
      configure(options: object): void
      execute(query: object): Record<string, unknown>
    } = require('tdl')
    const prebuilt: { getTdjson(): string } = require('prebuilt-tdlib')
    tdl.configure({ tdjson: prebuilt.getTdjson(), verbosityLevel: 0 })
    execute = (query) => tdl.execute(query)
    execute({ _: 'getTextEntities', text: 'x' })
  } catch {
    return undefined
  }
  return {
    keep(text, entities) {
      // This call also reads Markdown; without its marks only the entities given are left.
      const unmarked = text.replace(/[*_~|`[\]()]/g, 'x')
      const answer = execute({
        _: 'parseMarkdown',
        text: { _: 'formattedText', text: unmarked, entities: entities.map(toTd) },
      })
      if (answer._ === 'error') return String(answer.message)
      return answer.text === unmarked ? fromTd(answer.entities) : `the text became ${answer.text}`
    },
    detect: (text) => fromTd(execute({ _: 'getTextEntities', text }).entities),
  }
}

function toTd({ type, offset, length, url, language }: SentEntity): object {
  const td =
    type === 'pre'
      ? language === undefined
        ? { _: 'textEntityTypePre' }
        : { _: 'textEntityTypePreCode', language }
      : { _: `textEntityType${TYPES[type] ?? type}`, ...(url === undefined ? {} : { url }) }
  return { _: 'textEntity', offset, length, type: td }
}

function fromTd(entities: unknown): SentEntity[] {
  const list: readonly TdEntity[] = Array.isArray(entities) ? entities : []
  return list.map(({ offset, length, type }) => {
    const name = type._.replace('textEntityType', '')
    const known = Object.entries(TYPES).find(([, td]) => td === name)?.[0]
    return {
      type: name.startsWith('Pre') ? 'pre' : (known ?? name),
      offset,
      length,
      ...(type.url === undefined ? {} : { url: type.url }),
      ...(type.language === undefined ? {} : { language: type.language }),
    }
  })
}
