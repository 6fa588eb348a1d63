import { asc, eq, sql } from 'drizzle-orm'
import type { ToolCallStore } from '../ports/tool-calls.ts'
import type { Database } from './database.ts'
import { assertLease } from './lease.ts'
import { toolCalls } from './schema/tool-calls.ts'
import { storable } from './storable.ts'

export function createToolCallStore(db: Database): ToolCallStore {
  return {
    async of(turnId) {
      const rows = await db
        .select()
        .from(toolCalls)
        .where(eq(toolCalls.turnId, turnId))
        .orderBy(asc(toolCalls.round), asc(toolCalls.position))
      return rows.map(({ id, round, said, callId, name, arguments: given, content, shown, durationMs }) => ({
        id,
        round,
        said,
        callId,
        name,
        arguments: given,
        outcome: content === null ? undefined : { content, shown: shown ?? '', durationMs: durationMs ?? 0 },
      }))
    },

    async begin(lease, turnId, { round, said, calls }) {
      await db.transaction(async (tx) => {
        await assertLease(tx, lease)
        await tx.insert(toolCalls).values(
          calls.map(({ callId, name, arguments: given }, position) => ({
            turnId,
            workspaceId: sql`(select workspace_id from turns where id = ${turnId})`,
            round,
            position,
            said: storable(said),
            callId: storable(callId),
            name: storable(name),
            arguments: storable(given),
          })),
        )
      })
    },

    async end(lease, id, { content, shown, durationMs }) {
      await db.transaction(async (tx) => {
        await assertLease(tx, lease)
        await tx
          .update(toolCalls)
          .set({ content: storable(content), shown: storable(shown), durationMs: Math.round(durationMs) })
          .where(eq(toolCalls.id, id))
      })
    },
  }
}
