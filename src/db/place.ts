import { and, eq, or, sql } from 'drizzle-orm'
import type { ChannelId, PersonId, WorkspaceId } from '../model/ids.ts'
import type { InboundEvent } from '../model/inbound.ts'
import {
  type EffectiveSettings,
  nearestLanguage,
  ownSettingsSchema,
  resolveSettings,
} from '../model/settings.ts'
import type { Place } from '../model/work.ts'
import type { Database, Transaction } from './database.ts'
import { channels, people, settings, workspaces } from './schema/tenancy.ts'
import { present, storable } from './storable.ts'

/**
 * The hub's own rows for where an event happened. Each is read first and written only when it is new or
 * was renamed: an upsert would lock a busy workspace's row for every message.
 */
export async function resolvePlace(tx: Transaction, event: InboundEvent): Promise<Place> {
  const workspace = await resolveWorkspace(tx, event)
  const { channelId, workspaceId } = await resolveChannel(tx, event, workspace)
  const person = await resolvePerson(tx, event)
  const effective = await effectiveSettings(tx, workspaceId, channelId, person.id)
  return {
    connectionId: event.connectionId,
    workspaceId,
    channelId,
    channelKind: event.channel.kind,
    personId: person.id,
    paused: person.paused,
    settings: effective,
    language: effective.language ?? nearestLanguage(person.language),
  }
}

async function resolveWorkspace(
  tx: Transaction,
  { connectionId, workspace }: InboundEvent,
): Promise<WorkspaceId> {
  const name = workspace.name === undefined ? undefined : storable(workspace.name)
  const [row] = await tx
    .select({ id: workspaces.id, name: workspaces.name })
    .from(workspaces)
    .where(and(eq(workspaces.connectionId, connectionId), eq(workspaces.externalId, workspace.externalId)))
  if (row) {
    if (name !== undefined && name !== row.name)
      await tx.update(workspaces).set({ name }).where(eq(workspaces.id, row.id))
    return row.id
  }
  const [made] = await tx
    .insert(workspaces)
    .values({ connectionId, externalId: workspace.externalId, name: name ?? workspace.externalId })
    .onConflictDoUpdate({
      target: [workspaces.connectionId, workspaces.externalId],
      set: { externalId: workspace.externalId },
    })
    .returning({ id: workspaces.id })
  return present(made).id
}

async function resolveChannel(
  tx: Transaction,
  { connectionId, channel }: InboundEvent,
  workspaceId: WorkspaceId,
): Promise<{ channelId: ChannelId; workspaceId: WorkspaceId }> {
  const name = channel.name === undefined ? undefined : storable(channel.name)
  const [row] = await tx
    .select({ channelId: channels.id, workspaceId: channels.workspaceId, name: channels.name })
    .from(channels)
    .where(and(eq(channels.connectionId, connectionId), eq(channels.externalId, channel.externalId)))
  if (row) {
    if (name !== undefined && name !== row.name)
      await tx.update(channels).set({ name }).where(eq(channels.id, row.channelId))
    return row
  }
  const [made] = await tx
    .insert(channels)
    .values({
      connectionId,
      workspaceId,
      externalId: channel.externalId,
      name: name ?? null,
      kind: channel.kind,
    })
    .onConflictDoUpdate({
      target: [channels.connectionId, channels.externalId],
      set: { externalId: channel.externalId },
    })
    .returning({ channelId: channels.id, workspaceId: channels.workspaceId })
  return present(made)
}

async function resolvePerson(
  tx: Transaction,
  { connectionId, person }: InboundEvent,
): Promise<{ id: PersonId; language: string | null; paused: boolean }> {
  const name = storable(person.name)
  const [row] = await tx
    .select({ id: people.id, name: people.name, language: people.language, pausedAt: people.pausedAt })
    .from(people)
    .where(and(eq(people.connectionId, connectionId), eq(people.externalId, person.externalId)))
  if (row) {
    const language = person.language ?? row.language
    if (row.pausedAt === null && (name !== row.name || language !== row.language)) {
      await tx.update(people).set({ name, language }).where(eq(people.id, row.id))
    }
    return { id: row.id, language, paused: row.pausedAt !== null }
  }
  const [made] = await tx
    .insert(people)
    .values({ connectionId, externalId: person.externalId, name, language: person.language ?? null })
    .onConflictDoUpdate({
      target: [people.connectionId, people.externalId],
      set: { externalId: person.externalId },
    })
    .returning({ id: people.id, language: people.language })
  return { ...present(made), paused: false }
}

/** Settings as they count in a channel, or in a workspace as a whole. */
export async function effectiveSettings(
  db: Database | Transaction,
  workspaceId: WorkspaceId,
  channelId?: ChannelId,
  personId?: PersonId,
): Promise<EffectiveSettings> {
  const rows = await db
    .select({ scope: settings.scope, values: settings.values })
    .from(settings)
    .where(
      or(
        eq(settings.scope, 'hub'),
        and(eq(settings.scope, 'workspace'), eq(settings.scopeId, workspaceId)),
        and(eq(settings.scope, 'channel'), eq(settings.scopeId, channelId ?? '')),
        and(eq(settings.scope, 'person'), eq(settings.scopeId, personId ?? '')),
      ),
    )
    .orderBy(sql`case scope when 'hub' then 0 when 'workspace' then 1 when 'channel' then 2 else 3 end`)
  return resolveSettings(rows.map(({ values }) => ownSettingsSchema.parse(values)))
}
