import { eq, sql } from 'drizzle-orm'
import type { ConversationId } from '../model/ids.ts'
import type { Lease } from '../model/work.ts'
import type { ConversationSummary, NewSummary } from '../ports/turn-store.ts'
import type { Database, Transaction } from './database.ts'
import { assertLease } from './lease.ts'
import { conversations, summaries } from './schema/conversation.ts'
import { storable } from './storable.ts'

/** Of all that a summary is made from: an edit, a deletion or a new answer among it makes another one. */
async function digestOf(db: Database | Transaction, id: ConversationId, upToSeq: number): Promise<string> {
  const { rows } = await db.execute<{ digest: string }>(sql`
    select md5(coalesce(string_agg(
      concat_ws('|', t.id, t.state, m.deleted_at is null, m.text, a.text), E'\n' order by t.seq
    ), '')) as digest
    from turns t
    join conversations c on c.id = t.conversation_id
    join messages m on m.id = t.message_id
    left join answers a on a.turn_id = t.id
    where t.conversation_id = ${id} and t.seq > c.context_after_seq and t.seq <= ${upToSeq}`)
  return rows[0]?.digest ?? ''
}

/** undefined: there is none, or what it was made from has changed since, or the context was reset. */
export async function readSummary(
  db: Database,
  id: ConversationId,
): Promise<ConversationSummary | undefined> {
  const [row] = await db
    .select({ summary: summaries, after: conversations.contextAfterSeq })
    .from(summaries)
    .innerJoin(conversations, eq(conversations.id, summaries.conversationId))
    .where(eq(summaries.conversationId, id))
  if (!row || row.summary.upToSeq <= row.after) return undefined
  const { digest, text, upToSeq, model, madeAt } = row.summary
  return digest === (await digestOf(db, id, upToSeq)) ? { text, upToSeq, model, madeAt } : undefined
}

export async function saveSummary(db: Database, lease: Lease, summary: NewSummary): Promise<void> {
  await db.transaction(async (tx) => {
    await assertLease(tx, lease)
    const { conversationId } = lease
    const { text, upToSeq, model } = summary
    const digest = await digestOf(tx, conversationId, upToSeq)
    const values = { conversationId, text: storable(text), upToSeq, model, digest, madeAt: new Date() }
    await tx
      .insert(summaries)
      .values(values)
      .onConflictDoUpdate({ target: summaries.conversationId, set: values })
  })
}
