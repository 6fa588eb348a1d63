import { integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import type { TurnId, WorkspaceId } from '../../model/ids.ts'
import { createdAt, id } from './columns.ts'
import { workspaces } from './tenancy.ts'
import { turns } from './work.ts'

/**
 * What a model asked for while it answered. Written before the call is made; `content` is what the model was
 * given, and absent until the call ended. They go when the answer is redone.
 */
export const toolCalls = pgTable(
  'tool_calls',
  {
    id: id<string>(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    turnId: uuid('turn_id')
      .notNull()
      .$type<TurnId>()
      .references(() => turns.id, { onDelete: 'cascade' }),
    /** Calls of one breath have the same. */
    round: integer('round').notNull(),
    position: integer('position').notNull(),
    /** What the model said before the calls of this round. */
    said: text('said').notNull(),
    callId: text('call_id').notNull(),
    name: text('name').notNull(),
    arguments: text('arguments').notNull(),
    content: text('content'),
    /** Markdown, for people. */
    shown: text('shown'),
    durationMs: integer('duration_ms'),
    createdAt: createdAt(),
  },
  (table) => [unique().on(table.turnId, table.round, table.position)],
)
