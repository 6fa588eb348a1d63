import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HubError } from '../../src/model/errors.ts'
import { type Sentence, sentence } from '../../src/model/sentence.ts'
import type { AudioLimits, PrepareAudio, PreparedAudio } from '../../src/ports/transcriber.ts'
import { demuxerFor } from './container.ts'
import { convert, type Silence } from './conversion.ts'
import { findFfmpeg } from './ffmpeg-binary.ts'
import { receive } from './recording.ts'
import { WAV_BYTES_PER_MS, WAV_HEADER_BYTES } from './wave.ts'

export interface PrepareAudioOptions {
  /** Absent: ffmpeg is looked for when the first recording comes, and again until there is one. */
  readonly ffmpegPath?: string
  /** Where the directories for recordings are made; default the system's. */
  readonly tempDir?: string
  /** For one conversion; default five minutes. */
  readonly convertMs?: number
  /** For the recording to arrive; default two minutes. Past it: `audio_stalled`, to be tried later. */
  readonly receiveMs?: number
}

/** A recording with less sound than this holds no word. */
const SHORTEST_WORD_MS = 150

export function createPrepareAudio(options: PrepareAudioOptions = {}): PrepareAudio {
  let found: string | undefined

  return async (stream, limits, signal) => {
    signal.throwIfAborted()
    found ??= await findFfmpeg(options.ffmpegPath)
    if (found === undefined) throw noFfmpeg()
    const ffmpegPath = found
    const directory = await mkdtemp(join(options.tempDir ?? tmpdir(), 'brainall-voice-'))
    const dispose = (): Promise<void> => rm(directory, { recursive: true, force: true, maxRetries: 3 })
    try {
      const input = join(directory, 'input')
      await receive(stream, input, { ...limits, limitMs: options.receiveMs ?? 120_000 }, signal)
      const demuxer = await demuxerFor(input, signal)
      if (!demuxer) throw refused('audio_not_audio', 'not an audio file', sentence('voice.not_audio'))
      const output = join(directory, 'voice.wav')
      const { maxDurationMs } = limits
      const conversion = await convert(
        { ffmpegPath, input, demuxer, output, maxDurationMs, timeoutMs: options.convertMs ?? 300_000 },
        signal,
      )
      switch (conversion.kind) {
        case 'done': {
          await rm(input)
          const prepared = await measure(output, limits, conversion.silences)
          return { ...prepared, dispose }
        }
        case 'too-long':
          throw tooLong(limits)
        case 'no-audio':
          throw refused('audio_not_audio', 'the file has no audio stream', sentence('voice.not_audio'))
        case 'no-ffmpeg':
          found = undefined
          throw noFfmpeg()
        case 'failed':
          throw unreadable(conversion.detail)
      }
    } catch (error) {
      await dispose()
      throw error
    }
  }
}

async function measure(
  path: string,
  limits: AudioLimits,
  noted: readonly Silence[],
): Promise<Omit<PreparedAudio, 'dispose'>> {
  const { size } = await stat(path)
  const durationMs = Math.round((size - WAV_HEADER_BYTES) / WAV_BYTES_PER_MS)
  if (durationMs <= 0) throw unreadable('no sample could be decoded')
  if (durationMs > limits.maxDurationMs) throw tooLong(limits)
  const silences = noted.map(({ fromMs, toMs = durationMs }) => ({
    fromMs,
    toMs: Math.min(toMs, durationMs),
  }))
  const silentMs = silences.reduce((sum, { fromMs, toMs }) => sum + Math.max(0, toMs - fromMs), 0)
  return { path, durationMs, silences, silent: durationMs - silentMs < SHORTEST_WORD_MS }
}

function refused(code: string, message: string, told: Sentence): HubError {
  return new HubError(code, message, { retry: { kind: 'never' }, sentence: told })
}

function tooLong({ maxDurationMs }: AudioLimits): HubError {
  const minutes = Math.max(1, Math.floor(maxDurationMs / 60_000))
  return refused('audio_too_long', `longer than ${maxDurationMs} ms`, sentence('voice.too_long', { minutes }))
}

function unreadable(detail: string): HubError {
  return refused('audio_unreadable', detail, sentence('voice.unreadable'))
}

function noFfmpeg(): HubError {
  return refused('audio_no_ffmpeg', 'no ffmpeg that runs was found', sentence('voice.no_ffmpeg'))
}
