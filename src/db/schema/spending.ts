import {
  bigint,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { BUDGET_PERIODS, BUDGET_SCOPES, BUDGET_UNITS, WHEN_LOW } from '../../model/budget.ts'
import type {
  BudgetId,
  CallId,
  ChannelId,
  ConversationId,
  PersonId,
  ServerId,
  TurnId,
  WorkspaceId,
} from '../../model/ids.ts'
import { at, createdAt, id } from './columns.ts'

/** What a model costs: money per million tokens, or per minute of speech. */
export const prices = pgTable('prices', {
  model: text('model').primaryKey(),
  prompt: doublePrecision('prompt').notNull().default(0),
  completion: doublePrecision('completion').notNull().default(0),
  audioMinute: doublePrecision('audio_minute').notNull().default(0),
  updatedAt: at('updated_at').notNull().defaultNow(),
})

/** An empty `scope_id` means the hub, or each workspace, channel or person that has no budget of its own. */
export const budgets = pgTable(
  'budgets',
  {
    id: id<BudgetId>(),
    scope: text('scope', { enum: BUDGET_SCOPES }).notNull(),
    scopeId: text('scope_id').notNull().default(''),
    period: text('period', { enum: BUDGET_PERIODS }).notNull(),
    unit: text('unit', { enum: BUDGET_UNITS }).notNull(),
    /** Tokens, or millionths of money. */
    most: bigint('most', { mode: 'number' }).notNull(),
    /** Of the limit, 0 to 1. */
    lowAt: doublePrecision('low_at').notNull().default(0.8),
    whenLow: text('when_low', { enum: WHEN_LOW }).notNull().default('refuse'),
    cheaperModel: text('cheaper_model'),
    createdAt: createdAt(),
  },
  (table) => [unique('budget_of').on(table.scope, table.scopeId, table.period, table.unit)],
)

/**
 * What was spent in a period, once a budget asked for it: from then on every use of the scope is added, so that
 * it equals the sum of `usage`.
 */
export const budgetAccounts = pgTable(
  'budget_accounts',
  {
    scope: text('scope', { enum: BUDGET_SCOPES }).notNull(),
    scopeId: text('scope_id').notNull().default(''),
    period: text('period', { enum: BUDGET_PERIODS }).notNull(),
    startsAt: timestamp('starts_at', { withTimezone: true, mode: 'date' }).notNull(),
    tokens: bigint('tokens', { mode: 'number' }).notNull().default(0),
    micros: bigint('micros', { mode: 'number' }).notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.scope, table.scopeId, table.period, table.startsAt] })],
)

/** Answers that wait for a place on a server, each with its holder as in `open_calls`. */
export const callWaits = pgTable(
  'call_waits',
  {
    turnId: uuid('turn_id').primaryKey().$type<TurnId>(),
    conversationId: uuid('conversation_id').notNull().$type<ConversationId>(),
    fence: bigint('fence', { mode: 'number' }).notNull(),
    serverId: uuid('server_id').notNull().$type<ServerId>(),
    /** Where the turn stands in the hub's virtual time: who has less goes first. */
    virtualStart: doublePrecision('virtual_start').notNull(),
    since: at('since').notNull().defaultNow(),
  },
  (table) => [index().on(table.serverId, table.virtualStart)],
)

/**
 * A call of a model that is under way, and what it may use up at most. It belongs to whoever holds its
 * conversation under `fence`; a row whose holder is gone is settled by anybody. No foreign keys: what was
 * reserved must not vanish with a deleted conversation before it is settled.
 */
export const openCalls = pgTable(
  'open_calls',
  {
    id: id<CallId>(),
    turnId: uuid('turn_id').notNull().$type<TurnId>(),
    conversationId: uuid('conversation_id').notNull().$type<ConversationId>(),
    fence: bigint('fence', { mode: 'number' }).notNull(),
    workspaceId: uuid('workspace_id').notNull().$type<WorkspaceId>(),
    channelId: uuid('channel_id').notNull().$type<ChannelId>(),
    personId: uuid('person_id').notNull().$type<PersonId>(),
    serverId: uuid('server_id').notNull().$type<ServerId>(),
    serverName: text('server_name').notNull(),
    model: text('model').notNull(),
    promptTokens: integer('prompt_tokens').notNull(),
    outputTokens: integer('output_tokens').notNull(),
    micros: bigint('micros', { mode: 'number' }).notNull(),
    /** Of what the answer held already when the call began. */
    textLength: integer('text_length').notNull().default(0),
    openedAt: at('opened_at').notNull().defaultNow(),
  },
  (table) => [index().on(table.conversationId), index().on(table.serverId)],
)
