import type catalogue from '../../config/locales/en.json'

export type SentenceKey = keyof typeof catalogue

/** One of the bot's own sentences, by its key in the catalogue; worded in the reader's language at the edge. */
export interface Sentence {
  readonly key: SentenceKey
  readonly values?: Readonly<Record<string, string | number>>
}

export function sentence(key: SentenceKey, values?: Sentence['values']): Sentence {
  return values === undefined ? { key } : { key, values }
}
