import { and, asc, desc, eq, inArray, isNull, or, sql } from 'drizzle-orm'
import type { AnswerId, MessageId, TurnId } from '../model/ids.ts'
import type { Step } from '../model/work.ts'
import type { Withdrawal } from '../ports/ingest-store.ts'
import type { Transaction } from './database.ts'
import { attachments, conversations, messages, passages, pictures } from './schema/conversation.ts'
import { answerParts, answers, runs, turns } from './schema/work.ts'

/**
 * Takes back what the bot says to a message: an open turn ends here and now, and its worker may write no more;
 * what shows is left for delivery to remove. The words of the answers are gone at once.
 */
export async function withdrawAnswers(tx: Transaction, messageId: MessageId): Promise<Withdrawal> {
  const [turn] = await tx
    .select({ id: turns.id, conversationId: turns.conversationId })
    .from(turns)
    .where(and(eq(turns.messageId, messageId), isNull(turns.mergedInto)))
    .orderBy(desc(turns.seq))
    .limit(1)
  const ended = turn && (await cancelTurn(tx, turn))
  return { ...ended, answers: await retractAnswers(tx, messageId, turn?.id) }
}

async function cancelTurn(
  tx: Transaction,
  { id, conversationId }: Pick<typeof turns.$inferSelect, 'id' | 'conversationId'>,
): Promise<{ stop?: TurnId; wake?: Step }> {
  // Workers lock the conversation before the turn.
  await tx
    .select({ id: conversations.id })
    .from(conversations)
    .where(eq(conversations.id, conversationId))
    .for('update')
  const [before] = await tx.select({ state: turns.state }).from(turns).where(eq(turns.id, id)).for('update')
  if (before?.state !== 'ready' && before?.state !== 'working') return {}
  await tx
    .update(turns)
    .set({ state: 'cancelled', finishedAt: sql`now()`, redoRequestedAt: null })
    .where(eq(turns.id, id))
  if (before.state === 'ready') return {}
  await tx
    .update(conversations)
    .set({ leaseFence: sql`lease_fence + 1`, leaseOwner: null, leaseUntil: null })
    .where(eq(conversations.id, conversationId))
  const [next] = await tx
    .select({ step: turns.step })
    .from(turns)
    .where(and(eq(turns.conversationId, conversationId), inArray(turns.state, ['ready', 'working'])))
    .orderBy(asc(turns.seq))
    .limit(1)
  return { stop: id, ...(next === undefined ? {} : { wake: next.step }) }
}

/** Without a turn: only what was said at once. */
export async function retractAnswers(
  tx: Transaction,
  messageId: MessageId,
  turnId: TurnId | undefined,
): Promise<AnswerId[]> {
  const rows = await tx
    .update(answers)
    .set({
      state: 'retracted',
      preface: '',
      text: '',
      notice: '',
      controls: [],
      attempts: 0,
      notBefore: null,
    })
    .where(
      or(
        and(eq(answers.messageId, messageId), isNull(answers.turnId)),
        turnId === undefined ? undefined : eq(answers.turnId, turnId),
      ),
    )
    .returning({ id: answers.id })
  const ids = rows.map(({ id }) => id)
  if (ids.length > 0) {
    await tx
      .update(answerParts)
      .set({ fileName: null, fileType: null, fileData: null })
      .where(inArray(answerParts.answerId, ids))
  }
  return ids
}

/** What was said in it leaves the database; that it was there stays. */
export async function forgetMessage(tx: Transaction, messageId: MessageId): Promise<void> {
  await tx
    .update(messages)
    .set({ deletedAt: sql`now()`, text: null, quoted: null })
    .where(eq(messages.id, messageId))
  const files = await tx
    .update(attachments)
    .set({ name: '', reference: {}, transcript: null, heard: null, reading: null })
    .where(eq(attachments.messageId, messageId))
    .returning({ id: attachments.id })
  if (files.length > 0) {
    await tx.delete(pictures).where(
      inArray(
        pictures.attachmentId,
        files.map(({ id }) => id),
      ),
    )
    await tx.delete(passages).where(
      inArray(
        passages.attachmentId,
        files.map(({ id }) => id),
      ),
    )
  }
  await tx.execute(sql`
    update ${runs} set source = '', stdin = null, args = null, files = null, attached = null, result = null
    where turn_id in (select t.id from turns t where t.message_id = ${messageId})`)
}
