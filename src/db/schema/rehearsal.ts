import { index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { RehearsalId, RehearsalItemId, TurnId, WorkspaceId } from '../../model/ids.ts'
import type { RehearsedAnswer } from '../../ports/rehearsals.ts'
import { at, createdAt, id } from './columns.ts'
import { workspaces } from './tenancy.ts'
import { turns } from './work.ts'

/** A workspace's last questions, answered again with another model or prompt, for the admin's eyes only. */
export const rehearsals = pgTable(
  'rehearsals',
  {
    id: id<RehearsalId>(),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    /** Absent: what counts there. */
    model: text('model'),
    systemPrompt: text('system_prompt'),
    startedBy: text('started_by').notNull(),
    createdAt: createdAt(),
  },
  (table) => [index().on(table.workspaceId)],
)

export const rehearsalItems = pgTable(
  'rehearsal_items',
  {
    id: id<RehearsalItemId>(),
    rehearsalId: uuid('rehearsal_id')
      .notNull()
      .$type<RehearsalId>()
      .references(() => rehearsals.id, { onDelete: 'cascade' }),
    workspaceId: uuid('workspace_id')
      .notNull()
      .$type<WorkspaceId>()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    turnId: uuid('turn_id')
      .notNull()
      .$type<TurnId>()
      .references(() => turns.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    question: text('question').notNull(),
    before: jsonb('before').notNull().$type<RehearsedAnswer>(),
    after: jsonb('after').$type<RehearsedAnswer>(),
    error: text('error'),
    tries: integer('tries').notNull().default(0),
    /** Until when the worker that took it is given time. */
    takenUntil: at('taken_until'),
  },
  (table) => [index().on(table.rehearsalId, table.position)],
)
