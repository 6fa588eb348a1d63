import type { Addressed, InboundAttachment } from '../model/inbound.ts'
import { type Sentence, sentence } from '../model/sentence.ts'
import type { EffectiveSettings } from '../model/settings.ts'
import type { CommandCall } from '../model/work.ts'
import { parseCommandLine } from './command-line.ts'

export interface RouteFacts {
  readonly addressed: Addressed
  /** The message stands in a conversation in which the bot has already answered or been asked. */
  readonly followUp: boolean
  readonly text: string
  readonly attachments: readonly InboundAttachment[]
  readonly settings: EffectiveSettings
}

export type Route =
  | { readonly kind: 'ignore'; readonly reason: 'not_addressed' | 'empty' }
  | { readonly kind: 'command'; readonly call: CommandCall; readonly how: string }
  | { readonly kind: 'refuse'; readonly sentence: Sentence; readonly how: string }
  | { readonly kind: 'turn'; readonly step: 'transcribe' | 'read' | 'reply'; readonly how: string }

const SPOKEN: ReadonlySet<string> = new Set(['voice', 'audio'])

/** What becomes of a message: pure, so that it can be explained and rehearsed. */
export function route(facts: RouteFacts): Route {
  const how = facts.addressed === 'none' ? (facts.followUp ? 'follow-up' : undefined) : facts.addressed
  if (how === undefined) return { kind: 'ignore', reason: 'not_addressed' }
  const call = parseCommandLine(facts.text)
  if (call) return { kind: 'command', call, how }
  if (facts.attachments.some(({ kind }) => SPOKEN.has(kind))) {
    if (!facts.settings.voice && facts.text === '')
      return { kind: 'refuse', sentence: sentence('voice.off'), how }
    if (facts.settings.voice) return { kind: 'turn', step: 'transcribe', how }
  }
  if (facts.attachments.length > 0) return { kind: 'turn', step: 'read', how }
  if (facts.text.trim() !== '') return { kind: 'turn', step: 'reply', how }
  // A bare mention is a greeting: people expect the bot to react.
  if (facts.addressed === 'mention' || facts.addressed === 'reply')
    return { kind: 'turn', step: 'reply', how }
  return { kind: 'ignore', reason: 'empty' }
}
