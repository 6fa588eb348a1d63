import { describe, expect, it } from 'vitest'
import { heal } from '../../../src/markdown/heal.ts'
import { corpus } from '../../markdown/corpus.ts'
import { type Platform, platforms } from './platforms.ts'
import { lostWords, wordsOf, wordsOfMarkdown } from './words.ts'

const letters = (text: string): string => text.replace(/[^\p{L}\p{N}\p{M}\p{Emoji_Presentation}]/gu, '')

const lost = (platform: Platform, markdown: string): string[] =>
  lostWords(
    wordsOfMarkdown(markdown),
    platform.format(markdown).flatMap((part) => wordsOf(platform.read(part))),
  )

describe.each(platforms)('$name', (platform) => {
  it.each(Object.entries(corpus))('shows all of: %s', (name, markdown) => {
    const parts = platform.format(markdown)
    expect(parts.flatMap((part) => platform.faults(part))).toEqual([])
    expect(parts.length).toBeGreaterThan(0)
    // Words are cut where nothing else can be: then the letters count.
    if (['emoji', 'chinese', 'combining', 'long word'].includes(name)) {
      expect(letters(parts.map((part) => platform.read(part)).join(''))).toBe(letters(markdown))
    } else expect(lost(platform, markdown)).toEqual([])
  })

  it('gives no part for an empty text', () => {
    for (const empty of ['', ' \n\t\n ', '```\n```', '\u200b', '&#32;', '[]()']) {
      expect(platform.format(empty)).toEqual([])
    }
  })

  it('breaks nothing when the whole corpus comes as one answer', () => {
    const all = Object.values(corpus).join('\n\n---\n\n')
    expect(platform.format(all).flatMap((part) => platform.faults(part))).toEqual([])
  })

  it('shows an answer well at each moment of its coming', () => {
    for (const [name, markdown] of Object.entries(corpus)) {
      for (let end = 1; end < Math.min(markdown.length, 1200); end += 53) {
        const parts = platform.format(heal(markdown.slice(0, end)))
        expect(
          parts.flatMap((part) => platform.faults(part)),
          `${name} up to ${end}`,
        ).toEqual([])
      }
    }
  })

  it('keeps earlier parts as they were while a text grows', () => {
    const whole = [
      'steps',
      'long list',
      'portuguese',
      'long code',
      'long paragraph',
      'table',
      'long items',
      'long quote',
    ]
      .map((name) => corpus[name] ?? '')
      .join('\n\n')
    const final = platform.format(whole).map((part) => JSON.stringify(part))
    for (let end = 2997; end < whole.length; end += 2997) {
      const now = platform.format(whole.slice(0, end)).map((part) => JSON.stringify(part))
      // The last part grows, and what it is waiting for may still be taken over by the one before.
      const settled = Math.max(0, now.length - 2)
      expect(now.slice(0, settled)).toEqual(final.slice(0, settled))
    }
  })
})
