import { randomInt } from 'node:crypto'
import { and, asc, eq, inArray, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AnswerId } from '../model/ids.ts'
import type { Answer, AnswerPart } from '../model/work.ts'
import type { AnswerStore } from '../ports/turn-store.ts'
import type { Database, Transaction } from './database.ts'
import { assertLease, heldLease, inMs, leaseLost } from './lease.ts'
import { channels } from './schema/tenancy.ts'
import { answerParts, answers, turns } from './schema/work.ts'
import { present, storable } from './storable.ts'

const KEY_LENGTH = 20
const KEY_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

export function createAnswerStore(db: Database): AnswerStore {
  return {
    async open(turn) {
      const { lease, workspaceId, channelId, conversationId, messageId, target } = turn
      // Raw, since the builder's INSERT … SELECT wants every column.
      const { rows } = await db.execute(sql`
        with held as (
          select id from conversations
          where id = ${lease.conversationId} and lease_fence = ${lease.fence} for share
        ), made as (
          insert into answers (id, workspace_id, channel_id, conversation_id, message_id, turn_id, target)
          select ${v7()}::uuid, ${workspaceId}::uuid, ${channelId}::uuid, ${conversationId}::uuid,
            ${messageId}::uuid, ${turn.id}::uuid, ${JSON.stringify(target)}::jsonb
          from held on conflict do nothing
        ) select 1 from held`)
      if (rows.length === 0) throw leaseLost()
      return present(await readAnswer(db, eq(answers.turnId, turn.id)))
    },

    load: (answerId) => readAnswer(db, eq(answers.id, answerId)),

    async checkpoint(lease, answerId, desired) {
      const { preface, text, notice, controls, model, complete } = desired
      const held = heldLease(db, lease)
      const written = db.$with('written').as(
        db
          .update(answers)
          .set({
            ...(preface === undefined ? {} : { preface: storable(preface) }),
            ...(text === undefined ? {} : { text: storable(text) }),
            ...(notice === undefined ? {} : { notice: storable(notice) }),
            ...(controls === undefined ? {} : { controls: [...controls] }),
            ...(model === undefined ? {} : { model }),
            state: complete ? 'complete' : sql`${answers.state}`,
          })
          .from(held)
          .where(eq(answers.id, answerId))
          .returning({ turnId: answers.turnId }),
      )
      const revived = db.$with('revived').as(
        db
          .update(turns)
          .set({ deaths: 0 })
          .from(written)
          .where(and(eq(turns.id, written.turnId), sql`deaths > 0`))
          .returning({ id: turns.id }),
      )
      const parts = text === undefined ? [held, written] : [held, written, revived]
      const rows = await db
        .with(...parts)
        .select()
        .from(written)
      if (rows.length === 0) throw leaseLost()
    },

    async addFile(lease, answerId, file) {
      return await db.transaction(async (tx) => {
        await assertLease(tx, lease)
        const content = { fileName: storable(file.name), fileType: file.mimeType, fileData: file.data }
        // A redone answer's new file does not take the place of the one that is still shown.
        const [known] = await tx
          .select({ position: answerParts.position })
          .from(answerParts)
          .where(
            and(
              eq(answerParts.answerId, answerId),
              eq(answerParts.kind, 'file'),
              isNotNull(answerParts.fileData),
            ),
          )
        const position =
          known?.position ??
          sql<number>`(
          select coalesce(max(p.position) + 1, 0) from answer_parts p where p.answer_id = ${answerId} and p.kind = 'file')`
        const [row] = await tx
          .insert(answerParts)
          .values({
            answerId,
            channelId: channelOf(answerId),
            kind: 'file',
            position,
            key: newKey(),
            ...content,
          })
          .onConflictDoUpdate({
            target: [answerParts.answerId, answerParts.kind, answerParts.position],
            set: content,
          })
          .returning()
        return toPart(present(row))
      })
    },

    async addPart(answerId, position) {
      const [row] = await db
        .insert(answerParts)
        .values({ answerId, channelId: channelOf(answerId), kind: 'text', position, key: newKey() })
        .onConflictDoUpdate({
          target: [answerParts.answerId, answerParts.kind, answerParts.position],
          set: { position },
        })
        .returning()
      return toPart(present(row))
    },

    async beginPost(lease, partId) {
      const posting = { postingAt: sql`now()` }
      if (!lease) {
        await db.update(answerParts).set(posting).where(eq(answerParts.id, partId))
        return
      }
      const held = heldLease(db, lease)
      const rows = await db
        .with(held)
        .update(answerParts)
        .set(posting)
        .from(held)
        .where(eq(answerParts.id, partId))
        .returning({ id: answerParts.id })
      if (rows.length === 0) throw leaseLost()
    },

    async recordPosted(partId, externalId, digest) {
      await db
        .update(answerParts)
        .set({ externalId, sentDigest: digest, version: sql`version + 1`, postingAt: null })
        .where(eq(answerParts.id, partId))
    },

    async recordNotPosted(partId) {
      await db.update(answerParts).set({ postingAt: null }).where(eq(answerParts.id, partId))
    },

    async recordDoubt(partId) {
      await db.transaction(async (tx) => {
        await tx.update(answerParts).set({ doubts: sql`doubts + 1` }).where(eq(answerParts.id, partId))
        await tx.execute(sql`
          insert into decisions (workspace_id, message_id, code, detail)
          select a.workspace_id, a.message_id, 'in_doubt', '{}'::jsonb
          from answers a join answer_parts p on p.answer_id = a.id
          where p.id = ${partId} and a.message_id is not null`)
      })
    },

    async recordEdited(partId, digest) {
      await db
        .update(answerParts)
        .set({ sentDigest: digest, version: sql`version + 1` })
        .where(eq(answerParts.id, partId))
    },

    async removePart(partId) {
      await db.delete(answerParts).where(eq(answerParts.id, partId))
    },

    async settle(answerId, state) {
      await db
        .update(answers)
        .set({
          state: sql`case when state = 'retracted' then state else ${state} end`,
          deliveringUntil: null,
          ...(state === 'delivered' ? { deliveredAt: sql`now()` } : {}),
        })
        .where(eq(answers.id, answerId))
    },

    async claimUndelivered(leaseMs, answerId) {
      return await db.transaction(async (tx) => {
        const [found] = await tx
          .select({ id: answers.id })
          .from(answers)
          .where(and(UNDELIVERED, answerId === undefined ? undefined : eq(answers.id, answerId)))
          .orderBy(asc(answers.createdAt))
          .limit(1)
          .for('update', { skipLocked: true })
        if (!found) return undefined
        await tx
          .update(answers)
          .set({ deliveringUntil: inMs(leaseMs) })
          .where(eq(answers.id, found.id))
        return await readAnswer(tx, eq(answers.id, found.id))
      })
    },

    async postpone(answerId, delayMs) {
      await db
        .update(answers)
        .set({ notBefore: inMs(delayMs), attempts: sql`attempts + 1`, deliveringUntil: null })
        .where(eq(answers.id, answerId))
    },

    async hasUndelivered() {
      const [row] = await db.select({ id: answers.id }).from(answers).where(UNDELIVERED).limit(1)
      return row !== undefined
    },

    async connectionOf(answerId) {
      return (await readAnswer(db, eq(answers.id, answerId)))?.connectionId
    },
  }
}

const UNDELIVERED = and(
  or(
    and(eq(answers.state, 'complete'), isNull(answers.turnId)),
    and(
      eq(answers.state, 'retracted'),
      sql`exists (select 1 from answer_parts p where p.answer_id = ${answers.id})`,
    ),
  ),
  or(isNull(answers.deliveringUntil), lt(answers.deliveringUntil, sql`now()`)),
  or(isNull(answers.notBefore), lt(answers.notBefore, sql`now()`)),
)

const channelOf = (answerId: AnswerId) => sql`(select channel_id from answers where id = ${answerId})`

export function newKey(): string {
  return Array.from({ length: KEY_LENGTH }, () => KEY_LETTERS[randomInt(KEY_LETTERS.length)]).join('')
}

async function readAnswer(db: Database | Transaction, which: SQL): Promise<Answer | undefined> {
  const [row] = await db
    .select({ answer: answers, connectionId: channels.connectionId })
    .from(answers)
    .innerJoin(channels, eq(channels.id, answers.channelId))
    .where(which)
  if (!row) return undefined
  const parts = await db
    .select()
    .from(answerParts)
    .where(and(eq(answerParts.answerId, row.answer.id), inArray(answerParts.kind, ['text', 'file'])))
    .orderBy(asc(answerParts.kind), asc(answerParts.position))
  const { answer, connectionId } = row
  return {
    id: answer.id,
    workspaceId: answer.workspaceId,
    channelId: answer.channelId,
    connectionId,
    target: answer.target,
    preface: answer.preface,
    text: answer.text,
    notice: answer.notice,
    controls: answer.controls,
    state: answer.state,
    private: answer.private,
    attempts: answer.attempts,
    parts: parts.map(toPart),
  }
}

function toPart(row: typeof answerParts.$inferSelect): AnswerPart {
  return {
    id: row.id,
    position: row.position,
    kind: row.kind,
    key: row.key,
    sentDigest: row.sentDigest ?? undefined,
    version: row.version,
    externalId: row.externalId ?? undefined,
    inDoubt: row.postingAt !== null && row.externalId === null,
    file:
      row.fileName !== null && row.fileType !== null && row.fileData !== null
        ? { name: row.fileName, mimeType: row.fileType, data: row.fileData }
        : undefined,
  }
}
