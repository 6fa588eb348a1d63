import { sql } from 'drizzle-orm'
import {
  bigint,
  bigserial,
  boolean,
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
  AdminId,
  CallId,
  ChannelId,
  MessageId,
  PersonId,
  ServerId,
  SessionId,
  TurnId,
  WorkspaceId,
} from '../../model/ids.ts'
import { type AliasTarget, type ModelAbilities, SERVER_KINDS } from '../../model/model-abilities.ts'
import type { ServerLoad } from '../../ports/reply-model.ts'
import { at, createdAt, id } from './columns.ts'
import { workspaces } from './tenancy.ts'

/** OpenAI-compatible servers, for replies (`chat`) or speech. The key is encrypted. */
export const modelServers = pgTable('model_servers', {
  id: id<ServerId>(),
  name: text('name').notNull().unique(),
  purpose: text('purpose', { enum: ['chat', 'speech'] }).notNull(),
  baseUrl: text('base_url').notNull(),
  apiKey: text('api_key'),
  /** The model to ask for where nothing else is chosen. */
  defaultModel: text('default_model'),
  source: text('source', { enum: ['environment', 'admin', 'simulator'] }).notNull(),
  state: text('state', { enum: ['unknown', 'up', 'down'] })
    .notNull()
    .default('unknown'),
  stateDetail: text('state_detail'),
  checkedAt: at('checked_at'),
  kind: text('kind', { enum: SERVER_KINDS }),
  /** Answers at the same time, over all workers; absent: as many as come. */
  concurrency: integer('concurrency'),
  /** It takes requests by priority (vLLM's `--scheduling-policy priority`), and refuses priorities otherwise. */
  priorities: boolean('priorities').notNull().default(false),
  /** What it said of itself when last asked. */
  load: jsonb('load').$type<ServerLoad>(),
  createdAt: createdAt(),
})

/** Names that settings may use in place of a model's. */
export const modelAliases = pgTable('model_aliases', {
  name: text('name').primaryKey(),
  targets: jsonb('targets').notNull().$type<AliasTarget[]>().default(sql`'[]'::jsonb`),
  fallback: text('fallback'),
})

/** What an admin said of a model; it counts before what its servers say. */
export const modelFacts = pgTable('model_facts', {
  model: text('model').primaryKey(),
  abilities: jsonb('abilities').notNull().$type<ModelAbilities>().default(sql`'{}'::jsonb`),
})

/** The newest failures of each server. */
export const serverFaults = pgTable(
  'server_faults',
  {
    seq: bigserial('seq', { mode: 'number' }).primaryKey(),
    serverId: uuid('server_id')
      .notNull()
      .$type<ServerId>()
      .references(() => modelServers.id, { onDelete: 'cascade' }),
    model: text('model'),
    code: text('code').notNull(),
    detail: text('detail').notNull(),
    messageId: uuid('message_id').$type<MessageId>(),
    at: at('at').notNull().defaultNow(),
  },
  (table) => [index().on(table.serverId, table.seq)],
)

/** What each server listed when last asked. */
export const models = pgTable(
  'models',
  {
    serverId: uuid('server_id')
      .notNull()
      .$type<ServerId>()
      .references(() => modelServers.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    contextLength: integer('context_length'),
    /** As the server says. */
    abilities: jsonb('abilities').notNull().$type<ModelAbilities>().default(sql`'{}'::jsonb`),
    seenAt: at('seen_at').notNull().defaultNow(),
  },
  (table) => [unique().on(table.serverId, table.name)],
)

/** One row a call of a model or speech server. */
export const usage = pgTable(
  'usage',
  {
    seq: bigserial('seq', { mode: 'number' }).primaryKey(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    channelId: uuid('channel_id').notNull().$type<ChannelId>(),
    personId: uuid('person_id').notNull().$type<PersonId>(),
    turnId: uuid('turn_id').$type<TurnId>(),
    kind: text('kind', { enum: ['reply', 'speech', 'run'] }).notNull(),
    serverName: text('server_name'),
    model: text('model'),
    promptTokens: integer('prompt_tokens').notNull().default(0),
    completionTokens: integer('completion_tokens').notNull().default(0),
    audioMs: integer('audio_ms').notNull().default(0),
    firstTokenMs: integer('first_token_ms'),
    durationMs: integer('duration_ms').notNull(),
    /** Millionths of money, by the price list of that moment. */
    costMicros: bigint('cost_micros', { mode: 'number' }).notNull().default(0),
    /** `ok`, `interrupted`, `lost` (its worker died), or an error's code. Tokens of calls that did not end well are estimates. */
    outcome: text('outcome').notNull().default('ok'),
    callId: uuid('call_id').$type<CallId>().unique(),
    at: at('at').notNull().defaultNow(),
  },
  (table) => [
    index().on(table.workspaceId, table.at),
    index().on(table.personId, table.at),
    index().on(table.channelId, table.at),
    index().on(table.at),
    index().on(table.turnId),
  ],
)

/** Room left in what platforms count calls by, where no Redis keeps it; forgotten after an hour. */
export const rateBuckets = pgTable(
  'rate_buckets',
  {
    /** The connection's id. */
    scope: text('scope').notNull(),
    bucket: text('bucket').notNull(),
    /** Below zero: promised to calls that wait in line. */
    tokens: doublePrecision('tokens').notNull(),
    burst: doublePrecision('burst').notNull(),
    perSecond: doublePrecision('per_second').notNull(),
    at: at('at').notNull().defaultNow(),
    refusedAt: at('refused_at'),
    /** How long the platform asked to wait then. */
    askedMs: doublePrecision('asked_ms'),
  },
  (table) => [primaryKey({ columns: [table.scope, table.bucket] })],
)

export const admins = pgTable('admins', {
  id: id<AdminId>(),
  /** In lower case. */
  email: text('email').notNull().unique(),
  passwordHash: text('password_hash').notNull(),
  role: text('role', { enum: ['owner', 'operator', 'workspace_admin', 'viewer'] }).notNull(),
  /** How to call them, where the address is none that people know. */
  name: text('name'),
  language: text('language').notNull().default('en'),
  createdAt: createdAt(),
})

export const sessions = pgTable(
  'sessions',
  {
    id: id<SessionId>(),
    adminId: uuid('admin_id')
      .notNull()
      .$type<AdminId>()
      .references(() => admins.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
    expiresAt: at('expires_at').notNull(),
    revokedAt: at('revoked_at'),
    userAgent: text('user_agent'),
    address: text('address'),
    /** Of the token that renews the short-lived ones; each renewal replaces it. */
    refreshHash: text('refresh_hash'),
    previousRefreshHash: text('previous_refresh_hash'),
    refreshedAt: at('refreshed_at').notNull().defaultNow(),
  },
  (table) => [index().on(table.adminId)],
)

/** One-time links for the first admin; only the hash of the token is kept. */
export const setupLinks = pgTable('setup_links', {
  tokenHash: text('token_hash').primaryKey(),
  expiresAt: at('expires_at').notNull(),
  usedAt: at('used_at'),
  createdAt: createdAt(),
})

/** Every change through the admin or the API: who, what, before, after; never a secret. */
export const audit = pgTable(
  'audit',
  {
    seq: bigserial('seq', { mode: 'number' }).primaryKey(),
    at: at('at').notNull().defaultNow(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    target: text('target').notNull(),
    workspaceId: uuid('workspace_id').$type<WorkspaceId>(),
    before: jsonb('before'),
    after: jsonb('after'),
  },
  (table) => [index().on(table.workspaceId, table.seq), index().on(table.target, table.seq)],
)
