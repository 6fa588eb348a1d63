import { RUN_LANGUAGES } from '../model/command.ts'
import type { InboundEvent, IngestOutcome } from '../model/inbound.ts'
import type { RunReason } from '../ports/code-runner.ts'
import type { ConnectionState } from '../ports/receiver.ts'

/** The value itself where it is one of the known, else `other`. */
export type Bounded = (value: string) => string

export function oneOf(known: readonly string[]): Bounded {
  const set = new Set(known)
  return (value) => (set.has(value) ? value : 'other')
}

/** Names that operators give: the first so many stand for themselves. */
export function firstNames(limit: number): Bounded {
  const seen = new Set<string>()
  return (name) => {
    if (seen.has(name)) return name
    if (seen.size >= limit || name.length > 60) return 'other'
    seen.add(name)
    return name
  }
}

const EVENT_KINDS: Readonly<Record<InboundEvent['kind'], true>> = {
  message: true,
  command: true,
  edit: true,
  deletion: true,
  action: true,
  unreadable: true,
  'channel-moved': true,
}
const OUTCOMES: Readonly<Record<IngestOutcome['kind'] | 'failed', true>> = {
  queued: true,
  replied: true,
  handled: true,
  duplicate: true,
  ignored: true,
  failed: true,
}
const REASONS: Readonly<Record<RunReason, true>> = {
  ok: true,
  error: true,
  exit: true,
  'cpu-timeout': true,
  'wall-timeout': true,
  memory: true,
  'output-limit': true,
  unsettled: true,
  crash: true,
  internal: true,
}
const STATES: Readonly<Record<ConnectionState['kind'] | 'paused', true>> = {
  connecting: true,
  connected: true,
  down: true,
  rejected: true,
  paused: true,
}

export const eventKind = oneOf(Object.keys(EVENT_KINDS))
export const ingestOutcome = oneOf(Object.keys(OUTCOMES))
export const language = oneOf(RUN_LANGUAGES)
export const runReason = oneOf([...Object.keys(REASONS), 'run_unavailable', 'run_too_large', 'aborted'])
export const CONNECTION_STATES = Object.keys(STATES)
export const connectionState = oneOf(CONNECTION_STATES)

export const PLATFORM_CALLS = [
  'post',
  'edit',
  'grow',
  'remove',
  'indicate',
  'find',
  'read',
  'download',
] as const
export type PlatformCall = (typeof PLATFORM_CALLS)[number]
export const platformCall = oneOf(PLATFORM_CALLS)

const PLATFORM_CODES = [
  'platform_rate_limited',
  'platform_unreachable',
  'platform_message_gone',
  'platform_forbidden',
  'platform_rejected',
  'platform_unauthorized',
  'attachment_gone',
  'attachment_too_large',
]
const MODEL_CODES = [
  'model_unreachable',
  'model_timeout',
  'model_overloaded',
  'model_stream_cut',
  'model_garbage',
  'model_unauthorized',
  'model_unknown',
  'model_context_overflow',
  'model_refused_request',
]
const SPEECH_CODES = ['speech_unreachable', 'speech_timeout', 'speech_overloaded', 'speech_refused']

export const platformOutcome = oneOf(['ok', 'aborted', ...PLATFORM_CODES])
export const modelOutcome = oneOf(['ok', 'aborted', ...MODEL_CODES, ...SPEECH_CODES])
export const failureCode = oneOf([
  ...PLATFORM_CODES,
  ...MODEL_CODES,
  ...SPEECH_CODES,
  'model_empty',
  'model_unlisted',
  'no_model',
  'audio_too_large',
  'audio_too_long',
  'audio_not_audio',
  'audio_unreadable',
  'audio_no_ffmpeg',
  'audio_stalled',
  'voice_no_server',
  'voice_silent',
  'run_unavailable',
  'run_too_large',
  'run_missing',
  'quarantined',
  'connection_unknown',
  'storage_unavailable',
  'internal',
])
