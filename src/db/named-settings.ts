import { and, asc, eq, isNotNull, ne, sql } from 'drizzle-orm'
import { ownSettingsSchema } from '../model/settings.ts'
import type { SettingsStore } from '../ports/settings-store.ts'
import type { Database } from './database.ts'
import { channels, connections, settings, workspaces } from './schema/tenancy.ts'

/** Settings by the names that platforms give their places. */
export function namedSettings(db: Database): Pick<SettingsStore, 'named' | 'locate'> {
  return {
    async named() {
      const rows = await db
        .select({
          connection: connections.slug,
          workspace: { externalId: workspaces.externalId, name: workspaces.name },
          channel: { externalId: channels.externalId, name: channels.name },
          values: settings.values,
        })
        .from(settings)
        .innerJoin(workspaces, eq(workspaces.id, settings.workspaceId))
        .innerJoin(connections, eq(connections.id, workspaces.connectionId))
        .leftJoin(
          channels,
          and(eq(settings.scope, 'channel'), eq(sql`${channels.id}::text`, settings.scopeId)),
        )
        .where(and(isNotNull(settings.workspaceId), ne(settings.values, sql`'{}'::jsonb`)))
        .orderBy(asc(connections.slug), asc(workspaces.externalId), asc(channels.externalId))
      return rows.map(({ connection, workspace, channel, values }) => ({
        connection,
        workspace,
        channel:
          channel === null ? undefined : { externalId: channel.externalId, name: channel.name ?? undefined },
        own: ownSettingsSchema.parse(values),
      }))
    },

    async locate({ connection, workspace, channel }) {
      const [found] = await db
        .select({ id: workspaces.id })
        .from(workspaces)
        .innerJoin(connections, eq(connections.id, workspaces.connectionId))
        .where(and(eq(connections.slug, connection), sql`${workspaces.externalId} = ${workspace}`))
      if (found === undefined) return undefined
      if (channel === undefined) return { scope: 'workspace', id: found.id }
      const [row] = await db
        .select({ id: channels.id })
        .from(channels)
        .where(and(eq(channels.workspaceId, found.id), sql`${channels.externalId} = ${channel}`))
      return row && { scope: 'channel', id: row.id }
    },
  }
}
