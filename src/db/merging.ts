import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { ConversationId, MessageId, TurnId } from '../model/ids.ts'
import type { ClaimedTurn } from '../model/work.ts'
import type { Database, Transaction } from './database.ts'
import { decisions, messages } from './schema/conversation.ts'
import { people } from './schema/tenancy.ts'
import { turns } from './schema/work.ts'

/**
 * The turns that wait behind this one, up to the first that is no plain reply, become part of it: one answer
 * for all that was said meanwhile. Not once it has begun to answer.
 */
export async function takeWaitingTurns(tx: Transaction, turn: ClaimedTurn): Promise<void> {
  const taken = await tx
    .update(turns)
    .set({ state: 'cancelled', mergedInto: turn.id, finishedAt: sql`now()` })
    .where(
      and(
        eq(turns.conversationId, turn.conversationId),
        eq(turns.state, 'ready'),
        eq(turns.step, 'reply'),
        isNull(turns.stopRequestedAt),
        sql`seq > ${turn.seq}`,
        sql`seq < coalesce((
          select min(other.seq) from turns other
          where other.conversation_id = ${turn.conversationId} and other.seq > ${turn.seq}
            and other.state in ('ready', 'working') and other.step <> 'reply'
        ), 9223372036854775807)`,
        sql`not exists (select 1 from answers where answers.turn_id in (${turn.id}, turns.id) and answers.text <> '')`,
      ),
    )
    .returning({ messageId: turns.messageId })
  if (taken.length === 0) return
  const { workspaceId } = turn
  await tx
    .insert(decisions)
    .values(taken.map(({ messageId }) => ({ workspaceId, messageId, code: 'merged', detail: {} })))
}

/**
 * Makes a message part of the conversation's newest open reply, which is then redone in place with both.
 * undefined: none is open, or it is not one that can be redone.
 */
export async function interruptTurn(
  tx: Transaction,
  conversationId: ConversationId,
  messageId: MessageId,
): Promise<TurnId | undefined> {
  const [turn] = await tx
    .update(turns)
    .set({
      redoRequestedAt: sql`now()`,
      step: sql`case when state = 'ready' then 'reply' else step end`,
    })
    .where(
      sql`${turns.id} = (
          select t.id from turns t
          where t.conversation_id = ${conversationId} and t.state in ('ready', 'working')
          order by t.seq desc limit 1
        )
        and ${turns.state} in ('ready', 'working') and ${turns.step} in ('reply', 'deliver')
        and ${turns.stopRequestedAt} is null
        and not exists (select 1 from runs where runs.turn_id = ${turns.id})`,
    )
    .returning({ id: turns.id, workspaceId: turns.workspaceId })
  if (!turn) return undefined
  await tx.insert(turns).values({
    workspaceId: turn.workspaceId,
    conversationId,
    messageId,
    step: 'reply',
    state: 'cancelled',
    mergedInto: turn.id,
    finishedAt: sql`now()`,
  })
  return turn.id
}

/** What was said by the turn's own message and by those that became part of it; other speakers are named. */
export async function textOfTurn(
  db: Database,
  turn: Pick<ClaimedTurn, 'id' | 'messageId' | 'channelKind'>,
): Promise<string> {
  const rows = await db
    .select({ text: messages.text, person: messages.personId, name: people.name })
    .from(turns)
    .innerJoin(messages, eq(messages.id, turns.messageId))
    .innerJoin(people, eq(people.id, messages.personId))
    .where(sql`${turns.id} = ${turn.id} or ${turns.mergedInto} = ${turn.id}`)
    .orderBy(asc(turns.seq))
  const [first] = rows
  return rows
    .map(({ text, person, name }) =>
      text && turn.channelKind === 'group' && person !== first?.person ? `${name}: ${text}` : text,
    )
    .filter(Boolean)
    .join('\n')
}
