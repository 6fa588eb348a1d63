import type { Addressed, InboundAttachment } from '../model/inbound.ts'
import { type Sentence, sentence } from '../model/sentence.ts'
import type { EffectiveSettings } from '../model/settings.ts'
import type { CommandCall } from '../model/work.ts'
import { type Asker, names, type Refusal, refusalOf } from './admission.ts'
import { parseCommandLine } from './command-line.ts'
import { holdsKeyword } from './keywords.ts'

export interface RouteFacts {
  readonly addressed: Addressed
  /** The message stands in a conversation in which the bot has already answered or been asked. */
  readonly followUp: boolean
  readonly text: string
  readonly attachments: readonly InboundAttachment[]
  readonly settings: EffectiveSettings
  readonly from: Asker
  /** It was taken for a question before, and was edited since. */
  readonly settled?: boolean
}

export type Route =
  | { readonly kind: 'ignore'; readonly reason: 'not_addressed' | 'empty' | 'person_paused' | Refusal }
  | { readonly kind: 'command'; readonly call: CommandCall; readonly how: string }
  | { readonly kind: 'refuse'; readonly sentence: Sentence; readonly how: string }
  | { readonly kind: 'turn'; readonly step: 'transcribe' | 'read' | 'reply'; readonly how: string }

const SPOKEN: ReadonlySet<string> = new Set(['voice', 'audio'])

/** Why a message is one for the bot; undefined: it is not. */
function trigger(
  { addressed, followUp, text, settings, from, settled = false }: RouteFacts,
  isCommand: boolean,
): string | undefined {
  if (addressed === 'direct') return 'direct'
  if (addressed === 'mention' && (settings.mention || isCommand)) return 'mention'
  if (addressed === 'reply' && (settings.reply || isCommand)) return 'reply'
  if (settled) return 'edit'
  if (followUp && settings.followUp) return 'follow-up'
  if (from.direct) return undefined
  if (holdsKeyword(text, settings.keywords)) return 'keyword'
  return settings.listen === 'all' ? 'listening' : undefined
}

/** What becomes of a message: pure, so that it can be explained and rehearsed. */
export function route(facts: RouteFacts): Route {
  const call = parseCommandLine(facts.text)
  const how = trigger(facts, call !== undefined)
  if (how === undefined) return { kind: 'ignore', reason: 'not_addressed' }
  const refusal = refusalOf(facts.settings, facts.from)
  // Who is not answered may still learn why.
  if (refusal !== undefined && call?.command !== 'why' && call?.command !== 'privacy')
    return { kind: 'ignore', reason: refusal }
  if (call) return { kind: 'command', call, how }
  if (facts.attachments.some(({ kind }) => SPOKEN.has(kind))) {
    const { voice, voicePeople } = facts.settings
    const may = voicePeople.length === 0 || names(voicePeople, [facts.from.person])
    if (voice !== 'off' && may) return { kind: 'turn', step: 'transcribe', how }
    if (facts.text === '')
      return { kind: 'refuse', sentence: sentence(voice === 'off' ? 'voice.off' : 'voice.not_you'), how }
  }
  if (facts.attachments.length > 0) return { kind: 'turn', step: 'read', how }
  if (facts.text.trim() !== '') return { kind: 'turn', step: 'reply', how }
  // A bare mention is a greeting: people expect the bot to react.
  if (facts.addressed === 'mention' || facts.addressed === 'reply')
    return { kind: 'turn', step: 'reply', how }
  return { kind: 'ignore', reason: 'empty' }
}
