import { and, asc, desc, eq, inArray, isNotNull, lt, ne, sql } from 'drizzle-orm'
import type { TurnId } from '../model/ids.ts'
import type { HistoryEntry, TurnStore } from '../ports/turn-store.ts'
import { holdAccounts } from './budget-accounts.ts'
import { recordUse } from './call-ledger.ts'
import { claimableSteps, claimTurn } from './claim.ts'
import type { Database, Transaction } from './database.ts'
import { assertLease, endLease, inMs, leaseLost } from './lease.ts'
import { textOfTurn } from './merging.ts'
import { endLeasesOfGone } from './presence.ts'
import { FIRST_STEP } from './redo.ts'
import { attachments, conversations, decisions, messages } from './schema/conversation.ts'
import { usage } from './schema/operation.ts'
import { people } from './schema/tenancy.ts'
import { answerParts, answers, runs, turns } from './schema/work.ts'
import { present, storable, storableValue } from './storable.ts'
import { storedRun } from './stored-run.ts'
import { readSummary, saveSummary } from './summaries.ts'

export function createTurnStore(db: Database): TurnStore {
  return {
    claim: (step, owner, leaseMs) => claimTurn(db, step, owner, leaseMs),
    async claimableSteps() {
      await endLeasesOfGone(db)
      return await claimableSteps(db)
    },

    async renew(lease, turnId, leaseMs) {
      const [row] = await db
        .update(conversations)
        .set({ leaseUntil: inMs(leaseMs) })
        .where(and(eq(conversations.id, lease.conversationId), eq(conversations.leaseFence, lease.fence)))
        .returning({ id: conversations.id })
      if (!row) throw leaseLost()
      const [turn] = await db
        .select({ stop: turns.stopRequestedAt, redo: turns.redoRequestedAt })
        .from(turns)
        .where(eq(turns.id, turnId))
      return { stopRequested: turn?.stop != null, redoRequested: turn?.redo != null }
    },

    async hand(lease, turnId, { step, delayMs, error }) {
      return await db.transaction(async (tx) => {
        await endLease(tx, lease)
        const [row] = await tx
          .update(turns)
          .set({
            state: 'ready',
            attempts: sql`case when step <> ${step} then 0 when ${error !== undefined} then attempts + 1 else attempts end`,
            step: sql`case when redo_requested_at is null then ${step} else ${FIRST_STEP} end`,
            deaths: 0,
            notBefore: delayMs === undefined ? null : inMs(delayMs),
            errorCode: error?.code ?? null,
            errorMessage: error === undefined ? null : storable(error.message),
          })
          .where(eq(turns.id, turnId))
          .returning({ step: turns.step })
        if (error) await recordDecision(tx, turnId, 'retried', { error: error.code })
        return present(row).step
      })
    },

    async end(lease, turnId, end, error) {
      return await db.transaction(async (tx) => {
        await endLease(tx, lease)
        const [open] = await tx
          .select({ redo: turns.redoRequestedAt, stop: turns.stopRequestedAt })
          .from(turns)
          .where(eq(turns.id, turnId))
          .for('update')
        // What was said in the last moment would stay unanswered: the claim begins the answer anew.
        if (open?.redo && !open.stop) {
          const [again] = await tx
            .update(turns)
            .set({ state: 'ready', step: FIRST_STEP, attempts: 0 })
            .where(eq(turns.id, turnId))
            .returning({ step: turns.step })
          await recordDecision(tx, turnId, 'redone', {})
          return { ended: false, next: again?.step }
        }
        await tx
          .update(turns)
          .set({
            state: end,
            finishedAt: sql`now()`,
            errorCode: error?.code ?? null,
            errorMessage: error === undefined ? null : storable(error.message),
          })
          .where(eq(turns.id, turnId))
        const shown = await shownAs(tx, turnId)
        const code = end === 'done' ? 'answered' : end
        await recordDecision(tx, turnId, code, { ...shown, ...(error ? { error: error.code } : {}) })
        const [next] = await tx
          .select({ step: turns.step })
          .from(turns)
          .where(
            and(eq(turns.conversationId, lease.conversationId), inArray(turns.state, ['ready', 'working'])),
          )
          .orderBy(asc(turns.seq))
          .limit(1)
        return { ended: true, next: next?.step }
      })
    },

    async release(lease, turnId) {
      await db.transaction(async (tx) => {
        await endLease(tx, lease)
        await tx.update(turns).set({ state: 'ready' }).where(eq(turns.id, turnId))
      })
    },

    async decide(turn, { code, detail }) {
      await db
        .insert(decisions)
        .values({ workspaceId: turn.workspaceId, messageId: turn.messageId, code, detail: detail ?? {} })
    },

    async stoppedBy(turnId) {
      const [row] = await db
        .select({ name: people.name })
        .from(turns)
        .innerJoin(people, eq(people.id, turns.stopRequestedBy))
        .where(eq(turns.id, turnId))
      return row?.name
    },

    async question(turn) {
      const rows = await db
        .select()
        .from(attachments)
        .where(eq(attachments.messageId, turn.messageId))
        .orderBy(asc(attachments.position))
      const [own] = await db
        .select({
          externalId: messages.externalId,
          quoted: messages.quoted,
          since: conversations.resetAt,
        })
        .from(messages)
        .innerJoin(conversations, eq(conversations.id, turn.conversationId))
        .where(eq(messages.id, turn.messageId))
      const { externalId, quoted, since } = present(own)
      return {
        externalId,
        quoted: quoted ?? undefined,
        since: since ?? undefined,
        text: await textOfTurn(db, turn),
        attachments: rows.map((row) => ({
          id: row.id,
          kind: row.kind,
          name: row.name,
          sizeBytes: row.sizeBytes ?? undefined,
          durationMs: row.durationMs ?? undefined,
          reference: row.reference,
          transcript: row.transcript ?? undefined,
          doubtful: row.transcriptDoubtful === true,
          heard: row.heard ?? [],
          mimeType: row.mimeType ?? undefined,
          reading: row.reading ?? undefined,
        })),
      }
    },

    async knownMessages({ channelId, conversationId }, ids) {
      if (ids.length === 0) return new Set()
      const rows = await db
        .select({ externalId: messages.externalId })
        .from(messages)
        .where(
          and(
            eq(messages.channelId, channelId),
            eq(messages.conversationId, conversationId),
            inArray(messages.externalId, [...ids]),
          ),
        )
      const own = await db
        .select({ externalId: answerParts.externalId })
        .from(answerParts)
        .where(and(eq(answerParts.channelId, channelId), inArray(answerParts.externalId, [...ids])))
      return new Set([...rows, ...own].flatMap(({ externalId }) => externalId ?? []))
    },

    summary: ({ conversationId }) => readSummary(db, conversationId),
    saveSummary: (lease, summary) => saveSummary(db, lease, summary),
    history: (turn, limit) => readHistory(db, turn, limit),

    async saveHeard(lease, attachmentId, heard) {
      await db.transaction(async (tx) => {
        await assertLease(tx, lease)
        await tx
          .update(attachments)
          .set({ heard: storableValue(heard) })
          .where(eq(attachments.id, attachmentId))
      })
    },

    async saveTranscript(lease, attachmentId, transcript) {
      await db.transaction(async (tx) => {
        await assertLease(tx, lease)
        await tx
          .update(attachments)
          .set({
            transcript: storable(transcript.text),
            transcriptDoubtful: transcript.doubtful,
            language: transcript.language ?? null,
            heard: null,
          })
          .where(eq(attachments.id, attachmentId))
      })
    },

    async spokenToday(workspaceId) {
      const [row] = await db
        .select({ ms: sql<number>`coalesce(sum(audio_ms), 0)::float8` })
        .from(usage)
        .where(
          and(
            eq(usage.workspaceId, workspaceId),
            eq(usage.kind, 'speech'),
            sql`${usage.at} >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'`,
          ),
        )
      return row?.ms ?? 0
    },

    code: (turnId) => storedRun(db, turnId),

    async saveCode(lease, turnId, { source, stdin, files }) {
      await db.transaction(async (tx) => {
        await assertLease(tx, lease)
        await tx
          .update(runs)
          .set({
            source: storable(source),
            stdin: stdin === undefined ? null : storable(stdin),
            files: files?.map(({ name, text }) => ({ name: storable(name), text: storable(text) })) ?? null,
            attached: null,
          })
          .where(eq(runs.turnId, turnId))
      })
    },

    async saveRun(lease, turnId, result) {
      await db.transaction(async (tx) => {
        await assertLease(tx, lease)
        await tx.update(runs).set({ result }).where(eq(runs.turnId, turnId))
      })
    },

    async recordUsage(turn, record) {
      await db.transaction(async (tx) => {
        await holdAccounts(tx)
        await recordUse(tx, turn, record, new Date(), { turnId: turn.id })
      })
    },
  }
}

/** On the turn's message, in the transaction that makes it true. */
async function recordDecision(
  tx: Transaction,
  turnId: TurnId,
  code: string,
  detail: Readonly<Record<string, string | number>>,
): Promise<void> {
  await tx.execute(sql`
    insert into decisions (workspace_id, message_id, code, detail)
    select workspace_id, message_id, ${code}, ${JSON.stringify(detail)}::jsonb from turns where id = ${turnId}`)
}

/** The platform's ids of what the answer shows. */
async function shownAs(tx: Transaction, turnId: TurnId): Promise<{ as: string; parts: number }> {
  const rows = await tx
    .select({ id: answerParts.externalId })
    .from(answerParts)
    .innerJoin(answers, eq(answers.id, answerParts.answerId))
    .where(and(eq(answers.turnId, turnId), isNotNull(answerParts.externalId)))
    .orderBy(asc(answerParts.position))
  return { as: rows[0]?.id ?? '', parts: rows.length }
}

export async function readHistory(
  db: Database,
  turn: { readonly conversationId: string; readonly seq: number },
  limit: number,
): Promise<HistoryEntry[]> {
  const rows = await db
    .select({
      question: sql<string | null>`concat_ws(E'\n', ${messages.text}, (
        select string_agg(m.text, E'\n' order by t.seq) from turns t join messages m on m.id = t.message_id
        where t.merged_into = ${turns.id} and m.deleted_at is null
      ))`,
      seq: turns.seq,
      personName: people.name,
      answer: answers.text,
      transcript: sql<
        string | null
      >`(select string_agg(transcript, E'\n' order by position) from attachments where message_id = ${messages.id} and not transcript_doubtful)`,
    })
    .from(turns)
    .innerJoin(messages, eq(messages.id, turns.messageId))
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .innerJoin(people, eq(people.id, messages.personId))
    .leftJoin(answers, eq(answers.turnId, turns.id))
    .where(
      and(
        sql`${turns.conversationId} = ${turn.conversationId}`,
        lt(turns.seq, turn.seq),
        sql`${turns.seq} > ${conversations.contextAfterSeq}`,
        ne(turns.state, 'cancelled'),
        sql`${messages.deletedAt} is null`,
      ),
    )
    .orderBy(desc(turns.seq))
    .limit(limit)
  return rows.reverse().flatMap((row): HistoryEntry[] => {
    const asked = [row.question, row.transcript].filter(Boolean).join('\n')
    const entries: HistoryEntry[] = []
    if (asked) entries.push({ seq: row.seq, role: 'user', text: asked, personName: row.personName })
    if (row.answer) entries.push({ seq: row.seq, role: 'assistant', text: row.answer })
    return entries
  })
}
