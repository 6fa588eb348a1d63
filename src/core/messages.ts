import type { ConversationId, MessageId } from '../model/ids.ts'
import type { ConversationHint, InboundCommand, InboundEdit, InboundMessage } from '../model/inbound.ts'
import { sentence } from '../model/sentence.ts'
import type { CommandCall, Place } from '../model/work.ts'
import type { IngestTransaction } from '../ports/ingest-store.ts'
import { type Asker, refusalOf } from './admission.ts'
import { runCommand } from './commands/index.ts'
import { takeCorrection } from './heard.ts'
import type { Intake } from './intake.ts'
import { type BacklogLimits, queueTurn } from './queueing.ts'
import { type Route, route } from './route.ts'
import { say } from './wording.ts'

export async function takeMessage(
  tx: IngestTransaction,
  event: InboundMessage,
  place: Place,
  limits: BacklogLimits,
): Promise<Intake> {
  const { known, decision } = await considered(tx, event, place)
  if (decision.kind === 'turn' && decision.step === 'reply') {
    const corrected = await takeCorrection(tx, event, place, known)
    if (corrected) return corrected
  }
  const ignored = decision.kind === 'ignore'
  const conversationId = ignored ? undefined : (known ?? (await tx.ensureConversation(place, newKey(event))))
  const messageId = await tx.addMessage({
    place,
    conversationId,
    externalId: event.messageId,
    replyTo: event.replyTo,
    text: ignored ? undefined : event.text,
    target: event.target,
    at: event.at,
    quoted: ignored ? undefined : event.quoted,
  })
  if (messageId === undefined) return await takeDuplicate(tx, event)
  await tx.addDecisions(place.workspaceId, messageId, [{ code: 'received' }])
  if (decision.kind === 'ignore' || conversationId === undefined) {
    const reason = decision.kind === 'ignore' ? decision.reason : 'not_addressed'
    const code = reason === 'not_addressed' || reason === 'empty' ? 'not_addressed' : 'refused'
    await tx.addDecisions(place.workspaceId, messageId, [{ code, detail: { reason } }])
    return { outcome: { kind: 'ignored', reason } }
  }
  return await proceed({ tx, place, messageId, conversationId, event, limits }, decision)
}

export async function takeCommand(
  tx: IngestTransaction,
  event: InboundCommand,
  place: Place,
  limits: BacklogLimits,
): Promise<Intake> {
  const known = await knownConversation(tx, place, event.conversation)
  const conversationId = known ?? (await tx.ensureConversation(place, newKey(event)))
  const call: CommandCall = { command: event.command, argument: event.argument }
  const messageId = await tx.addMessage({
    place,
    conversationId,
    externalId: event.messageId,
    replyTo: event.replyTo,
    text: place.paused ? undefined : `/${event.command} ${event.argument}`.trim(),
    target: event.target,
    at: event.at,
  })
  if (messageId === undefined) return await takeDuplicate(tx, event)
  await tx.addDecisions(place.workspaceId, messageId, [
    { code: 'received' },
    { code: 'addressed', detail: { how: 'command' } },
  ])
  const refusal = place.paused ? 'person_paused' : refusalOf(place.settings, askerIn(event))
  if (refusal !== undefined && event.command !== 'why' && event.command !== 'privacy') {
    await tx.addDecisions(place.workspaceId, messageId, [{ code: 'refused', detail: { reason: refusal } }])
    const text = say(sentence(place.paused ? 'command.privacy.is_paused' : 'command.refused'), place.language)
    const { target } = event
    const answer = { place, conversationId, messageId, target, text, private: true }
    return { outcome: { kind: 'replied', private: true }, deliver: await tx.addAnswer(answer) }
  }
  const { replyTo, target, attachments = [], quoted } = event
  const where = { tx, place, messageId, conversationId, replyTo, target, attachments, quoted, limits }
  return await runCommand({ ...where, administers: event.administers === true, unseen: true }, call)
}

export async function takeDuplicate(
  tx: IngestTransaction,
  event: InboundMessage | InboundCommand,
): Promise<Intake> {
  await tx.noteDuplicate(event)
  return { outcome: { kind: 'duplicate' } }
}

function askerIn({ person, channel }: InboundMessage | InboundEdit | InboundCommand): Asker {
  const channels = channel.within === undefined ? [channel.externalId] : [channel.externalId, channel.within]
  return { person: person.externalId, channels, direct: channel.kind === 'direct' }
}

/** What becomes of what a message says, and the conversation it stands in, where there is one. */
export async function considered(
  tx: IngestTransaction,
  event: InboundMessage | InboundEdit,
  place: Place,
  settled = false,
): Promise<{ readonly known: ConversationId | undefined; readonly decision: Route }> {
  const { conversation, addressed, attachments, text } = event
  const known = await knownConversation(tx, place, conversation)
  const opens = conversation.kind === 'keyed' && conversation.opens
  const followUp = known !== undefined && !opens && conversation.kind === 'keyed'
  const { settings } = place
  const from = askerIn(event)
  const facts = { addressed, followUp, text, attachments, settings, from, settled }
  const decision = route(facts)
  if (place.paused && !(decision.kind === 'command' && decision.call.command === 'privacy'))
    return { known, decision: { kind: 'ignore', reason: 'person_paused' } }
  return { known, decision }
}

/** A message that is stored and was meant for the bot. */
interface Taken {
  readonly tx: IngestTransaction
  readonly place: Place
  readonly messageId: MessageId
  readonly conversationId: ConversationId
  readonly event: InboundMessage | InboundEdit
  readonly limits: BacklogLimits
  /** Its attachments are stored already. */
  readonly again?: boolean
}

export async function proceed(taken: Taken, decision: Exclude<Route, { kind: 'ignore' }>): Promise<Intake> {
  const { tx, place, messageId, conversationId, event, limits } = taken
  const { target, replyTo, attachments, quoted } = event
  await tx.addDecisions(place.workspaceId, messageId, [{ code: 'addressed', detail: { how: decision.how } }])
  const asked = { tx, place, messageId, conversationId, replyTo, target, attachments, quoted, limits }
  const where = { ...asked, administers: event.administers === true, unseen: false }
  if (decision.kind === 'command') return await runCommand(where, decision.call)
  if (decision.kind === 'refuse') {
    const text = say(decision.sentence, place.language)
    const answerId = await tx.addAnswer({ place, conversationId, messageId, target, text, private: false })
    return { outcome: { kind: 'replied', private: false }, deliver: answerId }
  }
  if (!taken.again) await tx.addAttachments(place, messageId, attachments)
  return await queueTurn(where, decision.step)
}

async function knownConversation(
  tx: IngestTransaction,
  { channelId }: Place,
  hint: ConversationHint,
): Promise<ConversationId | undefined> {
  if (hint.kind === 'keyed') return await tx.conversationByKey(channelId, hint.key)
  return hint.replyTo === undefined ? undefined : await tx.conversationOf(channelId, hint.replyTo)
}

export function newKey(event: Pick<InboundMessage, 'conversation' | 'messageId'>): string {
  return event.conversation.kind === 'keyed' ? event.conversation.key : `chain:${event.messageId}`
}
