import { randomInt } from 'node:crypto'
import { and, asc, eq, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import type { AnswerId } from '../model/ids.ts'
import type { Answer, AnswerPart } from '../model/work.ts'
import type { AnswerStore } from '../ports/turn-store.ts'
import type { Database, Transaction } from './database.ts'
import { assertLease, inMs } from './lease.ts'
import { channels } from './schema/tenancy.ts'
import { answerParts, answers, turns } from './schema/work.ts'
import { present, storable } from './storable.ts'

const KEY_LENGTH = 20
const KEY_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

export function createAnswerStore(db: Database): AnswerStore {
  return {
    async open(turn) {
      return await db.transaction(async (tx) => {
        await assertLease(tx, turn.lease)
        await tx
          .insert(answers)
          .values({
            workspaceId: turn.workspaceId,
            channelId: turn.channelId,
            conversationId: turn.conversationId,
            messageId: turn.messageId,
            turnId: turn.id,
            target: turn.target,
          })
          .onConflictDoNothing()
        const [row] = await tx.select({ id: answers.id }).from(answers).where(eq(answers.turnId, turn.id))
        return present(await readAnswer(tx, present(row).id))
      })
    },

    load: (answerId) => readAnswer(db, answerId),

    async checkpoint(lease, answerId, desired) {
      await db.transaction(async (tx) => {
        await assertLease(tx, lease)
        const { preface, text, notice, controls, model, complete } = desired
        const [row] = await tx
          .update(answers)
          .set({
            ...(preface === undefined ? {} : { preface: storable(preface) }),
            ...(text === undefined ? {} : { text: storable(text) }),
            ...(notice === undefined ? {} : { notice: storable(notice) }),
            ...(controls === undefined ? {} : { controls: [...controls] }),
            ...(model === undefined ? {} : { model }),
            state: complete ? 'complete' : sql`state`,
          })
          .where(eq(answers.id, answerId))
          .returning({ turnId: answers.turnId })
        const turnId = present(row).turnId
        if (text !== undefined && turnId) {
          await tx
            .update(turns)
            .set({ deaths: 0 })
            .where(and(eq(turns.id, turnId), sql`deaths > 0`))
        }
      })
    },

    async addFile(lease, answerId, file) {
      return await db.transaction(async (tx) => {
        await assertLease(tx, lease)
        const content = { fileName: storable(file.name), fileType: file.mimeType, fileData: file.data }
        const [row] = await tx
          .insert(answerParts)
          .values({
            answerId,
            channelId: channelOf(answerId),
            kind: 'file',
            position: 0,
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
      await db.transaction(async (tx) => {
        if (lease) await assertLease(tx, lease)
        await tx.update(answerParts).set({ postingAt: sql`now()` }).where(eq(answerParts.id, partId))
      })
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
        .set({ state, deliveringUntil: null, ...(state === 'delivered' ? { deliveredAt: sql`now()` } : {}) })
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
        return await readAnswer(tx, found.id)
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
      return (await readAnswer(db, answerId))?.connectionId
    },
  }
}

const UNDELIVERED = and(
  eq(answers.state, 'complete'),
  isNull(answers.turnId),
  or(isNull(answers.deliveringUntil), lt(answers.deliveringUntil, sql`now()`)),
  or(isNull(answers.notBefore), lt(answers.notBefore, sql`now()`)),
)

const channelOf = (answerId: AnswerId) => sql`(select channel_id from answers where id = ${answerId})`

function newKey(): string {
  return Array.from({ length: KEY_LENGTH }, () => KEY_LETTERS[randomInt(KEY_LETTERS.length)]).join('')
}

async function readAnswer(db: Database | Transaction, answerId: AnswerId): Promise<Answer | undefined> {
  const [row] = await db
    .select({ answer: answers, connectionId: channels.connectionId })
    .from(answers)
    .innerJoin(channels, eq(channels.id, answers.channelId))
    .where(eq(answers.id, answerId))
  if (!row) return undefined
  const parts = await db
    .select()
    .from(answerParts)
    .where(and(eq(answerParts.answerId, answerId), inArray(answerParts.kind, ['text', 'file'])))
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
