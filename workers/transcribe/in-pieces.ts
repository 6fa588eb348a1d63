import type { PreparedAudio, Stretch, Transcript } from '../../src/ports/transcriber.ts'
import type { HeardPiece } from '../../src/ports/turn-store.ts'
import { cutIntoPieces, joinHeard, type Piece } from './pieces.ts'

/** Pieces of one recording at a server at once. */
const AT_ONCE = 3

export interface LongRecording {
  readonly audio: PreparedAudio
  /** Heard before an interruption. */
  readonly known: readonly HeardPiece[]
  /** Of the whole recording where it is short enough. */
  hear(stretch: Stretch | undefined, signal: AbortSignal): Promise<Transcript>
  /** After each piece, with all that were heard so far. */
  keep(heard: readonly HeardPiece[], doneMs: number): Promise<void>
}

/** Hears a recording, a long one in pieces side by side. The first failure ends the others. */
export async function hearInPieces(recording: LongRecording, outer: AbortSignal): Promise<Transcript> {
  const { audio, known, hear, keep } = recording
  const pieces = cutIntoPieces(audio.durationMs, audio.silences)
  if (pieces.length === 1) return await hear(undefined, outer)
  const failed = new AbortController()
  const signal = AbortSignal.any([outer, failed.signal])
  const heard: HeardPiece[] = pieces.flatMap((piece) => known.filter((one) => isSame(one, piece)).slice(0, 1))
  const left = pieces.filter((piece) => !known.some((one) => isSame(one, piece)))
  // One after another, so that an older state never replaces a newer one.
  let keeping = Promise.resolve()

  const work = async (): Promise<void> => {
    for (let piece = left.shift(); piece !== undefined; piece = left.shift()) {
      const { fromMs, toMs, overlaps } = piece
      const { text, doubtful, language } = await hear({ fromMs, toMs }, signal)
      heard.push({ fromMs, toMs, overlaps, text, doubtful, ...(language === undefined ? {} : { language }) })
      const soFar = [...heard]
      keeping = keeping.then(() => keep(soFar, lengthOf(soFar)))
      await keeping
    }
  }
  const workers = Array.from({ length: AT_ONCE }, async () => {
    try {
      await work()
    } catch (error) {
      failed.abort(error)
      throw error
    }
  })
  const ended = await Promise.allSettled(workers)
  outer.throwIfAborted()
  if (failed.signal.aborted) throw failed.signal.reason
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  return joined(heard)
}

function joined(heard: readonly HeardPiece[]): Transcript {
  const inOrder = heard.toSorted((a, b) => a.fromMs - b.fromMs)
  const doubtedMs = lengthOf(inOrder.filter(({ doubtful }) => doubtful))
  const language = mostSpoken(inOrder)
  return {
    text: joinHeard(inOrder),
    doubtful: doubtedMs * 2 >= lengthOf(inOrder),
    ...(language === undefined ? {} : { language }),
  }
}

function mostSpoken(heard: readonly HeardPiece[]): string | undefined {
  const times = new Map<string, number>()
  for (const { language, fromMs, toMs } of heard)
    if (language !== undefined) times.set(language, (times.get(language) ?? 0) + toMs - fromMs)
  return [...times].toSorted(([, a], [, b]) => b - a)[0]?.[0]
}

const lengthOf = (stretches: readonly Stretch[]): number =>
  stretches.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)

const isSame = (one: Stretch, other: Piece): boolean => one.fromMs === other.fromMs && one.toMs === other.toMs
