import { and, desc, eq, lt, sql } from 'drizzle-orm'
import type { RunReason } from '../ports/code-runner.ts'
import type { RunRecords } from '../ports/run-records.ts'
import type { Database } from './database.ts'
import { messages } from './schema/conversation.ts'
import { connections, people, workspaces } from './schema/tenancy.ts'
import { runs, turns } from './schema/work.ts'

const REASON = sql<RunReason | null>`${runs.result} ->> 'reason'`

const SUMMARY = {
  id: runs.id,
  workspaceId: runs.workspaceId,
  workspaceName: workspaces.name,
  platform: connections.platform,
  conversationId: turns.conversationId,
  messageId: turns.messageId,
  person: { id: people.id, name: people.name },
  language: runs.language,
  at: runs.createdAt,
  turnState: turns.state,
  reason: REASON,
  wallMs: sql<number | null>`(${runs.result} ->> 'wallMs')::float8`,
}

export function createRunRecords(db: Database): RunRecords {
  const select = <Fields extends object>(fields: Fields) =>
    db
      .select({ ...SUMMARY, ...fields })
      .from(runs)
      .innerJoin(turns, eq(turns.id, runs.turnId))
      .innerJoin(messages, eq(messages.id, turns.messageId))
      .innerJoin(people, eq(people.id, messages.personId))
      .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
      .innerJoin(connections, eq(connections.id, workspaces.connectionId))

  return {
    async list({ workspaceId, language, reason }, { limit, after }) {
      const rows = await select({})
        .where(
          and(
            workspaceId === undefined ? undefined : eq(runs.workspaceId, workspaceId),
            language === undefined ? undefined : eq(runs.language, language),
            reason === undefined ? undefined : eq(REASON, reason),
            after === undefined ? undefined : lt(runs.id, after),
          ),
        )
        .orderBy(desc(runs.id))
        .limit(limit)
      return rows.map(({ reason: ended, wallMs, ...row }) => ({
        ...row,
        reason: ended ?? undefined,
        wallMs: wallMs ?? undefined,
      }))
    },

    async find(id) {
      const [row] = await select({
        source: runs.source,
        stdin: runs.stdin,
        result: runs.result,
      }).where(eq(runs.id, id))
      if (row === undefined) return undefined
      return {
        ...row,
        reason: row.reason ?? undefined,
        wallMs: row.wallMs ?? undefined,
        stdin: row.stdin ?? undefined,
        result: row.result ?? undefined,
      }
    },
  }
}
