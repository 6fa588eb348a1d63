import { sql } from 'drizzle-orm'
import {
  bigint,
  bigserial,
  boolean,
  customType,
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
  AttachmentId,
  ChannelId,
  ConnectionId,
  ConversationId,
  ExternalId,
  MessageId,
  PersonId,
  WorkspaceId,
} from '../../model/ids.ts'
import type { Target } from '../../model/outbound.ts'
import type { KeptQuote } from '../../model/work.ts'
import type { AttachmentReading } from '../../ports/document-store.ts'
import type { HeardPiece } from '../../ports/turn-store.ts'
import { at, createdAt, id } from './columns.ts'
import { channels, connections, people, workspaces } from './tenancy.ts'

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })
const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' })

/** What shares context and order. The lease says which worker may write; a stale fence may not. */
export const conversations = pgTable(
  'conversations',
  {
    id: id<ConversationId>(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    channelId: uuid('channel_id')
      .notNull()
      .$type<ChannelId>()
      .references(() => channels.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    /** `/reset`: turns up to this one are out of the context. */
    resetAt: at('reset_at'),
    contextAfterSeq: bigint('context_after_seq', { mode: 'number' }).notNull().default(0),
    leaseOwner: uuid('lease_owner'),
    leaseFence: bigint('lease_fence', { mode: 'number' }).notNull().default(0),
    leaseUntil: at('lease_until'),
    createdAt: createdAt(),
  },
  (table) => [unique().on(table.channelId, table.key)],
)

/**
 * What people wrote. A message that did not address the bot has no text: only that it was seen, and the
 * decisions on it.
 */
export const messages = pgTable(
  'messages',
  {
    id: id<MessageId>(),
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
    personId: uuid('person_id')
      .notNull()
      .$type<PersonId>()
      .references(() => people.id),
    externalId: text('external_id').notNull().$type<ExternalId>(),
    replyToExternalId: text('reply_to_external_id').$type<ExternalId>(),
    text: text('text'),
    /** What it replies to, as the platform told it along. */
    quoted: jsonb('quoted').$type<KeptQuote>(),
    target: jsonb('target').$type<Target>(),
    at: at('at').notNull(),
    receivedAt: at('received_at').notNull().defaultNow(),
    editedAt: at('edited_at'),
    deletedAt: at('deleted_at'),
  },
  (table) => [
    unique().on(table.channelId, table.externalId),
    index().on(table.workspaceId, table.receivedAt),
    index().on(table.channelId, table.personId, table.receivedAt),
    index().on(table.conversationId, table.receivedAt),
  ],
)

/** Deliveries already taken in, by the platform's event id; swept after seven days. */
export const inboundEvents = pgTable(
  'inbound_events',
  {
    connectionId: uuid('connection_id')
      .notNull()
      .$type<ConnectionId>()
      .references(() => connections.id, { onDelete: 'cascade' }),
    eventId: text('event_id').notNull(),
    receivedAt: at('received_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.connectionId, table.eventId] }), index().on(table.receivedAt)],
)

export const attachments = pgTable(
  'attachments',
  {
    id: id<AttachmentId>(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    messageId: uuid('message_id')
      .notNull()
      .$type<MessageId>()
      .references(() => messages.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    kind: text('kind', { enum: ['voice', 'audio', 'image', 'video', 'file'] }).notNull(),
    name: text('name').notNull(),
    mimeType: text('mime_type'),
    sizeBytes: bigint('size_bytes', { mode: 'number' }),
    durationMs: integer('duration_ms'),
    reference: jsonb('reference').notNull().$type<Record<string, unknown>>(),
    transcript: text('transcript'),
    transcriptDoubtful: boolean('transcript_doubtful').notNull().default(false),
    language: text('language'),
    /** Pieces of a long recording, until all are heard. */
    heard: jsonb('heard').$type<readonly HeardPiece[]>(),
    /** What came of reading a file; its text is in the passages. */
    reading: jsonb('reading').$type<AttachmentReading>(),
  },
  (table) => [index().on(table.messageId)],
)

/** An image made ready for a model: upright, scaled down, without metadata. */
export const pictures = pgTable('pictures', {
  attachmentId: uuid('attachment_id')
    .primaryKey()
    .$type<AttachmentId>()
    .references(() => attachments.id, { onDelete: 'cascade' }),
  mimeType: text('mime_type').notNull(),
  width: integer('width').notNull(),
  height: integer('height').notNull(),
  data: bytea('data').notNull(),
})

/** The text of a file, in pieces small enough to choose from. */
export const passages = pgTable(
  'passages',
  {
    attachmentId: uuid('attachment_id')
      .notNull()
      .$type<AttachmentId>()
      .references(() => attachments.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    unit: text('unit', { enum: ['page', 'sheet', 'slide', 'part'] }).notNull(),
    name: text('name').notNull(),
    text: text('text').notNull(),
    /** Without stemming, and stemmed as the two languages that the hub itself speaks. */
    search: tsvector('search')
      .notNull()
      .generatedAlwaysAs(
        sql`to_tsvector('simple'::regconfig, "text") || to_tsvector('english'::regconfig, "text") || to_tsvector('portuguese'::regconfig, "text")`,
      ),
  },
  (table) => [
    primaryKey({ columns: [table.attachmentId, table.position] }),
    index().using('gin', table.search),
  ],
)

/** Why each message was answered, or not; oldest first by `seq`. */
export const decisions = pgTable(
  'decisions',
  {
    seq: bigserial('seq', { mode: 'number' }).primaryKey(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    messageId: uuid('message_id')
      .notNull()
      .$type<MessageId>()
      .references(() => messages.id, { onDelete: 'cascade' }),
    at: at('at').notNull().defaultNow(),
    code: text('code').notNull(),
    detail: jsonb('detail').notNull().$type<Record<string, string | number | boolean | null>>(),
  },
  (table) => [index().on(table.messageId, table.seq)],
)

/** What stands for a conversation's older turns where they no longer fit a model's window. */
export const summaries = pgTable('summaries', {
  conversationId: uuid('conversation_id')
    .primaryKey()
    .$type<ConversationId>()
    .references(() => conversations.id, { onDelete: 'cascade' }),
  /** The last turn it covers. */
  upToSeq: bigint('up_to_seq', { mode: 'number' }).notNull(),
  /** Of what it was made from. */
  digest: text('digest').notNull(),
  text: text('text').notNull(),
  model: text('model').notNull(),
  madeAt: at('made_at').notNull().defaultNow(),
})
