import { deflateRawSync } from 'node:zlib'

/** One stretch of a transcript with what the server thinks of it, as far as it says. */
export interface HeardSegment {
  readonly start?: number | null | undefined
  readonly end?: number | null | undefined
  readonly no_speech_prob?: number | null | undefined
  readonly avg_logprob?: number | null | undefined
  readonly compression_ratio?: number | null | undefined
}

// The limits at which Whisper's own decoder gives a segment up.
const NO_SPEECH = 0.6
const UNLIKELY = -1
const REPETITIVE = 2.4
/** Shorter texts compress well or badly by chance. */
const REPETITION_CHARS = 120

/** True when at least half of what was heard, by its length, is doubtful, or the text only repeats itself. */
export function isDoubtful(text: string, segments: readonly HeardSegment[]): boolean {
  if (text === '') return false
  if (isRepetitive(text)) return true
  const total = segments.reduce((sum, segment) => sum + weight(segment), 0)
  const doubted = segments.filter(isDoubtfulSegment).reduce((sum, segment) => sum + weight(segment), 0)
  return total > 0 && doubted * 2 >= total
}

function isDoubtfulSegment(segment: HeardSegment): boolean {
  return (
    (segment.no_speech_prob ?? 0) > NO_SPEECH ||
    (segment.avg_logprob ?? 0) < UNLIKELY ||
    (segment.compression_ratio ?? 0) > REPETITIVE
  )
}

function weight({ start, end }: HeardSegment): number {
  return Math.max(0.1, (end ?? 0) - (start ?? 0))
}

function isRepetitive(text: string): boolean {
  if (text.length < REPETITION_CHARS) return false
  const bytes = Buffer.from(text.slice(0, 100_000))
  // A long speech compresses better as a whole; what Whisper measures is one window of 30 seconds.
  const window = bytes.subarray(0, 1000)
  return window.length / deflateRawSync(window).length > REPETITIVE
}
