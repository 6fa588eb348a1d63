import type { Stretch } from '../../src/ports/transcriber.ts'

export interface Piece extends Stretch {
  /** It begins with sound that the piece before ends with: there was no pause to cut at. */
  readonly overlaps: boolean
}

/** Up to this a recording stays whole. */
const WHOLE_MS = 150_000
const SHORTEST_MS = 45_000
const LONGEST_MS = 120_000
/** Shorter pauses may lie within a word. */
const PAUSE_MS = 250
const OVERLAP_MS = 2_000

/**
 * Cuts a long recording in the middle of its pauses, the longest one in reach first; where nobody pauses, the
 * pieces share two seconds, so that a word at the cut is whole in one of them.
 */
export function cutIntoPieces(durationMs: number, silences: readonly Stretch[]): Piece[] {
  const pieces: Piece[] = []
  let fromMs = 0
  let overlaps = false
  const pauses = silences.filter((silence) => silence.toMs - silence.fromMs >= PAUSE_MS)
  while (durationMs - fromMs > (pieces.length === 0 ? WHOLE_MS : LONGEST_MS)) {
    const [earliest, latest] = [fromMs + SHORTEST_MS, fromMs + LONGEST_MS]
    const within = pauses.flatMap((pause) => {
      const middle = Math.round((pause.fromMs + pause.toMs) / 2)
      return middle >= earliest && middle <= latest ? [{ middle, length: pause.toMs - pause.fromMs }] : []
    })
    const best = within.reduce<(typeof within)[number] | undefined>(
      (longest, one) => (longest === undefined || one.length > longest.length ? one : longest),
      undefined,
    )
    const toMs = best?.middle ?? latest
    pieces.push({ fromMs, toMs, overlaps })
    overlaps = best === undefined
    fromMs = overlaps ? toMs - OVERLAP_MS : toMs
  }
  return [...pieces, { fromMs, toMs: durationMs, overlaps }]
}

/** Words that two seconds may hold, with room. */
const SHARED_WORDS = 14

/** What pieces were heard as, in their order. Words that an overlap let be heard twice stand once. */
export function joinHeard(heard: readonly { readonly text: string; readonly overlaps: boolean }[]): string {
  const words: string[] = []
  for (const { text, overlaps } of heard) {
    const next = text.split(/\s+/).filter(Boolean)
    if (!overlaps) words.push(...next)
    else {
      const { drop, skip } = seam(words.slice(-SHARED_WORDS).map(bare), next.slice(0, SHARED_WORDS).map(bare))
      words.splice(words.length - drop, drop, ...next.slice(skip))
    }
  }
  return words.join(' ')
}

/**
 * The longest run of words that ends what was heard before and begins what was heard after. The word right at
 * either cut may have been heard only in part: then the other side has it whole.
 */
function seam(before: readonly string[], after: readonly string[]): { drop: number; skip: number } {
  for (let count = Math.min(before.length, after.length); count > 0; count--) {
    for (const [drop, torn] of TORN) {
      const end = before.length - drop
      const tail = before.slice(Math.max(0, end - count), end)
      if (tail.length < count || !tail.every((word, at) => word !== '' && word === after[torn + at])) continue
      const startsTorn = torn === 0 || isPart(after[0], before[end - count - 1], 'end')
      const endsTorn = drop === 0 || isPart(before[end], after[torn + count], 'start')
      if (startsTorn && endsTorn) return { drop, skip: torn + count }
    }
  }
  return { drop: 0, skip: 0 }
}

function isPart(piece: string | undefined, word: string | undefined, where: 'start' | 'end'): boolean {
  if (piece === undefined || word === undefined || piece === '') return false
  return where === 'start' ? word.startsWith(piece) : word.endsWith(piece)
}

const TORN = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const

function bare(word: string): string {
  return word.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
}
