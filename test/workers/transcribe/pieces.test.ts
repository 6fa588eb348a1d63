import { describe, expect, test } from 'vitest'
import { cutIntoPieces, joinHeard } from '../../../workers/transcribe/pieces.ts'

const pause = (atSeconds: number, seconds = 0.4) => ({
  fromMs: atSeconds * 1000,
  toMs: (atSeconds + seconds) * 1000,
})

describe('a recording', () => {
  test.each([
    ['of a moment', 900, [], [[0, 900, false]]],
    ['of two and a half minutes', 150_000, [pause(60)], [[0, 150_000, false]]],
    [
      'with pauses is cut in the middle of the longest in reach',
      200_000,
      [pause(50), pause(80, 1), pause(110), pause(150)],
      [
        [0, 80_500, false],
        [80_500, 200_000, false],
      ],
    ],
    [
      'without pauses is cut with an overlap',
      300_000,
      [pause(70, 0.1)],
      [
        [0, 120_000, false],
        [118_000, 238_000, true],
        [236_000, 300_000, true],
      ],
    ],
  ] as const)('%s', (_what, durationMs, silences, pieces) => {
    expect(
      cutIntoPieces(durationMs, silences).map(({ fromMs, toMs, overlaps }) => [fromMs, toMs, overlaps]),
    ).toEqual(pieces)
  })

  test('of any length and pauses is covered without a gap, in pieces of two minutes at most', () => {
    let seed = 7
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    for (let round = 0; round < 200; round++) {
      const durationMs = Math.round(150_001 + random() * 7_000_000)
      const silences = Array.from({ length: Math.floor(random() * 400) }, () =>
        pause((random() * durationMs) / 1000, random()),
      )
      const pieces = cutIntoPieces(
        durationMs,
        silences.toSorted((a, b) => a.fromMs - b.fromMs),
      )
      expect(pieces[0]?.fromMs).toBe(0)
      expect(pieces.at(-1)?.toMs).toBe(durationMs)
      for (const [index, piece] of pieces.entries()) {
        expect(piece.toMs - piece.fromMs).toBeLessThanOrEqual(index === 0 ? 150_000 : 120_000)
        const before = pieces[index - 1]
        if (before) expect(piece.fromMs).toBe(piece.overlaps ? before.toMs - 2_000 : before.toMs)
      }
    }
  })
})

describe('what pieces were heard as', () => {
  test.each([
    ['is joined', ['One two.', 'Three four.'], false, 'One two. Three four.'],
    ['an empty piece leaves no gap', ['One.', '', 'Two.'], false, 'One. Two.'],
    [
      'shared words stand once',
      ['we met in the quarterly', 'in the quarterly report of'],
      true,
      'we met in the quarterly report of',
    ],
    ['whatever their case and marks', ['and then, We said', 'we said: no'], true, 'and then, We said no'],
    [
      'a word torn at the end is taken whole',
      ['about the quarterly rep', 'the quarterly report is'],
      true,
      'about the quarterly report is',
    ],
    [
      'a word torn at the start is taken whole',
      ['about the quarterly report', 'terly report is'],
      true,
      'about the quarterly report is',
    ],
    ['nothing shared, nothing lost', ['all of this', 'and all of that'], true, 'all of this and all of that'],
    ['in any script', ['это отчёт за март', 'отчёт за март и апрель'], true, 'это отчёт за март и апрель'],
  ] as const)('%s', (_what, texts, overlaps, whole) => {
    expect(joinHeard(texts.map((text, index) => ({ text, overlaps: overlaps && index > 0 })))).toBe(whole)
  })
})
