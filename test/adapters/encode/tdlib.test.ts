import { describe, expect, it } from 'vitest'
import { format } from '../../../adapters/telegram/encode.ts'
import { heal } from '../../../src/markdown/heal.ts'
import { answers } from '../../markdown/answers.ts'
import { commonmarkExamples } from '../../markdown/commonmark.ts'
import { corpus } from '../../markdown/corpus.ts'
import { telegramEntities } from './platforms.ts'
import type { SentEntity } from './readers/telegram.ts'
import { openTdlib } from './tdlib.ts'

const tdlib = openTdlib()

const sources: readonly (readonly [name: string, markdown: string])[] = [
  ...Object.entries({ ...corpus, ...answers }),
  ...commonmarkExamples().map(({ number, markdown }) => [`example ${number}`, markdown] as const),
]

const moments = (markdown: string): string[] =>
  Array.from({ length: 2 }, (_, at) =>
    heal(markdown.slice(0, Math.floor((markdown.length * (at + 1)) / 3.1))),
  )

/** How each character is styled: Telegram cuts entities where others begin, which looks the same. */
function styles(entities: readonly SentEntity[]): string[] {
  const at: string[][] = []
  for (const { type, offset, length, url = '', language = '' } of entities) {
    for (let unit = offset; unit < offset + length; unit++) {
      at[unit] = [...(at[unit] ?? []), `${type} ${address(url)}${language}`]
    }
  }
  return Array.from(at, (here, unit) => `${unit}: ${(here ?? []).sort().join(', ')}`)
}

/** Telegram writes a host alone with its slash. */
const address = (url: string): string => (url === '' ? '' : new URL(url).href)

describe.runIf(tdlib)('Telegram itself', () => {
  it('keeps every text and entity as it was sent', { timeout: 60_000 }, () => {
    for (const [name, markdown] of sources) {
      for (const part of [markdown, ...moments(markdown)].flatMap((source) => format(source))) {
        const entities = telegramEntities(part)
        const kept = tdlib?.keep(`${part.body.text}`, entities)
        expect(typeof kept === 'object' ? styles(kept) : kept, name).toEqual(styles(entities))
      }
    }
  })

  it('finds no name to mention', () => {
    for (const [name, markdown] of sources) {
      for (const part of format(markdown)) {
        const code = telegramEntities(part).filter(({ type }) => type === 'pre' || type === 'code')
        const mentions = (tdlib?.detect(`${part.body.text}`) ?? []).filter(
          ({ type, offset }) =>
            type === 'Mention' &&
            !code.some((one) => one.offset <= offset && offset < one.offset + one.length),
        )
        expect(mentions, name).toEqual([])
      }
    }
  })
})
