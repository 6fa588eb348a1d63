import { and, asc, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import type { TurnId } from '../model/ids.ts'
import type { Step } from '../model/work.ts'
import type { HeardTurn } from '../ports/ingest-store.ts'
import type { Transaction } from './database.ts'
import { reopenTurn } from './redo.ts'
import { attachments, messages } from './schema/conversation.ts'
import { answers, turns } from './schema/work.ts'
import { storable } from './storable.ts'

/** undefined: no speech was written down for this turn. */
export async function heardIn(tx: Transaction, turnId: TurnId): Promise<HeardTurn | undefined> {
  const rows = await tx
    .select({
      state: turns.state,
      step: turns.step,
      messageId: turns.messageId,
      conversationId: turns.conversationId,
      personId: messages.personId,
      text: attachments.transcript,
      doubtful: attachments.transcriptDoubtful,
      whole: sql<boolean>`exists (select 1 from answers a where a.turn_id = ${turns.id} and a.state <> 'growing')`,
    })
    .from(turns)
    .innerJoin(messages, eq(messages.id, turns.messageId))
    .innerJoin(attachments, eq(attachments.messageId, messages.id))
    .where(
      and(
        eq(turns.id, turnId),
        inArray(attachments.kind, ['voice', 'audio']),
        isNotNull(attachments.transcript),
      ),
    )
    .orderBy(asc(attachments.position))
  const [first] = rows
  if (!first) return undefined
  const { messageId, conversationId, personId } = first
  return {
    turnId,
    messageId,
    conversationId,
    personId,
    texts: rows.flatMap(({ text }) => text || []),
    // The question shows a moment before its turn ends.
    asked:
      first.step === 'transcribe' &&
      (first.state === 'done' || (first.state === 'working' && first.whole)) &&
      rows.some(({ doubtful }) => doubtful),
  }
}

/** Several recordings of one message become one text. */
export async function settleTranscript(
  tx: Transaction,
  turnId: TurnId,
  words: string | undefined,
  quote: string,
): Promise<{ step: Step; working: boolean } | undefined> {
  const [turn] = await tx
    .select({ state: turns.state, messageId: turns.messageId })
    .from(turns)
    .where(eq(turns.id, turnId))
    .for('update')
  if (!turn || turn.state === 'cancelled') return undefined
  const heard = await tx
    .update(attachments)
    .set({ transcriptDoubtful: false })
    .where(and(eq(attachments.messageId, turn.messageId), isNotNull(attachments.transcript)))
    .returning({ id: attachments.id, position: attachments.position })
  if (words !== undefined) {
    const first = heard.toSorted((a, b) => a.position - b.position)[0]?.id
    for (const { id } of heard)
      await tx
        .update(attachments)
        .set({ transcript: id === first ? storable(words) : '' })
        .where(eq(attachments.id, id))
  }
  await tx
    .update(answers)
    .set({ preface: storable(quote) })
    .where(eq(answers.turnId, turnId))
  if (turn.state !== 'ready' && turn.state !== 'working') {
    const step = await reopenTurn(tx, turnId)
    return step && { step, working: false }
  }
  const working = turn.state === 'working'
  const [row] = await tx
    .update(turns)
    .set({ redoRequestedAt: sql`now()`, ...(working ? {} : { attempts: 0, notBefore: null }) })
    .where(eq(turns.id, turnId))
    .returning({ step: turns.step })
  return row && { step: row.step, working }
}
