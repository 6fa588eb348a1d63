import { and, eq, sql } from 'drizzle-orm'
import type { AnswerId, ChannelId, PersonId } from '../model/ids.ts'
import type { IngestTransaction, PressedAnswer } from '../ports/ingest-store.ts'
import type { Transaction } from './database.ts'
import { answers, feedback, turns } from './schema/work.ts'

export async function answerBehind(
  tx: Transaction,
  channelId: ChannelId,
  by: Parameters<IngestTransaction['answerBehind']>[1],
): Promise<PressedAnswer | undefined> {
  const [row] = await tx
    .select({
      id: answers.id,
      text: answers.text,
      turn: {
        id: turns.id,
        messageId: turns.messageId,
        conversationId: turns.conversationId,
        state: turns.state,
      },
      askers: sql<PersonId[]>`(
        select array_agg(m.person_id) from turns t join messages m on m.id = t.message_id
        where t.id = ${turns.id} or t.merged_into = ${turns.id}
      )`,
    })
    .from(answers)
    .innerJoin(turns, eq(turns.id, answers.turnId))
    .where(
      and(
        eq(answers.channelId, channelId),
        'answerId' in by
          ? eq(answers.id, by.answerId)
          : 'turnId' in by
            ? eq(answers.turnId, by.turnId)
            : sql`${answers.id} in (
              select answer_id from answer_parts where channel_id = ${channelId} and external_id = ${by.externalId}
            )`,
      ),
    )
    .limit(1)
  return row
}

export async function judge(
  tx: Transaction,
  answerId: AnswerId,
  personId: PersonId,
  value: 'up' | 'down',
  { again }: { readonly again: 'withdraws' | 'keeps' },
): Promise<boolean> {
  const [same] = await tx
    .delete(feedback)
    .where(
      and(
        sql`${again} = 'withdraws'`,
        eq(feedback.answerId, answerId),
        eq(feedback.personId, personId),
        eq(feedback.value, value),
        sql`round = (select round from answers where id = ${answerId})`,
      ),
    )
    .returning({ value: feedback.value })
  if (same) return false
  await tx.execute(sql`
    insert into feedback (answer_id, person_id, workspace_id, value, round)
    select id, ${personId}, workspace_id, ${value}, round from answers where id = ${answerId}
    on conflict (answer_id, person_id)
    do update set value = excluded.value, round = excluded.round, at = now()`)
  return true
}
