import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm'
import type { WorkspaceStore } from '../ports/workspace-store.ts'
import type { Database } from './database.ts'
import { messages } from './schema/conversation.ts'
import { channels, connections, settings, workspaces } from './schema/tenancy.ts'
import { present, storable } from './storable.ts'

export function createWorkspaceStore(db: Database): WorkspaceStore {
  const select = (where: SQL | undefined, limit: number) =>
    db
      .select({
        id: workspaces.id,
        platform: connections.platform,
        externalId: workspaces.externalId,
        name: workspaces.name,
        connection: { id: connections.id, slug: connections.slug, name: connections.name },
        createdAt: workspaces.createdAt,
        lastMessageAt: sql<Date | null>`(
          select max(${messages.receivedAt}) from ${messages} where ${messages.workspaceId} = ${workspaces.id}
        )`.mapWith(messages.receivedAt),
      })
      .from(workspaces)
      .innerJoin(connections, eq(connections.id, workspaces.connectionId))
      .where(where)
      .orderBy(asc(workspaces.id))
      .limit(limit)

  const selectChannels = (where: SQL | undefined, limit: number) =>
    db
      .select({
        id: channels.id,
        workspaceId: channels.workspaceId,
        externalId: channels.externalId,
        name: channels.name,
        kind: channels.kind,
        hasOwnSettings: sql<boolean>`coalesce(${settings.values} <> '{}'::jsonb, false)`,
      })
      .from(channels)
      .leftJoin(settings, and(eq(settings.scope, 'channel'), eq(settings.scopeId, sql`${channels.id}::text`)))
      .where(where)
      .orderBy(asc(channels.id))
      .limit(limit)

  return {
    async list({ limit, after, search }) {
      const rows = await select(
        and(
          after === undefined ? undefined : gt(workspaces.id, after),
          search === undefined
            ? undefined
            : sql`strpos(lower(${workspaces.name}), lower(${storable(search)})) > 0`,
        ),
        limit,
      )
      return rows.map((row) => ({ ...row, lastMessageAt: row.lastMessageAt ?? undefined }))
    },

    async find(id) {
      const [row] = await select(eq(workspaces.id, id), 1)
      return row && { ...row, lastMessageAt: row.lastMessageAt ?? undefined }
    },

    async channels(id, { limit, after }) {
      const rows = await selectChannels(
        and(eq(channels.workspaceId, id), after === undefined ? undefined : gt(channels.id, after)),
        limit,
      )
      return rows.map((row) => ({ ...row, name: row.name ?? undefined }))
    },

    async channel(id) {
      const [row] = await selectChannels(eq(channels.id, id), 1)
      return row && { ...row, name: row.name ?? undefined }
    },

    async upsertWorkspace({ connectionId, externalId, name }) {
      const [row] = await db
        .insert(workspaces)
        .values({ connectionId, externalId, name: name === undefined ? externalId : storable(name) })
        .onConflictDoUpdate({
          target: [workspaces.connectionId, workspaces.externalId],
          set: name === undefined ? { externalId } : { name: storable(name) },
        })
        .returning({ id: workspaces.id })
      return present(row).id
    },
  }
}
