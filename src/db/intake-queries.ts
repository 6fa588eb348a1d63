import { and, eq, isNull, sql } from 'drizzle-orm'
import type { QuotedMessage } from '../model/inbound.ts'
import type { KeptQuote } from '../model/work.ts'
import type { IngestTransaction } from '../ports/ingest-store.ts'
import { newKey } from './answer-store.ts'
import { countBacklog, countOpenRuns } from './backlog.ts'
import type { Transaction } from './database.ts'
import { interruptTurn } from './merging.ts'
import { resolvePlace } from './place.ts'
import { codeColumns } from './redo.ts'
import { attachments, conversations, decisions, inboundEvents, messages } from './schema/conversation.ts'
import { channels } from './schema/tenancy.ts'
import { answerParts, answers, runs, turns } from './schema/work.ts'
import { present, storable, storableValue } from './storable.ts'
import { forgetMessage, retractAnswers, withdrawAnswers } from './withdrawal.ts'

export type Intake = Pick<
  IngestTransaction,
  | 'claimEvent'
  | 'noteDuplicate'
  | 'backlog'
  | 'openRuns'
  | 'interruptTurn'
  | 'place'
  | 'conversationOf'
  | 'conversationByKey'
  | 'ensureConversation'
  | 'addMessage'
  | 'addAttachments'
  | 'addDecisions'
  | 'addTurn'
  | 'addAnswer'
  | 'messageByExternalId'
  | 'changeText'
  | 'adoptMessage'
  | 'forgetMessage'
  | 'withdrawAnswers'
  | 'retractNotices'
  | 'claimUnreadableNotice'
  | 'moveChannel'
>

/** A platform that repeats itself for ever shall not fill the table. */
const NOTED_DUPLICATES = 5

const MAX_QUOTED_CHARACTERS = 4_000

function kept({ by, text, excerpt, attachments: attached }: QuotedMessage): KeptQuote {
  return {
    ...(by === undefined ? {} : { by }),
    text: text.slice(0, MAX_QUOTED_CHARACTERS),
    ...(excerpt === undefined ? {} : { excerpt: excerpt.slice(0, MAX_QUOTED_CHARACTERS) }),
    files: attached.map(({ name }) => name),
  }
}

export function intakeQueries(tx: Transaction): Intake {
  return {
    async claimEvent(connectionId, eventId) {
      const rows = await tx
        .insert(inboundEvents)
        .values({ connectionId, eventId: storable(eventId) })
        .onConflictDoNothing()
        .returning()
      return rows.length > 0
    },

    async noteDuplicate(event) {
      if (!('messageId' in event)) return
      await tx.execute(sql`
        insert into decisions (workspace_id, message_id, code, detail)
        select m.workspace_id, m.id, 'duplicate', '{}'::jsonb
        from messages m join channels c on c.id = m.channel_id
        where c.connection_id = ${event.connectionId} and c.external_id = ${event.channel.externalId}
          and m.external_id = ${event.messageId}
          and (select count(*) from decisions d where d.message_id = m.id and d.code = 'duplicate') < ${NOTED_DUPLICATES}`)
    },

    backlog: (workspaceId, conversationId) => countBacklog(tx, workspaceId, conversationId),
    openRuns: (place) => countOpenRuns(tx, place),
    interruptTurn: (conversationId, messageId) => interruptTurn(tx, conversationId, messageId),
    place: (event) => resolvePlace(tx, event),

    async conversationOf(channelId, externalId) {
      const [part] = await tx
        .select({ id: answers.conversationId })
        .from(answerParts)
        .innerJoin(answers, eq(answers.id, answerParts.answerId))
        .where(and(eq(answerParts.channelId, channelId), eq(answerParts.externalId, externalId)))
        .limit(1)
      if (part) return part.id ?? undefined
      const [message] = await tx
        .select({ id: messages.conversationId })
        .from(messages)
        .where(and(eq(messages.channelId, channelId), eq(messages.externalId, externalId)))
      return message?.id ?? undefined
    },

    async conversationByKey(channelId, key) {
      const [row] = await tx
        .select({ id: conversations.id })
        .from(conversations)
        .where(and(eq(conversations.channelId, channelId), eq(conversations.key, key)))
      return row?.id
    },

    async ensureConversation({ workspaceId, channelId }, key) {
      const [row] = await tx
        .insert(conversations)
        .values({ workspaceId, channelId, key })
        .onConflictDoUpdate({ target: [conversations.channelId, conversations.key], set: { key } })
        .returning({ id: conversations.id })
      return present(row).id
    },

    async addMessage(message) {
      const [row] = await tx
        .insert(messages)
        .values({
          workspaceId: message.place.workspaceId,
          channelId: message.place.channelId,
          personId: message.place.personId,
          conversationId: message.conversationId ?? null,
          externalId: message.externalId,
          replyToExternalId: message.replyTo ?? null,
          text: message.text === undefined ? null : storable(message.text),
          quoted: message.quoted === undefined ? null : storableValue(kept(message.quoted)),
          target: message.target,
          at: message.at,
        })
        .onConflictDoNothing()
        .returning({ id: messages.id })
      return row?.id
    },

    async addAttachments({ workspaceId }, messageId, list) {
      if (list.length === 0) return
      await tx.insert(attachments).values(
        list.map((attachment, position) => ({
          workspaceId,
          messageId,
          position,
          kind: attachment.kind,
          name: storable(attachment.name),
          mimeType: attachment.mimeType ?? null,
          sizeBytes: attachment.sizeBytes ?? null,
          durationMs: attachment.durationMs ?? null,
          reference: attachment.reference,
        })),
      )
    },

    async addDecisions(workspaceId, messageId, list) {
      if (list.length === 0) return
      await tx
        .insert(decisions)
        .values(list.map(({ code, detail }) => ({ workspaceId, messageId, code, detail: detail ?? {} })))
    },

    async addTurn({ workspaceId }, conversationId, messageId, step, code) {
      const [row] = await tx
        .insert(turns)
        .values({ workspaceId, conversationId, messageId, step })
        .returning({ id: turns.id })
      const { id } = present(row)
      if (code) {
        await tx.insert(runs).values({ workspaceId, turnId: id, ...codeColumns(code) })
      }
      return id
    },

    async addAnswer(answer) {
      const [row] = await tx
        .insert(answers)
        .values({
          workspaceId: answer.place.workspaceId,
          channelId: answer.place.channelId,
          conversationId: answer.conversationId ?? null,
          messageId: answer.messageId ?? null,
          target: answer.target,
          text: storable(answer.text),
          private: answer.private,
          controls: [...(answer.controls ?? [])],
          state: 'complete',
        })
        .returning({ id: answers.id })
      const { id } = present(row)
      if (answer.file) {
        const { name, mimeType, data } = answer.file
        await tx.insert(answerParts).values({
          ...{ answerId: id, channelId: answer.place.channelId, kind: 'file', position: 0, key: newKey() },
          ...{ fileName: name, fileType: mimeType, fileData: data },
        })
      }
      return id
    },

    async messageByExternalId(channelId, externalId) {
      const [row] = await tx
        .select()
        .from(messages)
        .where(and(eq(messages.channelId, channelId), eq(messages.externalId, externalId)))
        // An edit and a deletion of the same message come one after the other.
        .for('no key update')
      if (!row) return undefined
      const { id, personId, conversationId, text, editedAt, deletedAt } = row
      return {
        id,
        personId,
        conversationId: conversationId ?? undefined,
        text: text ?? undefined,
        editedAt: editedAt ?? undefined,
        deleted: deletedAt !== null,
      }
    },

    async changeText(messageId, text, at) {
      await tx
        .update(messages)
        .set({ text: storable(text), editedAt: at })
        .where(eq(messages.id, messageId))
    },

    async adoptMessage(messageId, { conversationId, target }) {
      await tx.update(messages).set({ conversationId, target }).where(eq(messages.id, messageId))
    },

    forgetMessage: (messageId) => forgetMessage(tx, messageId),
    withdrawAnswers: (messageId) => withdrawAnswers(tx, messageId),
    retractNotices: (messageId) => retractAnswers(tx, messageId, undefined),

    async claimUnreadableNotice(channelId) {
      const rows = await tx
        .update(channels)
        .set({ unreadableNoticeAt: sql`now()` })
        .where(and(eq(channels.id, channelId), isNull(channels.unreadableNoticeAt)))
        .returning({ id: channels.id })
      return rows.length > 0
    },

    async moveChannel(connectionId, from, to) {
      await tx
        .update(channels)
        .set({ externalId: to })
        .where(and(eq(channels.connectionId, connectionId), eq(channels.externalId, from)))
    },
  }
}
