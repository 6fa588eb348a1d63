import { sql } from 'drizzle-orm'
import {
  bigserial,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import type {
  AnswerId,
  ChannelId,
  ConversationId,
  ExternalId,
  MessageId,
  PartId,
  PersonId,
  RunId,
  TurnId,
  WorkspaceId,
} from '../../model/ids.ts'
import type { Control, Target } from '../../model/outbound.ts'
import type { AttachedText, RunFile } from '../../model/work.ts'
import type { RunResult } from '../../ports/code-runner.ts'
import { at, createdAt, id } from './columns.ts'
import { conversations, messages } from './conversation.ts'
import { channels, people, workspaces } from './tenancy.ts'

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

/**
 * One message's work in its conversation. `seq` is the order of arrival; of a conversation's open turns
 * (ready, working) only the oldest may be claimed. `step` says what is next and thereby which pool does it.
 */
export const turns = pgTable(
  'turns',
  {
    id: id<TurnId>(),
    seq: bigserial('seq', { mode: 'number' }).notNull(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    conversationId: uuid('conversation_id')
      .notNull()
      .$type<ConversationId>()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    messageId: uuid('message_id')
      .notNull()
      .$type<MessageId>()
      .references(() => messages.id, { onDelete: 'cascade' }),
    step: text('step', { enum: ['transcribe', 'read', 'reply', 'run', 'deliver'] }).notNull(),
    state: text('state', { enum: ['ready', 'working', 'done', 'failed', 'stopped', 'cancelled'] })
      .notNull()
      .default('ready'),
    notBefore: at('not_before'),
    /** Tries of the current step that ended in an error worth another try. */
    attempts: integer('attempts').notNull().default(0),
    /** Times a worker took it over from a dead one with no new checkpoint in between. */
    deaths: integer('deaths').notNull().default(0),
    stopRequestedAt: at('stop_requested_at'),
    stopRequestedBy: uuid('stop_requested_by')
      .$type<PersonId>()
      .references(() => people.id, { onDelete: 'set null' }),
    /** More was said meanwhile: the answer is to be redone in place before the turn may end. */
    redoRequestedAt: at('redo_requested_at'),
    /** The turn whose answer answers this one's message too. */
    mergedInto: uuid('merged_into').$type<TurnId>(),
    /** Where its workspace stood in the hub's virtual time when work on it last began. */
    virtualStart: doublePrecision('virtual_start'),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    createdAt: createdAt(),
    startedAt: at('started_at'),
    finishedAt: at('finished_at'),
  },
  (table) => [
    index('turns_open').on(table.conversationId, table.seq).where(sql`state in ('ready', 'working')`),
    index('turns_ready')
      .on(table.workspaceId, table.step, table.seq)
      .where(sql`state in ('ready', 'working')`),
    index('turns_virtual_start').on(table.virtualStart),
    index('turns_merged').on(table.mergedInto).where(sql`merged_into is not null`),
    index('turns_failed').on(table.seq).where(sql`state = 'failed'`),
    index().on(table.messageId),
    index().on(table.workspaceId, table.seq),
    index().on(table.conversationId, table.seq),
  ],
)

/**
 * What the bot says to one message: Markdown, shown in one to n parts. `turn_id` is absent for an answer
 * given at once. `complete`: the text will not grow; delivery may still be under way.
 */
export const answers = pgTable(
  'answers',
  {
    id: id<AnswerId>(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    channelId: uuid('channel_id')
      .notNull()
      .$type<ChannelId>()
      .references(() => channels.id, { onDelete: 'cascade' }),
    conversationId: uuid('conversation_id')
      .$type<ConversationId>()
      .references(() => conversations.id, { onDelete: 'cascade' }),
    messageId: uuid('message_id')
      .$type<MessageId>()
      .references(() => messages.id, { onDelete: 'cascade' }),
    turnId: uuid('turn_id')
      .unique()
      .$type<TurnId>()
      .references(() => turns.id, { onDelete: 'cascade' }),
    target: jsonb('target').notNull().$type<Target>(),
    /** Shown before the text and not part of it, such as the transcript's quote. Markdown. */
    preface: text('preface').notNull().default(''),
    text: text('text').notNull().default(''),
    /** Shown after the text and not part of it, such as why it ends early. Markdown. */
    notice: text('notice').notNull().default(''),
    controls: jsonb('controls').notNull().$type<Control[]>().default(sql`'[]'::jsonb`),
    state: text('state', { enum: ['growing', 'complete', 'delivered', 'undeliverable', 'retracted'] })
      .notNull()
      .default('growing'),
    private: boolean('private').notNull().default(false),
    model: text('model'),
    /** Raised by each redoing of the answer. */
    round: integer('round').notNull().default(1),
    attempts: integer('attempts').notNull().default(0),
    /** An answer given at once is delivered by whoever holds this. */
    deliveringUntil: at('delivering_until'),
    notBefore: at('not_before'),
    createdAt: createdAt(),
    deliveredAt: at('delivered_at'),
  },
  (table) => [
    index().on(table.conversationId),
    index().on(table.messageId),
    index('answers_undelivered').on(table.createdAt).where(sql`state = 'complete' and turn_id is null`),
    index('answers_retracted').on(table.createdAt).where(sql`state = 'retracted'`),
  ],
)

/**
 * One platform message of an answer. Written before it is sent: `posting_at` without `external_id` means
 * that a post may or may not have reached the platform.
 */
export const answerParts = pgTable(
  'answer_parts',
  {
    id: id<PartId>(),
    answerId: uuid('answer_id')
      .notNull()
      .$type<AnswerId>()
      .references(() => answers.id, { onDelete: 'cascade' }),
    channelId: uuid('channel_id').notNull().$type<ChannelId>(),
    position: integer('position').notNull(),
    kind: text('kind', { enum: ['text', 'file'] }).notNull(),
    key: text('key').notNull(),
    fileName: text('file_name'),
    fileType: text('file_type'),
    fileData: bytea('file_data'),
    /** Digest of what the platform last confirmed. */
    sentDigest: text('sent_digest'),
    /** How often the platform took a version of it. */
    version: integer('version').notNull().default(0),
    externalId: text('external_id').$type<ExternalId>(),
    postingAt: at('posting_at'),
    /** Posts whose effect stayed unknown and that were made again. */
    doubts: integer('doubts').notNull().default(0),
  },
  (table) => [
    unique().on(table.answerId, table.kind, table.position),
    index().on(table.channelId, table.externalId),
  ],
)

/** What people think of answers, one voice each. */
export const feedback = pgTable(
  'feedback',
  {
    answerId: uuid('answer_id')
      .notNull()
      .$type<AnswerId>()
      .references(() => answers.id, { onDelete: 'cascade' }),
    personId: uuid('person_id')
      .notNull()
      .$type<PersonId>()
      .references(() => people.id, { onDelete: 'cascade' }),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    value: text('value', { enum: ['up', 'down'] }).notNull(),
    /** Which making of the answer they saw. */
    round: integer('round').notNull(),
    at: at('at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.answerId, table.personId] }),
    index().on(table.workspaceId, table.at),
  ],
)

export const runs = pgTable(
  'runs',
  {
    id: id<RunId>(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    turnId: uuid('turn_id')
      .notNull()
      .$type<TurnId>()
      .references(() => turns.id, { onDelete: 'cascade' }),
    language: text('language').notNull(),
    source: text('source').notNull(),
    stdin: text('stdin'),
    args: jsonb('args').$type<string[]>(),
    files: jsonb('files').$type<readonly RunFile[]>(),
    /** Texts that are fetched from the platform when the program runs; then they are among the others. */
    attached: jsonb('attached').$type<readonly AttachedText[]>(),
    result: jsonb('result').$type<RunResult>(),
    createdAt: createdAt(),
  },
  (table) => [unique().on(table.turnId)],
)
