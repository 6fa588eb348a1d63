import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import type { ChannelId, ConnectionId, ExternalId, PersonId, WorkspaceId } from '../../model/ids.ts'
import { at, createdAt, id } from './columns.ts'

/** One bot account on one platform. Credentials are encrypted; `source` environment rows are read-only in the admin. */
export const connections = pgTable('connections', {
  id: id<ConnectionId>(),
  platform: text('platform').notNull(),
  /** Distinguishes connections of one platform in URLs and logs. */
  slug: text('slug').notNull().unique(),
  name: text('name').notNull(),
  source: text('source', { enum: ['environment', 'admin', 'simulator'] }).notNull(),
  credentials: text('credentials').notNull(),
  paused: boolean('paused').notNull().default(false),
  /** Raised by each change of credentials or pause, so that receivers and cached senders are renewed. */
  version: integer('version').notNull().default(1),
  state: text('state', { enum: ['connecting', 'connected', 'down', 'rejected', 'paused'] })
    .notNull()
    .default('connecting'),
  stateDetail: text('state_detail'),
  stateAt: at('state_at').notNull().defaultNow(),
  account: text('account'),
  cursor: jsonb('cursor'),
  leaseOwner: uuid('lease_owner'),
  leaseFence: bigint('lease_fence', { mode: 'number' }).notNull().default(0),
  leaseUntil: at('lease_until'),
  /** No longer named by its source; its history stays. */
  removedAt: at('removed_at'),
  createdAt: createdAt(),
})

export const workspaces = pgTable(
  'workspaces',
  {
    id: id<WorkspaceId>(),
    connectionId: uuid('connection_id')
      .notNull()
      .$type<ConnectionId>()
      .references(() => connections.id, { onDelete: 'cascade' }),
    externalId: text('external_id').notNull().$type<ExternalId>(),
    name: text('name').notNull(),
    /** How much work it was given, on the clock by which workspaces take turns. */
    virtualTime: doublePrecision('virtual_time').notNull().default(0),
    createdAt: createdAt(),
  },
  (table) => [unique().on(table.connectionId, table.externalId)],
)

export const channels = pgTable(
  'channels',
  {
    id: id<ChannelId>(),
    connectionId: uuid('connection_id')
      .notNull()
      .$type<ConnectionId>()
      .references(() => connections.id, { onDelete: 'cascade' }),
    /** An admin may give a channel a workspace of its own. */
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    externalId: text('external_id').notNull().$type<ExternalId>(),
    name: text('name'),
    kind: text('kind', { enum: ['direct', 'group'] }).notNull(),
    /** When the person there was told that the bot cannot read this place; told once. */
    unreadableNoticeAt: at('unreadable_notice_at'),
    createdAt: createdAt(),
  },
  (table) => [unique().on(table.connectionId, table.externalId), index().on(table.workspaceId)],
)

/** An account on a platform, once per connection. */
export const people = pgTable(
  'people',
  {
    id: id<PersonId>(),
    connectionId: uuid('connection_id')
      .notNull()
      .$type<ConnectionId>()
      .references(() => connections.id, { onDelete: 'cascade' }),
    externalId: text('external_id').notNull().$type<ExternalId>(),
    name: text('name').notNull(),
    language: text('language'),
    /** Since then nothing they say is kept. */
    pausedAt: at('paused_at'),
    createdAt: createdAt(),
  },
  (table) => [unique().on(table.connectionId, table.externalId)],
)

/** Set by scope: the hub has one row with an empty `scope_id`. Values are validated by the settings schema. */
export const settings = pgTable(
  'settings',
  {
    scope: text('scope', { enum: ['hub', 'workspace', 'channel', 'person'] }).notNull(),
    scopeId: text('scope_id').notNull().default(''),
    workspaceId: uuid('workspace_id')
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    values: jsonb('values').notNull().default(sql`'{}'::jsonb`),
    updatedAt: at('updated_at').notNull().defaultNow(),
    updatedBy: text('updated_by'),
  },
  (table) => [unique('settings_scope').on(table.scope, table.scopeId)],
)
