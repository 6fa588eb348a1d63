import { asHubError, HubError } from '../model/errors.ts'
import type { AnswerId } from '../model/ids.ts'
import type { InboundEvent } from '../model/inbound.ts'
import { sentence } from '../model/sentence.ts'
import type { IngestStore, IngestTransaction } from '../ports/ingest-store.ts'
import type { Logger } from '../ports/logger.ts'
import type { Ingest } from '../ports/receiver.ts'
import type { Signals } from '../ports/signals.ts'
import type { TicketQueue } from '../ports/ticket-queue.ts'
import { takePress } from './controls/index.ts'
import { takeDeletion } from './deletions.ts'
import { takeEdit } from './edits.ts'
import type { Intake } from './intake.ts'
import { createIntakeGate } from './intake-gate.ts'
import { takeCommand, takeMessage } from './messages.ts'
import type { BacklogLimits } from './queueing.ts'
import { createRetryCount } from './retries.ts'
import { say } from './wording.ts'

export interface IngestParts {
  readonly store: IngestStore
  readonly queue: TicketQueue
  readonly signals: Signals
  readonly limits: BacklogLimits
  /** Sends an answer that is already whole, or removes one that was taken back. Its failures are its own. */
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
    for (const answerId of intake.retract ?? []) await deliver(answerId)
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
  if (!(await tx.claimEvent(event.connectionId, event.eventId))) {
    await tx.noteDuplicate(event)
    return DUPLICATE
  }
  if (event.kind === 'channel-moved') {
    await tx.moveChannel(event.connectionId, event.channel.externalId, event.newExternalId)
    return { outcome: { kind: 'handled' } }
  }
  const place = await tx.place(event)
  if (place.paused && event.kind === 'edit') return { outcome: { kind: 'ignored', reason: 'person_paused' } }
  switch (event.kind) {
    case 'message':
      return await takeMessage(tx, event, place, limits)
    case 'command':
      return await takeCommand(tx, event, place, limits)
    case 'edit':
      return await takeEdit(tx, event, place, limits)
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
