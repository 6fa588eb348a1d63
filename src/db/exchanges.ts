import { and, asc, eq, gte, inArray, sql } from 'drizzle-orm'
import type { AnswerId, MessageId, TurnId } from '../model/ids.ts'
import type {
  Exchange,
  Judgement,
  ShownAnswer,
  TurnRecord,
  UpstreamCall,
} from '../ports/conversation-records.ts'
import type { Database } from './database.ts'
import { attachments, decisions, messages } from './schema/conversation.ts'
import { usage } from './schema/operation.ts'
import { people } from './schema/tenancy.ts'
import { answerParts, answers, feedback, runs, turns } from './schema/work.ts'

/** In the order given; ids that are gone are left out. */
export async function readExchanges(db: Database, ids: readonly MessageId[]): Promise<readonly Exchange[]> {
  if (ids.length === 0) return []
  const wanted = [...ids]
  const [said, heard, decided, worked] = await Promise.all([
    db
      .select({ message: messages, person: { id: people.id, name: people.name } })
      .from(messages)
      .innerJoin(people, eq(people.id, messages.personId))
      .where(inArray(messages.id, wanted)),
    db
      .select()
      .from(attachments)
      .where(inArray(attachments.messageId, wanted))
      .orderBy(asc(attachments.position)),
    db.select().from(decisions).where(inArray(decisions.messageId, wanted)).orderBy(asc(decisions.seq)),
    db.select().from(turns).where(inArray(turns.messageId, wanted)).orderBy(asc(turns.seq)),
  ])
  const turnIds = worked.map(({ id }) => id)
  const [shown, ran, called] = await Promise.all([
    readAnswers(db, wanted),
    turnIds.length === 0
      ? []
      : db.select({ id: runs.id, turnId: runs.turnId }).from(runs).where(inArray(runs.turnId, turnIds)),
    readCalls(db, worked),
  ])
  const bySaid = new Map(said.map((row) => [row.message.id, row]))
  return ids.flatMap((id): Exchange[] => {
    const row = bySaid.get(id)
    if (row === undefined) return []
    const { message, person } = row
    const turn = worked.findLast(({ messageId }) => messageId === id)
    const deleted = message.deletedAt !== null
    return [
      {
        messageId: id,
        conversationId: message.conversationId ?? undefined,
        person,
        receivedAt: message.receivedAt,
        text: deleted ? undefined : (message.text ?? undefined),
        edited: message.editedAt !== null,
        deleted,
        attachments: deleted
          ? []
          : heard
              .filter(({ messageId }) => messageId === id)
              .map((one) => ({
                kind: one.kind,
                name: one.name,
                sizeBytes: one.sizeBytes ?? undefined,
                durationMs: one.durationMs ?? undefined,
                transcript: one.transcript ?? undefined,
                doubtful: one.transcriptDoubtful,
                language: one.language ?? undefined,
                reading: one.reading ?? undefined,
              })),
        decisions: decided
          .filter(({ messageId }) => messageId === id)
          .map(({ code, detail, at }) => ({ code, detail, at })),
        turn: turn && turnRecord(turn),
        runId: turn && ran.find(({ turnId }) => turnId === turn.id)?.id,
        answers: shown.filter(({ messageId }) => messageId === id).map(({ answer }) => answer),
        calls: turn === undefined ? [] : (called.get(turn.id) ?? []),
      },
    ]
  })
}

function turnRecord(turn: typeof turns.$inferSelect): TurnRecord {
  const { id, step, state, attempts, deaths, createdAt } = turn
  return {
    id,
    step,
    state,
    attempts,
    deaths,
    merged: turn.mergedInto !== null,
    errorCode: turn.errorCode ?? undefined,
    errorMessage: turn.errorMessage ?? undefined,
    createdAt,
    startedAt: turn.startedAt ?? undefined,
    finishedAt: turn.finishedAt ?? undefined,
  }
}

async function readAnswers(
  db: Database,
  ids: MessageId[],
): Promise<readonly { messageId: MessageId | null; answer: ShownAnswer }[]> {
  const rows = await db.select().from(answers).where(inArray(answers.messageId, ids)).orderBy(asc(answers.id))
  if (rows.length === 0) return []
  const parts = await db
    .select({
      id: answerParts.id,
      answerId: answerParts.answerId,
      kind: answerParts.kind,
      fileName: answerParts.fileName,
      shown: sql<boolean>`external_id is not null`,
    })
    .from(answerParts)
    .where(
      inArray(
        answerParts.answerId,
        rows.map(({ id }) => id),
      ),
    )
    .orderBy(asc(answerParts.position))
  const judged = await db
    .select({ feedback, name: people.name })
    .from(feedback)
    .innerJoin(people, eq(people.id, feedback.personId))
    .where(
      inArray(
        feedback.answerId,
        rows.map(({ id }) => id),
      ),
    )
    .orderBy(asc(feedback.at))
  const judgementsOf = (id: AnswerId): Judgement[] =>
    judged
      .filter(({ feedback: { answerId } }) => answerId === id)
      .map(({ name, feedback: { personId, value, round, at } }) => ({
        person: { id: personId, name },
        value,
        round,
        at,
      }))
  const partsOf = (id: AnswerId) => parts.filter(({ answerId, shown }) => shown && answerId === id)
  return rows.map((row) => {
    const own = partsOf(row.id)
    const retracted = row.state === 'retracted'
    return {
      messageId: row.messageId,
      answer: {
        id: row.id,
        state: row.state,
        preface: retracted ? '' : row.preface,
        text: retracted ? '' : row.text,
        notice: retracted ? '' : row.notice,
        private: row.private,
        model: row.model ?? undefined,
        round: row.round,
        messages: own.length,
        files: own.flatMap(({ fileName }) => (fileName === null ? [] : [fileName])),
        firstPostAt: own
          .map(({ id }) => madeAt(id))
          .reduce<Date | undefined>(
            (first, at) => (first === undefined || at < first ? at : first),
            undefined,
          ),
        deliveredAt: row.deliveredAt ?? undefined,
        feedback: judgementsOf(row.id),
      },
    }
  })
}

/** Ids of version 7 begin with the millisecond they were made in. A part is made right before it is posted. */
function madeAt(id: string): Date {
  return new Date(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16))
}

/** By workspace and time, for which there is an index. */
async function readCalls(
  db: Database,
  worked: readonly (typeof turns.$inferSelect)[],
): Promise<ReadonlyMap<TurnId, readonly UpstreamCall[]>> {
  const [first] = worked
  const calls = new Map<TurnId, UpstreamCall[]>()
  if (first === undefined) return calls
  const since = new Date(Math.min(...worked.map(({ createdAt }) => createdAt.getTime())))
  const rows = await db
    .select()
    .from(usage)
    .where(
      and(
        eq(usage.workspaceId, first.workspaceId),
        gte(usage.at, since),
        inArray(
          usage.turnId,
          worked.map(({ id }) => id),
        ),
      ),
    )
    .orderBy(asc(usage.seq))
  for (const { turnId, serverName, model, firstTokenMs, at, ...row } of rows) {
    if (turnId === null) continue
    const call = {
      kind: row.kind,
      serverName: serverName ?? undefined,
      model: model ?? undefined,
      promptTokens: row.promptTokens,
      completionTokens: row.completionTokens,
      audioMs: row.audioMs,
      firstTokenMs: firstTokenMs ?? undefined,
      durationMs: row.durationMs,
      endedAt: at,
    }
    calls.set(turnId, [...(calls.get(turnId) ?? []), call])
  }
  return calls
}
