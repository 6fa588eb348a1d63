import { describe, expect, it } from 'vitest'
import { heal } from '../../../src/markdown/heal.ts'
import { commonmarkExamples, textOfHtml } from '../../markdown/commonmark.ts'
import { platforms } from './platforms.ts'
import { lostWords, wordsOf } from './words.ts'

const examples = commonmarkExamples()
/** A fence right under HTML is read as a fence, as people mean it: its language is not shown as text. */
const FENCE_UNDER_HTML = 161

const moments = (length: number): number[] =>
  Array.from({ length: 6 }, (_, at) => Math.ceil((length * (at + 0.5)) / 6))

it('is the whole specification', () => {
  expect(examples).toHaveLength(652)
})

describe.each(platforms)('the 652 examples on $name', (platform) => {
  it('lose no word', () => {
    const lost = examples.flatMap(({ number, markdown, html }) => {
      if (number === FENCE_UNDER_HTML) return []
      const shown = platform.format(markdown).flatMap((part) => wordsOf(platform.read(part)))
      return lostWords(wordsOf(textOfHtml(html)), shown).map((word) => `${number}: ${word}`)
    })
    expect(lost).toEqual([])
  })

  it('are well formed', () => {
    const faults = examples.flatMap(({ number, markdown }) =>
      platform
        .format(markdown)
        .flatMap((part) => platform.faults(part))
        .map((fault) => `${number}: ${fault}`),
    )
    expect(faults).toEqual([])
  })

  it('are well formed at each moment of their coming', () => {
    const faults = examples.flatMap(({ number, markdown }) =>
      moments(markdown.length).flatMap((end) =>
        platform
          .format(heal(markdown.slice(0, end)))
          .flatMap((part) => platform.faults(part))
          .map((fault) => `${number} up to ${end}: ${fault}`),
      ),
    )
    expect(faults).toEqual([])
  })
})
