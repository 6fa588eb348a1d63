import type { InboundDeletion } from '../model/inbound.ts'
import type { Place } from '../model/work.ts'
import type { IngestTransaction, KnownMessage } from '../ports/ingest-store.ts'
import type { Intake } from './intake.ts'

/** A deleted question takes its answer with it; what both said leaves the hub. */
export async function takeDeletion(
  tx: IngestTransaction,
  event: InboundDeletion,
  place: Place,
): Promise<Intake> {
  const message = await tx.messageByExternalId(place.channelId, event.messageId)
  if (!message || message.deleted) return { outcome: { kind: 'ignored', reason: 'unknown_message' } }
  return await takeBack(tx, message, place, 'deleted')
}

export async function takeBack(
  tx: IngestTransaction,
  { id }: Pick<KnownMessage, 'id'>,
  place: Place,
  why: 'deleted' | 'taken_back',
): Promise<Intake> {
  const turn = await tx.turnOf(id)
  const joined = turn !== undefined && (turn.messageId !== id || (await tx.othersJoined(turn.id)))
  await tx.forgetMessage(id)
  await tx.addDecisions(place.workspaceId, id, [{ code: why }])
  if (turn && joined) {
    // What others asked in the same turn is still to be answered.
    const open = turn.state === 'ready' || turn.state === 'working'
    const begun = open ? await tx.redoTurn(turn.id, undefined) : undefined
    return {
      outcome: { kind: 'handled' },
      ...(begun === undefined ? {} : { wake: begun.step }),
      ...(begun?.working ? { redo: turn.id } : {}),
    }
  }
  const { answers, ...withdrawn } = await tx.withdrawAnswers(id)
  return { outcome: { kind: 'handled' }, ...withdrawn, retract: answers }
}
