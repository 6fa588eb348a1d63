import { asHubError, HubError } from '../model/errors.ts'
import type { AnswerId, ConversationId } from '../model/ids.ts'
import type { ConversationHint, InboundCommand, InboundEvent, InboundMessage } from '../model/inbound.ts'
import { sentence } from '../model/sentence.ts'
import type { CommandCall, Place } from '../model/work.ts'
import type { IngestStore, IngestTransaction } from '../ports/ingest-store.ts'
import type { Logger } from '../ports/logger.ts'
import type { Ingest } from '../ports/receiver.ts'
import type { Signals } from '../ports/signals.ts'
import type { TicketQueue } from '../ports/ticket-queue.ts'
import { takeDeletion, takeEdit } from './aftermath.ts'
import { runCommand } from './commands/index.ts'
import { takePress } from './controls/index.ts'
import type { Intake } from './intake.ts'
import { createIntakeGate } from './intake-gate.ts'
import { type BacklogLimits, queueTurn } from './queueing.ts'
import { createRetryCount } from './retries.ts'
import { route } from './route.ts'
import { say } from './wording.ts'

export interface IngestParts {
  readonly store: IngestStore
  readonly queue: TicketQueue
  readonly signals: Signals
  readonly limits: BacklogLimits
  /** Sends an answer that is already whole. Its failures are its own. */
  readonly deliver: (answerId: AnswerId) => Promise<void>
  readonly log: Logger
}

const DUPLICATE: Intake = { outcome: { kind: 'duplicate' } }
/** Tries of an event that fails by a fault of ours, before it is left out and the person told. */
const MAX_FAULTS = 5

/**
 * The one door in: deduplicate, place, decide and write in one transaction; then acknowledge; only then
 * wake workers and answer, so that a platform's deferral is there before the first edit of it.
 */
export function createIngest(parts: IngestParts): Ingest {
  const { queue, signals, deliver, log } = parts
  const faults = createRetryCount()
  const gate = createIntakeGate()
  return async (event, acknowledge) => {
    const name = `${event.connectionId} ${event.eventId}`
    const intake = (await gate.pass(name, () => takeOrExplain(parts, faults, name, event))) ?? DUPLICATE
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
    for (const topic of ['stop', 'redo'] as const) {
      const turnId = intake[topic]
      if (turnId === undefined) continue
      await signals
        .publish(topic, turnId)
        .catch((error: unknown) => log.warn({ err: error, topic }, 'a turn could not be signalled'))
    }
    if (intake.deliver) await deliver(intake.deliver)
    return intake.outcome
  }
}

/**
 * A database that is away holds the event back for as long as it takes. An event that fails by a fault of ours
 * would hold back its whole connection: after a few tries it is left out, and who asked is told.
 */
async function takeOrExplain(
  { store, limits, log }: IngestParts,
  faults: ReturnType<typeof createRetryCount>,
  name: string,
  event: InboundEvent,
): Promise<Intake> {
  try {
    const intake = await store.transaction((tx) => takeIn(tx, event, limits))
    faults.forget(name)
    return intake
  } catch (error) {
    const failure = asHubError(error)
    if (failure.code === 'storage_unavailable') throw failure
    const given = failure.retry.kind === 'never' ? MAX_FAULTS : faults.failed(name)
    if (given < MAX_FAULTS) throw failure
    faults.forget(name)
    log.error(
      { code: failure.code, err: failure, eventId: event.eventId, kind: event.kind, tries: given },
      'an event is left out: it cannot be taken in',
    )
    return await store
      .transaction((tx) => explain(tx, event))
      .catch((second: unknown) => {
        const again = asHubError(second)
        if (again.code === 'storage_unavailable') throw again
        throw new HubError('event_given_up', 'an event cannot be taken in', { cause: failure })
      })
  }
}

/** Says that a message could not be taken in, to somebody who surely meant the bot. */
async function explain(tx: IngestTransaction, event: InboundEvent): Promise<Intake> {
  const ignored: Intake = { outcome: { kind: 'ignored', reason: 'event_given_up' } }
  const meant = event.kind === 'command' || (event.kind === 'message' && event.addressed !== 'none')
  if (!(await tx.claimEvent(event.connectionId, event.eventId)) || !meant) return ignored
  const place = await tx.place(event)
  const answer = {
    place,
    conversationId: undefined,
    messageId: undefined,
    target: event.target,
    text: say(sentence('answer.internal'), place.language),
    private: false,
  }
  return { outcome: { kind: 'replied', private: false }, deliver: await tx.addAnswer(answer) }
}

async function takeIn(tx: IngestTransaction, event: InboundEvent, limits: BacklogLimits): Promise<Intake> {
  if (!(await tx.claimEvent(event.connectionId, event.eventId))) return await takeDuplicate(tx, event)
  if (event.kind === 'channel-moved') {
    await tx.moveChannel(event.connectionId, event.channel.externalId, event.newExternalId)
    return { outcome: { kind: 'handled' } }
  }
  const place = await tx.place(event)
  switch (event.kind) {
    case 'message':
      return await takeMessage(tx, event, place, limits)
    case 'command':
      return await takeCommand(tx, event, place, limits)
    case 'edit':
      return await takeEdit(tx, event, place)
    case 'deletion':
      return await takeDeletion(tx, event, place)
    case 'action':
      return await takePress(tx, event, place, limits)
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

async function takeDuplicate(tx: IngestTransaction, event: InboundEvent): Promise<Intake> {
  await tx.noteDuplicate(event)
  return { outcome: { kind: 'duplicate' } }
}

async function takeMessage(
  tx: IngestTransaction,
  event: InboundMessage,
  place: Place,
  limits: BacklogLimits,
): Promise<Intake> {
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
  if (messageId === undefined) return await takeDuplicate(tx, event)
  const { workspaceId } = place
  await tx.addDecisions(workspaceId, messageId, [{ code: 'received' }])
  if (decision.kind === 'ignore' || conversationId === undefined) {
    const reason = decision.kind === 'ignore' ? decision.reason : 'not_addressed'
    await tx.addDecisions(workspaceId, messageId, [{ code: 'not_addressed', detail: { reason } }])
    return { outcome: { kind: 'ignored', reason } }
  }
  await tx.addDecisions(workspaceId, messageId, [{ code: 'addressed', detail: { how: decision.how } }])
  const where = {
    tx,
    place,
    messageId,
    conversationId,
    replyTo: event.replyTo,
    target,
    attachments,
    quoted: event.quoted,
    limits,
    administers: event.administers === true,
    unseen: false,
  }
  if (decision.kind === 'command') return await runCommand(where, decision.call)
  if (decision.kind === 'refuse') {
    const text = say(decision.sentence, place.language)
    const answerId = await tx.addAnswer({ place, conversationId, messageId, target, text, private: false })
    return { outcome: { kind: 'replied', private: false }, deliver: answerId }
  }
  await tx.addAttachments(place, messageId, attachments)
  return await queueTurn(where, decision.step)
}

async function takeCommand(
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
    text: `/${event.command} ${event.argument}`.trim(),
    target: event.target,
    at: event.at,
  })
  if (messageId === undefined) return await takeDuplicate(tx, event)
  await tx.addDecisions(place.workspaceId, messageId, [
    { code: 'received' },
    { code: 'addressed', detail: { how: 'command' } },
  ])
  const { replyTo, target, attachments = [], quoted } = event
  const where = { tx, place, messageId, conversationId, replyTo, target, attachments, quoted, limits }
  return await runCommand({ ...where, administers: event.administers === true, unseen: true }, call)
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
