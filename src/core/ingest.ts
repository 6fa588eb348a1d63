import { asHubError } from '../model/errors.ts'
import type { AnswerId, ConversationId } from '../model/ids.ts'
import type { ConversationHint, InboundCommand, InboundEvent, InboundMessage } from '../model/inbound.ts'
import { sentence } from '../model/sentence.ts'
import type { CommandCall, Place } from '../model/work.ts'
import type { IngestStore, IngestTransaction } from '../ports/ingest-store.ts'
import type { Logger } from '../ports/logger.ts'
import type { Ingest } from '../ports/receiver.ts'
import type { Signals } from '../ports/signals.ts'
import type { TicketQueue } from '../ports/ticket-queue.ts'
import { takeAction, takeDeletion, takeEdit } from './aftermath.ts'
import { runCommand } from './commands/index.ts'
import type { Intake } from './intake.ts'
import { route } from './route.ts'
import { say } from './wording.ts'

export interface IngestParts {
  readonly store: IngestStore
  readonly queue: TicketQueue
  readonly signals: Signals
  /** Sends an answer that is already whole. Its failures are its own. */
  readonly deliver: (answerId: AnswerId) => Promise<void>
  readonly log: Logger
}

/**
 * The one door in: deduplicate, place, decide and write in one transaction; then acknowledge; only then
 * wake workers and answer, so that a platform's deferral is there before the first edit of it.
 */
export function createIngest({ store, queue, signals, deliver, log }: IngestParts): Ingest {
  return async (event, acknowledge) => {
    const intake = await store.transaction((tx) => takeIn(tx, event))
    if (acknowledge) {
      await acknowledge(intake.outcome).catch((error: unknown) => {
        log.warn(
          { err: asHubError(error, 'acknowledge_failed'), connectionId: event.connectionId },
          'an event could not be acknowledged',
        )
      })
    }
    // The sweeper finds what these do not reach.
    if (intake.wake)
      await queue
        .wake(intake.wake)
        .catch((error: unknown) => log.warn({ err: error }, 'the queue could not be woken'))
    if (intake.stop) {
      await signals
        .publish('stop', intake.stop)
        .catch((error: unknown) => log.warn({ err: error }, 'a stop could not be signalled'))
    }
    if (intake.deliver) await deliver(intake.deliver)
    return intake.outcome
  }
}

async function takeIn(tx: IngestTransaction, event: InboundEvent): Promise<Intake> {
  if (!(await tx.claimEvent(event.connectionId, event.eventId))) return { outcome: { kind: 'duplicate' } }
  if (event.kind === 'channel-moved') {
    await tx.moveChannel(event.connectionId, event.channel.externalId, event.newExternalId)
    return { outcome: { kind: 'handled' } }
  }
  const place = await tx.place(event)
  switch (event.kind) {
    case 'message':
      return await takeMessage(tx, event, place)
    case 'command':
      return await takeCommand(tx, event, place)
    case 'edit':
      return await takeEdit(tx, event, place)
    case 'deletion':
      return await takeDeletion(tx, event, place)
    case 'action':
      return await takeAction(tx, event, place)
    case 'unreadable': {
      if (!(await tx.claimUnreadableNotice(place.channelId)))
        return { outcome: { kind: 'ignored', reason: 'told_already' } }
      const text = say(sentence('unreadable.encrypted'), place.language)
      const whole = {
        place,
        conversationId: undefined,
        messageId: undefined,
        target: event.target,
        text,
        private: false,
      }
      return { outcome: { kind: 'replied', private: false }, deliver: await tx.addAnswer(whole) }
    }
    default:
      return event satisfies never
  }
}

async function takeMessage(tx: IngestTransaction, event: InboundMessage, place: Place): Promise<Intake> {
  const { conversation, addressed, attachments, target } = event
  const known = await knownConversation(tx, place, conversation)
  const opens = conversation.kind === 'keyed' && conversation.opens
  const followUp = known !== undefined && !opens && conversation.kind === 'keyed'
  const decision = route({ addressed, followUp, text: event.text, attachments, settings: place.settings })
  const ignored = decision.kind === 'ignore'
  const conversationId = ignored ? undefined : (known ?? (await tx.ensureConversation(place, newKey(event))))
  const messageId = await tx.addMessage({
    place,
    conversationId,
    externalId: event.messageId,
    replyTo: event.replyTo,
    text: ignored ? undefined : event.text,
    target,
    at: event.at,
  })
  if (messageId === undefined) return { outcome: { kind: 'duplicate' } }
  const { workspaceId } = place
  await tx.addDecisions(workspaceId, messageId, [{ code: 'received' }])
  if (decision.kind === 'ignore' || conversationId === undefined) {
    const reason = decision.kind === 'ignore' ? decision.reason : 'not_addressed'
    await tx.addDecisions(workspaceId, messageId, [{ code: 'not_addressed', detail: { reason } }])
    return { outcome: { kind: 'ignored', reason } }
  }
  await tx.addDecisions(workspaceId, messageId, [{ code: 'addressed', detail: { how: decision.how } }])
  const where = { tx, place, messageId, conversationId, replyTo: event.replyTo, target }
  if (decision.kind === 'command') return await runCommand(where, decision.call)
  if (decision.kind === 'refuse') {
    const text = say(decision.sentence, place.language)
    const answerId = await tx.addAnswer({ place, conversationId, messageId, target, text, private: false })
    return { outcome: { kind: 'replied', private: false }, deliver: answerId }
  }
  await tx.addAttachments(place, messageId, attachments)
  await tx.addTurn(place, conversationId, messageId, decision.step)
  await tx.addDecisions(workspaceId, messageId, [{ code: 'queued', detail: { step: decision.step } }])
  return { outcome: { kind: 'queued' }, wake: decision.step }
}

async function takeCommand(tx: IngestTransaction, event: InboundCommand, place: Place): Promise<Intake> {
  const known = await knownConversation(tx, place, event.conversation)
  const conversationId = known ?? (await tx.ensureConversation(place, newKey(event)))
  const call: CommandCall = { command: event.command, argument: event.argument }
  const messageId = await tx.addMessage({
    place,
    conversationId,
    externalId: event.messageId,
    replyTo: event.replyTo,
    text: `/${event.command} ${event.argument}`.trim(),
    target: event.target,
    at: event.at,
  })
  if (messageId === undefined) return { outcome: { kind: 'duplicate' } }
  await tx.addDecisions(place.workspaceId, messageId, [
    { code: 'received' },
    { code: 'addressed', detail: { how: 'command' } },
  ])
  return await runCommand(
    { tx, place, messageId, conversationId, replyTo: event.replyTo, target: event.target },
    call,
  )
}

async function knownConversation(
  tx: IngestTransaction,
  { channelId }: Place,
  hint: ConversationHint,
): Promise<ConversationId | undefined> {
  if (hint.kind === 'keyed') return await tx.conversationByKey(channelId, hint.key)
  return hint.replyTo === undefined ? undefined : await tx.conversationOf(channelId, hint.replyTo)
}

function newKey(event: InboundMessage | InboundCommand): string {
  return event.conversation.kind === 'keyed' ? event.conversation.key : `chain:${event.messageId}`
}
