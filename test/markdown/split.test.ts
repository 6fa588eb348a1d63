import { describe, expect, it } from 'vitest'
import { toPlain } from '../../adapters/matrix/plain.ts'
import { parseMarkdown } from '../../src/markdown/parse.ts'
import { split } from '../../src/markdown/split.ts'
import type { Block } from '../../src/markdown/tree.ts'
import { platforms } from '../adapters/encode/platforms.ts'

/** The same numbers for the same seed (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const WORDS =
  'amigo breve cão dúvida éter файл שלום مرحبا 日本語 👩‍💻 🇵🇹 e\u0301t supercalifragilisticexpialidocious snake_case x 42 a@b @everyone <!here> & < > * _ ` ~ | # \\ [ ] ( ) $'.split(
    ' ',
  )

function sentence(next: (below: number) => number): string {
  return Array.from({ length: 1 + next(40) }, () => {
    const word = WORDS[next(WORDS.length)] ?? ''
    const style = ['', '', '', '', '**', '*', '~~', '`', '['][next(9)] ?? ''
    return style === '[' ? `[label ${next(99)}](https://example.com/${next(99)})` : style + word + style
  }).join(' ')
}

function answer(next: (below: number) => number): string {
  const code = () => Array.from({ length: 1 + next(12) }, () => sentence(next).replaceAll('`', '')).join('\n')
  const kinds = [
    () => sentence(next),
    () => `${'#'.repeat(1 + next(6))} ${sentence(next)}`,
    () => Array.from({ length: 1 + next(8) }, () => `- ${sentence(next)}\n  - ${sentence(next)}`).join('\n'),
    () => Array.from({ length: 1 + next(8) }, (_, n) => `${n + 1}. ${sentence(next)}`).join('\n'),
    () => `> ${sentence(next)}\n> ${sentence(next)}`,
    () => `\`\`\`js\n${code()}\n\`\`\``,
    () =>
      `- ${sentence(next)}\n\n  > ${sentence(next)}\n\n  \`\`\`\n  ${sentence(next).replaceAll('`', '')}\n  \`\`\``,
  ]
  return Array.from({ length: 1 + next(9) }, () => kinds[next(kinds.length)]?.() ?? '').join('\n\n')
}

const page = (limit: number) => ({ limit, measure: (blocks: readonly Block[]) => toPlain(blocks).length })

/** Without what a list or quote in its new part says again, and without white space. */
const substance = (text: string): string => text.replace(/[\s>-]/g, '').replace(/\(https:\/\/[\w./]*\)/g, '')

const seeds = Array.from({ length: 60 }, (_, seed) => seed)

describe('split', () => {
  it.each([40, 90, 300])('fits pages of %i and loses nothing', (limit) => {
    for (const seed of seeds) {
      const blocks = parseMarkdown(answer(random(seed)))
      const parts = split(blocks, page(limit)).map((part) => toPlain(part))
      expect(Math.max(0, ...parts.map((part) => part.length)), `seed ${seed}`).toBeLessThanOrEqual(limit)
      expect(substance(parts.join('')), `seed ${seed}`).toBe(substance(toPlain(blocks)))
    }
  })

  it('cuts no grapheme', () => {
    const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
    const source = '👨‍👩‍👧‍👦🏳️‍🌈e\u0301🇵🇹👍🏽'.repeat(40)
    const whole = new Set(Array.from(graphemes.segment(source), ({ segment }) => segment))
    for (const limit of [20, 33, 47, 100]) {
      const parts = split(parseMarkdown(source), page(limit)).map((part) => toPlain(part))
      const found = parts.flatMap((part) => Array.from(graphemes.segment(part), ({ segment }) => segment))
      expect(found.filter((grapheme) => !whole.has(grapheme))).toEqual([])
      expect(parts.join('')).toBe(source)
    }
  })

  it('cuts between sentences, and not in links or inline code', () => {
    const source =
      'One sentence here. Another [link with words](https://example.com) and `code with words` there. '.repeat(
        40,
      )
    for (const part of split(parseMarkdown(source), page(400)).map((blocks) => toPlain(blocks))) {
      expect(part).toMatch(/\.$/)
    }
  })

  it('leaves no heading behind', () => {
    const source = `${'word '.repeat(60)}\n\n## Heading\n\n${'text '.repeat(60)}`
    const parts = split(parseMarkdown(source), page(315)).map((part) => toPlain(part))
    expect(parts.map((part) => part.slice(0, 7))).toEqual(['word wo', 'Heading'])
  })

  it('keeps a short block whole rather than beginning it late', () => {
    const code = Array.from({ length: 10 }, (_, n) => `line ${n}`).join('\n')
    const parts = split(parseMarkdown(`${'word '.repeat(50)}\n\n\`\`\`\n${code}\n\`\`\``), page(300))
    expect(parts.map((part) => toPlain(part))).toEqual(['word '.repeat(50).trim(), code])
  })

  it.each([7, 200, 1999, 2000, 2001, 3900, 3901, 4095, 4096, 4097, 8192, 12287, 12288, 12289])(
    'shows a text of %i characters, exactly',
    (length) => {
      const text = 'abcdefghi '.repeat(length).slice(0, length - 1)
      for (const platform of platforms) {
        const parts = platform.format(`${text}z`)
        expect(parts.flatMap((part) => platform.faults(part))).toEqual([])
        expect(
          parts
            .map((part) => platform.read(part).trim())
            .join('')
            .replace(/\s/g, ''),
        ).toBe(`${text}z`.replace(/\s/g, ''))
      }
    },
  )
})

describe.each(platforms)('random answers on $name', (platform) => {
  it('are well formed', () => {
    for (const seed of seeds) {
      const parts = platform.format(
        Array.from({ length: 3 }, (_, n) => answer(random(seed * 7 + n))).join('\n\n'),
      )
      expect(
        parts.flatMap((part) => platform.faults(part)),
        `seed ${seed}`,
      ).toEqual([])
    }
  })
})
