import type { ConversationId } from '../model/ids.ts'
import type { InboundMessage } from '../model/inbound.ts'
import { sentence } from '../model/sentence.ts'
import type { Language } from '../model/settings.ts'
import type { Place } from '../model/work.ts'
import type { HeardTurn, IngestTransaction } from '../ports/ingest-store.ts'
import type { Intake } from './intake.ts'
import { say } from './wording.ts'

const YES = /^(?:y|yes|yep|yeah|ok|okay|right|correct|that'?s right|s|sim|certo|isso|exato|👍|✅)[.!]*$/iu
const NO = /^(?:n|no|nope|wrong|não|nao|errado|👎|❌)[.!]*$/iu
/** `*text` and `correction: text`. */
const CORRECTION =
  /^(?:\*(?![*\s])(?<starred>[^*]+)\*?|(?:correction|correct|correção|correcção|correcao)\s*:\s*(?<named>.+))$/isu

/** What a voice message said, as it stands before its answer. */
export function quoteOfSpeech(texts: readonly string[], doubtful: boolean, language: Language): string {
  const key = doubtful ? 'voice.quote_doubtful' : 'voice.quote'
  return texts
    .filter((text) => text !== '')
    .map((text) => asQuote(say(sentence(key, { text }), language)))
    .join('\n\n')
}

export function asQuote(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')
}

type Said =
  | { readonly kind: 'yes' }
  | { readonly kind: 'no' }
  | { readonly kind: 'words'; readonly text: string }

/** What somebody who spoke writes about what was heard; undefined: something else. */
export function saidOfTranscript(text: string, asked: boolean): Said | undefined {
  const plain = text.trim()
  const { starred, named } = CORRECTION.exec(plain)?.groups ?? {}
  const words = (starred ?? named)?.trim()
  if (words) return { kind: 'words', text: words }
  if (!asked || plain === '') return undefined
  if (YES.test(plain)) return { kind: 'yes' }
  return NO.test(plain) ? { kind: 'no' } : { kind: 'words', text: plain }
}

/**
 * Words of the speaker about what was heard: in reply to it, or next in its conversation. The same answer is then
 * redone in place. undefined: the message is about something else.
 */
export async function takeCorrection(
  tx: IngestTransaction,
  event: InboundMessage,
  place: Place,
  known: ConversationId | undefined,
): Promise<Intake | undefined> {
  const heard = await heardBefore(tx, event, place, known)
  if (heard === undefined || heard.personId !== place.personId) return undefined
  const said = saidOfTranscript(event.text, heard.asked)
  if (said === undefined) return undefined
  const { conversationId, workspaceId } = { ...heard, ...place }
  const { messageId: externalId, replyTo, text, target, at } = event
  const messageId = await tx.addMessage({ place, conversationId, externalId, replyTo, text, target, at })
  if (messageId === undefined) {
    await tx.noteDuplicate(event)
    return { outcome: { kind: 'duplicate' } }
  }
  await tx.addDecisions(workspaceId, messageId, [
    { code: 'received' },
    { code: 'addressed', detail: { how: 'correction' } },
  ])
  if (said.kind === 'no') {
    const answer = { place, conversationId, messageId, target, private: false }
    const told = say(sentence('voice.say_again'), place.language)
    return {
      outcome: { kind: 'replied', private: false },
      deliver: await tx.addAnswer({ ...answer, text: told }),
    }
  }
  return await settleHeard(tx, heard, place, said.kind === 'words' ? said.text : undefined)
}

async function heardBefore(
  tx: IngestTransaction,
  { replyTo }: InboundMessage,
  { channelId }: Place,
  known: ConversationId | undefined,
): Promise<HeardTurn | undefined> {
  const behind = replyTo === undefined ? undefined : await tx.messageBehind(channelId, replyTo)
  const turn =
    (behind && (await tx.turnOf(behind))) ?? (known === undefined ? undefined : await tx.newestTurn(known))
  return turn && (await tx.heardIn(turn.id))
}

/** Takes the transcript as right, or as the words given, and answers it anew in place. */
export async function settleHeard(
  tx: IngestTransaction,
  heard: HeardTurn,
  place: Place,
  words: string | undefined,
): Promise<Intake> {
  const quote = quoteOfSpeech(words === undefined ? heard.texts : [words], false, place.language)
  const begun = await tx.settleTranscript(heard.turnId, words, quote)
  if (!begun) return { outcome: { kind: 'ignored', reason: 'turn_cancelled' } }
  const code = words === undefined ? 'transcript_confirmed' : 'transcript_corrected'
  await tx.addDecisions(place.workspaceId, heard.messageId, [{ code }])
  return {
    outcome: { kind: 'handled' },
    wake: begun.step,
    ...(begun.working ? { redo: heard.turnId } : {}),
  }
}
