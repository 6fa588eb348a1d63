import type { ModelServer } from './reply-model.ts'

/** Part of a recording, in milliseconds. */
export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
}

/** Audio as the speech server takes it: 16 kHz mono WAV on disk, in a directory that `dispose` removes. */
export interface PreparedAudio {
  readonly path: string
  readonly durationMs: number
  readonly silences: readonly Stretch[]
  /** Nothing but silence was found. */
  readonly silent: boolean
  dispose(): Promise<void>
}

export interface AudioLimits {
  readonly maxBytes: number
  readonly maxDurationMs: number
}

/**
 * Checks the content by its bytes, not its name, and converts it. Rejects with a HubError (retry never)
 * carrying the sentence for the person: `audio_too_large`, `audio_too_long`, `audio_not_audio`,
 * `audio_unreadable`, `audio_no_ffmpeg`.
 */
export type PrepareAudio = (
  stream: AsyncIterable<Uint8Array>,
  limits: AudioLimits,
  signal: AbortSignal,
) => Promise<PreparedAudio>

export interface Transcript {
  /** Trimmed; empty when nothing was said. */
  readonly text: string
  /** BCP 47 or ISO 639-1, where the server says. */
  readonly language?: string
  /** The server itself doubts that this was speech. */
  readonly doubtful: boolean
}

/** Rejects with `speech_unreachable`, `speech_timeout`, `speech_overloaded` (later), `speech_refused` (never). */
export type Transcribe = (
  request: {
    readonly server: ModelServer
    readonly model?: string
    readonly audio: PreparedAudio
    /** Default all of it. */
    readonly stretch?: Stretch
    readonly language?: string
    /** Names and terms that may be said, as a text that the speech seems to go on from. */
    readonly hints?: string
  },
  signal: AbortSignal,
) => Promise<Transcript>
