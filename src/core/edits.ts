import type { MessageId } from '../model/ids.ts'
import type { InboundEdit } from '../model/inbound.ts'
import { sentence } from '../model/sentence.ts'
import type { CodeToRun, Place } from '../model/work.ts'
import type { IngestTransaction, KnownMessage, TurnSummary } from '../ports/ingest-store.ts'
import { controlId } from './controls/control.ts'
import type { Intake } from './intake.ts'
import { considered, newKey, proceed, takeMessage } from './messages.ts'
import type { BacklogLimits } from './queueing.ts'
import type { Route } from './route.ts'
import { parseRun } from './run-line.ts'
import { say } from './wording.ts'

/** What was said longer ago and never reached the hub is not answered because it was edited. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000

type Meant = Exclude<Route, { kind: 'ignore' }>

/**
 * The answer follows its question: under way or just given, it is begun anew in place; an older one by the setting.
 * An edit that first addresses the bot asks; one that no longer does changes nothing but the words, since deleting
 * is how a question is taken back.
 */
export async function takeEdit(
  tx: IngestTransaction,
  event: InboundEdit,
  place: Place,
  limits: BacklogLimits,
): Promise<Intake> {
  const message = await tx.messageByExternalId(place.channelId, event.messageId)
  if (!message) return await takeUnknown(tx, event, place, limits)
  if (message.deleted) return ignored('deleted')
  if (message.editedAt !== undefined && event.at < message.editedAt) return ignored('older_edit')
  if (message.text === undefined || message.conversationId === undefined)
    return await adopt(tx, event, message, place, limits)
  if (message.text === event.text.replaceAll('\0', '').toWellFormed()) return ignored('unchanged')
  await tx.changeText(message.id, event.text, event.at)
  await note(tx, place, message.id, 'edited')
  const { decision } = await considered(tx, event, place, true)
  if (decision.kind === 'ignore') return { outcome: { kind: 'handled' } }
  const turn = await tx.turnOf(message.id)
  const work = workOf(decision, event, place)
  if (turn === undefined || turn.state === 'cancelled' || work === undefined) {
    if (turn !== undefined && turn.messageId !== message.id) return { outcome: { kind: 'handled' } }
    return await askAnew(tx, event, message, place, limits, decision)
  }
  // Its words are part of somebody else's question.
  if (turn.messageId !== message.id && work.code !== undefined) return { outcome: { kind: 'handled' } }
  const open = turn.state === 'ready' || turn.state === 'working'
  if (!open && (await tx.hasLaterTurns(turn)) && place.settings.edits !== 'redo')
    return await leaveOld(tx, event, turn, message, place)
  return await redo(tx, turn, message.id, place, work.code)
}

async function takeUnknown(
  tx: IngestTransaction,
  event: InboundEdit,
  place: Place,
  limits: BacklogLimits,
): Promise<Intake> {
  const { saidAt = event.at, ...said } = event
  if (event.at.getTime() - saidAt.getTime() > MAX_AGE_MS) return ignored('unknown_message')
  return await takeMessage(tx, { ...said, kind: 'message', at: saidAt }, place, limits)
}

/** It was seen and left alone; it may be a question now. */
async function adopt(
  tx: IngestTransaction,
  event: InboundEdit,
  { id: messageId }: KnownMessage,
  place: Place,
  limits: BacklogLimits,
): Promise<Intake> {
  const { known, decision } = await considered(tx, event, place)
  if (decision.kind === 'ignore') return ignored(decision.reason)
  const conversationId = known ?? (await tx.ensureConversation(place, newKey(event)))
  await tx.adoptMessage(messageId, { conversationId, target: event.target })
  await tx.changeText(messageId, event.text, event.at)
  await note(tx, place, messageId, 'edited')
  return await proceed({ tx, place, messageId, conversationId, event, limits }, decision)
}

/** What it was is taken back, and what it is now begins like a new message. */
async function askAnew(
  tx: IngestTransaction,
  event: InboundEdit,
  { id: messageId, conversationId }: KnownMessage,
  place: Place,
  limits: BacklogLimits,
  decision: Meant,
): Promise<Intake> {
  if (conversationId === undefined) return ignored('unknown_message')
  const { answers, ...withdrawn } = await tx.withdrawAnswers(messageId)
  const asked = { tx, place, messageId, conversationId, event, limits, again: true }
  const intake = await proceed(asked, decision)
  return { ...withdrawn, ...intake, retract: answers }
}

async function redo(
  tx: IngestTransaction,
  turn: TurnSummary,
  messageId: MessageId,
  place: Place,
  code: CodeToRun | undefined,
): Promise<Intake> {
  const begun = await tx.redoTurn(turn.id, code)
  if (!begun) return { outcome: { kind: 'handled' } }
  await note(tx, place, messageId, 'edit_redo')
  return {
    outcome: { kind: 'handled' },
    wake: begun.step,
    retract: await tx.retractNotices(messageId),
    ...(begun.working ? { redo: turn.id } : {}),
  }
}

async function leaveOld(
  tx: IngestTransaction,
  event: InboundEdit,
  turn: TurnSummary,
  { id: messageId, conversationId }: KnownMessage,
  place: Place,
): Promise<Intake> {
  if (place.settings.edits === 'ignore') {
    await note(tx, place, messageId, 'edit_kept')
    return { outcome: { kind: 'handled' } }
  }
  await note(tx, place, messageId, 'edit_asked')
  const retract = await tx.retractNotices(messageId)
  const prefix = event.target.commandPrefix ?? '/'
  const old = await tx.answerOf(turn.id)
  const answerId = await tx.addAnswer({
    place,
    conversationId,
    messageId,
    target: event.target,
    text: say(sentence('edit.ask', { prefix }), place.language),
    private: false,
    controls:
      old === undefined
        ? []
        : [{ id: controlId('retry', old, ''), label: say(sentence('edit.redo'), place.language) }],
  })
  return { outcome: { kind: 'replied', private: false }, deliver: answerId, retract }
}

/** What a turn could do of it; undefined: it is answered at once. */
function workOf(
  decision: Meant,
  { attachments, quoted }: InboundEdit,
  { settings }: Place,
): { readonly code: CodeToRun | undefined } | undefined {
  if (decision.kind === 'turn') return { code: undefined }
  if (decision.kind !== 'command' || decision.call.command !== 'run' || !settings.run) return undefined
  const parsed = parseRun({ argument: decision.call.argument, attachments, quoted })
  return parsed.kind === 'code' ? { code: parsed.code } : undefined
}

async function note(tx: IngestTransaction, place: Place, messageId: MessageId, code: string): Promise<void> {
  await tx.addDecisions(place.workspaceId, messageId, [{ code }])
}

function ignored(reason: string): Intake {
  return { outcome: { kind: 'ignored', reason } }
}
