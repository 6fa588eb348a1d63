import { afterAll, describe, expect, it } from 'vitest'
import { heal } from '../../../src/markdown/heal.ts'
import { answers } from '../../markdown/answers.ts'
import { commonmarkExamples } from '../../markdown/commonmark.ts'
import { type Platform, platforms } from './platforms.ts'
import { lostWords, wordsOf, wordsOfMarkdown } from './words.ts'

const shownWords = (platform: Platform, markdown: string): string[] =>
  platform.format(markdown).flatMap((part) => wordsOf(platform.read(part)))

const faultsIn = (platform: Platform, markdown: string): string[] =>
  platform.format(markdown).flatMap((part) => platform.faults(part))

/** Samples of each answer while it comes; odd, so that long answers are not always cut alike. */
const MOMENTS = 13

it('is a corpus worth the name', () => {
  expect(Object.keys(answers).length).toBeGreaterThanOrEqual(60)
})

describe.each(platforms)('answers on $name', (platform) => {
  it.each(Object.entries(answers))('%s', (_, markdown) => {
    expect(faultsIn(platform, markdown)).toEqual([])
    expect(lostWords(wordsOfMarkdown(markdown), shownWords(platform, markdown))).toEqual([])
    for (const part of platform.format(markdown))
      expect(platform.sizeOf(part)).toBeLessThanOrEqual(platform.limit)
  })

  it('lose nothing that has come, at any moment of their coming', () => {
    for (const [name, markdown] of Object.entries(answers)) {
      const step = Math.max(7, Math.floor(markdown.length / MOMENTS))
      for (let end = step; end < markdown.length; end += step) {
        const now = markdown.slice(0, end)
        const healed = heal(now)
        expect(faultsIn(platform, healed), `${name} up to ${end}`).toEqual([])
        const lost = lostWords(wordsOfMarkdown(withoutHalves(now)), shownWords(platform, healed))
        expect(lost, `${name} up to ${end}`).toEqual([])
      }
    }
  })
})

/** Without what does not say yet what it will be: half a word, half an address, a list marker alone. */
const withoutHalves = (markdown: string): string =>
  markdown
    .replace(/\]\([^)\n]*$/, ']')
    .replace(/\S*$/, '')
    .replace(/(^|\n)[ \t]*\d{1,9}[.)][ \t]*$/, '')

afterAll(() => {
  const examples = commonmarkExamples()
  console.table(
    Object.fromEntries(
      platforms.map((platform) => {
        const sources = [...Object.values(answers), ...examples.map(({ markdown }) => markdown)]
        const parts = sources.flatMap((markdown) => platform.format(markdown))
        const words = sources.reduce((sum, markdown) => sum + shownWords(platform, markdown).length, 0)
        const largest = Math.max(...parts.map((part) => platform.sizeOf(part)))
        return [
          platform.name,
          {
            answers: Object.keys(answers).length,
            examples: examples.length,
            messages: parts.length,
            'words shown': words,
            'largest message': `${largest} of ${platform.limit}`,
          },
        ]
      }),
    ),
  )
})
