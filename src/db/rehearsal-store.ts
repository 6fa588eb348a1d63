import { asc, desc, eq, inArray, sql } from 'drizzle-orm'
import { costMicros } from '../model/budget.ts'
import type { RehearsalId, TurnId } from '../model/ids.ts'
import type { Rehearsal, RehearsalStore, RehearsalWork, RehearsedAnswer } from '../ports/rehearsals.ts'
import { holdAccounts, priceOf } from './budget-accounts.ts'
import { recordUse } from './call-ledger.ts'
import type { Database } from './database.ts'
import { inMs } from './lease.ts'
import { textOfTurn } from './merging.ts'
import { effectiveSettings } from './place.ts'
import { messages } from './schema/conversation.ts'
import { usage } from './schema/operation.ts'
import { rehearsalItems, rehearsals } from './schema/rehearsal.ts'
import { channels, people, workspaces } from './schema/tenancy.ts'
import { answers, turns } from './schema/work.ts'
import { present, storable } from './storable.ts'
import { readHistory } from './turn-store.ts'

const LISTED = 20
const HISTORY = 40
const MOST_TRIES = 3

export function createRehearsalStore(db: Database): RehearsalStore & RehearsalWork {
  return {
    async start({ workspaceId, model, systemPrompt, turns: count, startedBy }) {
      const rows = await db
        .select({
          id: turns.id,
          messageId: turns.messageId,
          answer: answers.text,
          model: answers.model,
          channelKind: channels.kind,
        })
        .from(turns)
        .innerJoin(messages, eq(messages.id, turns.messageId))
        .innerJoin(channels, eq(channels.id, messages.channelId))
        .innerJoin(answers, eq(answers.turnId, turns.id))
        .where(
          sql`${turns.workspaceId} = ${workspaceId} and ${turns.state} = 'done' and ${turns.step} in ('reply', 'deliver')
            and ${answers.text} <> '' and ${answers.model} is not null and ${messages.deletedAt} is null
            and ${messages.text} <> ''`,
        )
        .orderBy(desc(turns.seq))
        .limit(count)
      if (rows.length === 0) return undefined
      const used = await lastCalls(
        db,
        rows.map(({ id }) => id),
      )
      const questions = await Promise.all(rows.map(async (row) => await textOfTurn(db, row)))
      return await db.transaction(async (tx) => {
        const [made] = await tx
          .insert(rehearsals)
          .values({
            workspaceId,
            model: model ?? null,
            systemPrompt: systemPrompt === undefined ? null : storable(systemPrompt),
            startedBy,
          })
          .returning({ id: rehearsals.id })
        const { id: rehearsalId } = present(made)
        await tx.insert(rehearsalItems).values(
          rows.map((row, index) => ({
            rehearsalId,
            workspaceId,
            turnId: row.id,
            position: rows.length - index,
            question: questions[index] ?? '',
            before: { ...NOTHING, ...used.get(row.id), text: row.answer, model: row.model },
          })),
        )
        return rehearsalId
      })
    },

    async find(id) {
      const [found] = await read(db, eq(rehearsals.id, id))
      return found
    },
    list: (workspaceId) => read(db, eq(rehearsals.workspaceId, workspaceId)),

    async next(limitMs) {
      const [taken] = await db
        .update(rehearsalItems)
        .set({ takenUntil: inMs(limitMs), tries: sql`tries + 1` })
        .where(
          sql`${rehearsalItems.id} = (
            select i.id from rehearsal_items i
            where i.after is null and i.error is null and i.tries < ${MOST_TRIES}
              and (i.taken_until is null or i.taken_until < now())
            order by i.rehearsal_id, i.position limit 1 for update skip locked
          )`,
        )
        .returning()
      if (!taken) return undefined
      const [row] = await db
        .select({
          seq: turns.seq,
          conversationId: turns.conversationId,
          channelId: messages.channelId,
          channelKind: channels.kind,
          personId: messages.personId,
          personName: people.name,
          model: rehearsals.model,
          systemPrompt: rehearsals.systemPrompt,
        })
        .from(turns)
        .innerJoin(messages, eq(messages.id, turns.messageId))
        .innerJoin(channels, eq(channels.id, messages.channelId))
        .innerJoin(people, eq(people.id, messages.personId))
        .innerJoin(rehearsals, eq(rehearsals.id, taken.rehearsalId))
        .where(eq(turns.id, taken.turnId))
      const { seq, conversationId, channelKind, model, systemPrompt, ...asked } = present(row)
      const settings = await effectiveSettings(db, taken.workspaceId, asked.channelId)
      return {
        ...asked,
        id: taken.id,
        workspaceId: taken.workspaceId,
        group: channelKind === 'group',
        question: taken.question,
        history: await readHistory(db, { conversationId, seq }, HISTORY),
        settings: {
          ...settings,
          model: model ?? settings.model,
          systemPrompt: systemPrompt ?? settings.systemPrompt,
        },
      }
    },

    async answered(task, answer, serverName) {
      const { promptTokens, completionTokens, durationMs, firstTokenMs, model } = answer
      const used = { promptTokens, completionTokens }
      await db.transaction(async (tx) => {
        await holdAccounts(tx)
        const price = await priceOf(tx, model ?? undefined)
        const after = { ...answer, text: storable(answer.text), costMicros: costMicros(price, used) }
        await tx.update(rehearsalItems).set({ after }).where(eq(rehearsalItems.id, task.id))
        const record = {
          ...used,
          ...(model === null ? {} : { model }),
          ...(firstTokenMs === null ? {} : { firstTokenMs }),
          kind: 'reply',
          serverName,
          durationMs,
        } as const
        await recordUse(tx, task, record, new Date(), { outcome: 'rehearsal' })
      })
    },

    async failed({ id }, error) {
      await db
        .update(rehearsalItems)
        .set({ error: storable(error).slice(0, 500) })
        .where(eq(rehearsalItems.id, id))
    },
  }
}

const NOTHING: Omit<RehearsedAnswer, 'text' | 'model'> = {
  promptTokens: 0,
  completionTokens: 0,
  firstTokenMs: null,
  durationMs: 0,
  costMicros: 0,
}

async function lastCalls(
  db: Database,
  ids: readonly TurnId[],
): Promise<ReadonlyMap<TurnId, Omit<RehearsedAnswer, 'text' | 'model'>>> {
  const rows = await db
    .select()
    .from(usage)
    .where(inArray(usage.turnId, [...ids]))
    .orderBy(asc(usage.seq))
  return new Map(
    rows.flatMap(({ turnId, kind, outcome, ...row }) =>
      turnId === null || kind !== 'reply' || outcome !== 'ok'
        ? []
        : [
            [
              turnId,
              {
                promptTokens: row.promptTokens,
                completionTokens: row.completionTokens,
                firstTokenMs: row.firstTokenMs,
                durationMs: row.durationMs,
                costMicros: row.costMicros,
              },
            ] as const,
          ],
    ),
  )
}

async function read(db: Database, where: ReturnType<typeof eq>): Promise<readonly Rehearsal[]> {
  const rows = await db
    .select({ rehearsal: rehearsals, workspaceName: workspaces.name })
    .from(rehearsals)
    .innerJoin(workspaces, eq(workspaces.id, rehearsals.workspaceId))
    .where(where)
    .orderBy(desc(rehearsals.id))
    .limit(LISTED)
  if (rows.length === 0) return []
  const ids: RehearsalId[] = rows.map(({ rehearsal }) => rehearsal.id)
  const items = await db
    .select()
    .from(rehearsalItems)
    .where(inArray(rehearsalItems.rehearsalId, ids))
    .orderBy(asc(rehearsalItems.position))
  return rows.map(({ rehearsal, workspaceName }) => ({
    id: rehearsal.id,
    workspaceId: rehearsal.workspaceId,
    workspaceName,
    model: rehearsal.model ?? undefined,
    systemPrompt: rehearsal.systemPrompt ?? undefined,
    startedBy: rehearsal.startedBy,
    createdAt: rehearsal.createdAt,
    items: items
      .filter(({ rehearsalId }) => rehearsalId === rehearsal.id)
      .map(({ question, before, after, error, tries, takenUntil }) => ({
        question,
        before,
        after: after ?? undefined,
        error:
          error ??
          (after === null && tries >= MOST_TRIES && takenUntil !== null && takenUntil < new Date()
            ? 'given up'
            : undefined),
      })),
  }))
}
