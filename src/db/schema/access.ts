import { bigint, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import type { AdminId, ApiTokenId, PersonId, WorkspaceId } from '../../model/ids.ts'
import { at, createdAt, id } from './columns.ts'
import { admins } from './operation.ts'
import { people, workspaces } from './tenancy.ts'

const adminId = () =>
  uuid('admin_id')
    .notNull()
    .$type<AdminId>()
    .references(() => admins.id, { onDelete: 'cascade' })

/** An admin's authenticator. The secret is encrypted; before `verified_at` it asks nobody for a code. */
export const secondFactors = pgTable('second_factors', {
  adminId: adminId().primaryKey(),
  secret: text('secret').notNull(),
  verifiedAt: at('verified_at'),
  /** The time step of the last code taken: no code is taken twice. */
  lastStep: bigint('last_step', { mode: 'number' }).notNull().default(0),
  createdAt: createdAt(),
})

/** For when the authenticator is lost; each works once, only hashes are kept. */
export const recoveryCodes = pgTable(
  'recovery_codes',
  { adminId: adminId(), codeHash: text('code_hash').notNull(), usedAt: at('used_at') },
  (table) => [primaryKey({ columns: [table.adminId, table.codeHash] })],
)

/** Guesses at the door, counted for all processes together. */
export const attempts = pgTable(
  'attempts',
  {
    /** A digest: accounts that do not exist are tried too, and their names are nobody's business. */
    key: text('key').primaryKey(),
    count: integer('count').notNull(),
    endsAt: at('ends_at').notNull(),
  },
  (table) => [index().on(table.endsAt)],
)

/** For programs. Each acts as the admin who made it, within its scopes; only the hash is kept. */
export const apiTokens = pgTable(
  'api_tokens',
  {
    id: id<ApiTokenId>(),
    adminId: adminId(),
    name: text('name').notNull(),
    tokenHash: text('token_hash').notNull().unique(),
    scopes: text('scopes').array().notNull(),
    createdAt: createdAt(),
    expiresAt: at('expires_at'),
    lastUsedAt: at('last_used_at'),
    revokedAt: at('revoked_at'),
  },
  (table) => [index().on(table.adminId)],
)

/** What a workspace admin sees and changes, and who they are there, where they came from a chat. */
export const adminWorkspaces = pgTable(
  'admin_workspaces',
  {
    adminId: adminId(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    personId: uuid('person_id')
      .$type<PersonId>()
      .references(() => people.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.adminId, table.workspaceId] })],
)

/** One-time links that the bot gave to people who say they administer a place; only the hash of the token is kept. */
export const signInLinks = pgTable(
  'sign_in_links',
  {
    tokenHash: text('token_hash').primaryKey(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    personId: uuid('person_id')
      .notNull()
      .$type<PersonId>()
      .references(() => people.id, { onDelete: 'cascade' }),
    expiresAt: at('expires_at').notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.personId)],
)

/** How far workspace admins may go: one row. */
export const ceilings = pgTable('ceilings', {
  id: text('id').primaryKey().default('hub'),
  values: jsonb('values').notNull(),
})
