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

/**
 * What Whisper models say of silence, music and noise, learnt from the subtitles of films; people hardly send
 * one of these alone.
 */
const STOCK_PHRASES: ReadonlySet<string> = new Set([
  'thanks for watching',
  'thank you for watching',
  'thank you so much for watching',
  'thanks for watching and dont forget to subscribe',
  'please subscribe',
  'please subscribe to my channel',
  'like and subscribe',
  'see you in the next video',
  'subtitles by the amaraorg community',
  'subtitles by amaraorg',
  'transcription by castingwords',
  'music',
  'applause',
  'you',
  'obrigado por assistir',
  'obrigada por assistir',
  'obrigado por assistirem',
  'obrigado por ver',
  'inscrevase no canal',
  'não se esqueça de se inscrever no canal',
  'legendas pela comunidade amaraorg',
  'legendas pela comunidade das amaraorg',
  'legendado por',
  'tradução e legendas',
  'gracias por ver el video',
  'subtítulos por la comunidad de amaraorg',
  'untertitel der amaraorgcommunity',
  'untertitelung des zdf für funk 2017',
  'soustitres réalisés par la communauté damaraorg',
  'ご視聴ありがとうございました',
])

/** True when at least half of what was heard, by its length, is doubtful, or the text only repeats itself. */
export function isDoubtful(text: string, segments: readonly HeardSegment[]): boolean {
  if (text === '') return false
  if (isRepetitive(text) || isStockPhrase(text)) return true
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

/** Also said several times over. */
function isStockPhrase(text: string): boolean {
  const plain = (part: string): string =>
    part
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s]/gu, '')
      .replaceAll(/\s+/g, ' ')
      .trim()
  const sentences = text
    .split(/[.!?。！？\n]+/)
    .map(plain)
    .filter(Boolean)
  if (STOCK_PHRASES.has(plain(text))) return true
  return sentences.length > 0 && sentences.every((one) => STOCK_PHRASES.has(one))
}
