import type { InboundDeletion, InboundEdit } from '../model/inbound.ts'
import type { Place } from '../model/work.ts'
import type { IngestTransaction } from '../ports/ingest-store.ts'
import type { Intake } from './intake.ts'

/** An edit before the turn starts changes the question; later ones are kept for the record. */
export async function takeEdit(tx: IngestTransaction, event: InboundEdit, place: Place): Promise<Intake> {
  const message = await tx.messageByExternalId(place.channelId, event.messageId)
  if (message?.text === undefined) return { outcome: { kind: 'ignored', reason: 'unknown_message' } }
  await tx.changeMessage(message.id, { text: event.text })
  await tx.addDecisions(place.workspaceId, message.id, [{ code: 'edited' }])
  return { outcome: { kind: 'handled' } }
}

/** A deleted question stops its turn; its text leaves the hub. */
export async function takeDeletion(
  tx: IngestTransaction,
  event: InboundDeletion,
  place: Place,
): Promise<Intake> {
  const message = await tx.messageByExternalId(place.channelId, event.messageId)
  if (!message) return { outcome: { kind: 'ignored', reason: 'unknown_message' } }
  await tx.changeMessage(message.id, { deleted: true })
  await tx.addDecisions(place.workspaceId, message.id, [{ code: 'deleted' }])
  const turn = await tx.turnOf(message.id)
  const stopped = turn !== undefined && (await tx.requestStop(turn.id))
  return { outcome: { kind: 'handled' }, ...(stopped ? { stop: turn.id } : {}) }
}
