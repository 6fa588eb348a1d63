import { and, eq, or, type SQL, sql } from 'drizzle-orm'
import { type Ceilings, ceilingsSchema, NO_CEILINGS } from '../model/ceilings.ts'
import type { WorkspaceId } from '../model/ids.ts'
import { applyPatch, type OwnSettings, ownSettingsSchema, type SettingsPatch } from '../model/settings.ts'
import type { SettingsPlace, SettingsStore } from '../ports/settings-store.ts'
import { recordAudit } from './audit-log.ts'
import type { Database, Transaction } from './database.ts'
import { namedSettings } from './named-settings.ts'
import { ceilings } from './schema/access.ts'
import { channels, people, settings, workspaces } from './schema/tenancy.ts'
import { present, storable } from './storable.ts'

export function createSettingsStore(db: Database): SettingsStore {
  return {
    async layers(place) {
      const above = await ancestry(db, place)
      if (above === undefined) return undefined
      const rows = await db
        .select()
        .from(settings)
        .where(or(...above.map(rowOf)))
      return above.map((level) => ({
        scope: level.scope,
        own: ownSettingsSchema.parse(
          rows.find((row) => row.scope === level.scope && row.scopeId === scopeId(level))?.values ?? {},
        ),
      }))
    },

    async personName(id) {
      const [row] = await db.select({ name: people.name }).from(people).where(eq(people.id, id))
      return row?.name
    },

    change: (place, patch, actor) =>
      db.transaction(async (tx) => {
        const above = await ancestry(tx, place)
        if (above === undefined) return false
        const workspaceId = workspaceOf(above)
        // The row must be there before it can be locked: the first two changes of a place may come at once.
        await tx
          .insert(settings)
          .values({ scope: place.scope, scopeId: scopeId(place), workspaceId: workspaceId ?? null })
          .onConflictDoNothing()
        const [row] = await tx
          .select({ values: settings.values })
          .from(settings)
          .where(rowOf(place))
          .for('update')
        const before = ownSettingsSchema.parse(present(row).values)
        const after = applyPatch(before, storablePatch(patch))
        if (sameSettings(before, after)) return true
        await tx
          .update(settings)
          .set({ values: after, updatedAt: sql`now()`, updatedBy: actor })
          .where(rowOf(place))
        await recordAudit(tx, {
          actor,
          action: 'settings.changed',
          target: place.scope === 'hub' ? 'hub' : `${place.scope}:${place.id}`,
          ...(workspaceId === undefined ? {} : { workspaceId }),
          before,
          after,
        })
        return true
      }),

    ...namedSettings(db),
    ceilings: () => readCeilings(db),

    changeCeilings: (values, actor) =>
      db.transaction(async (tx) => {
        const before = await readCeilings(tx)
        await tx
          .insert(ceilings)
          .values({ values })
          .onConflictDoUpdate({ target: ceilings.id, set: { values } })
        await recordAudit(tx, {
          actor,
          action: 'ceilings.changed',
          target: 'ceilings',
          before,
          after: values,
        })
      }),
  }
}

async function readCeilings(db: Database | Transaction): Promise<Ceilings> {
  const [row] = await db.select().from(ceilings)
  return row === undefined ? NO_CEILINGS : ceilingsSchema.parse(row.values)
}

/** The places whose settings count, the hub first; undefined: the last one does not exist. */
async function ancestry(
  db: Database | Transaction,
  place: SettingsPlace,
): Promise<readonly SettingsPlace[] | undefined> {
  const hub = { scope: 'hub' } as const
  if (place.scope === 'hub') return [hub]
  if (place.scope === 'person') {
    const rows = await db.select({ id: people.id }).from(people).where(eq(people.id, place.id))
    return rows.length === 0 ? undefined : [hub, place]
  }
  if (place.scope === 'workspace') {
    const rows = await db.select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.id, place.id))
    return rows.length === 0 ? undefined : [hub, place]
  }
  const [channel] = await db
    .select({ workspaceId: channels.workspaceId })
    .from(channels)
    .where(eq(channels.id, place.id))
  return channel && [hub, { scope: 'workspace', id: channel.workspaceId }, place]
}

function workspaceOf(above: readonly SettingsPlace[]): WorkspaceId | undefined {
  for (const place of above) if (place.scope === 'workspace') return place.id
  return undefined
}

function scopeId(place: SettingsPlace): string {
  return place.scope === 'hub' ? '' : place.id
}

function rowOf(place: SettingsPlace): SQL | undefined {
  return and(eq(settings.scope, place.scope), eq(settings.scopeId, scopeId(place)))
}

function storablePatch(patch: SettingsPatch): SettingsPatch {
  const { systemPrompt } = patch
  return typeof systemPrompt === 'string' ? { ...patch, systemPrompt: storable(systemPrompt) } : patch
}

function sameSettings(one: OwnSettings, other: OwnSettings): boolean {
  const sorted = (own: OwnSettings) => JSON.stringify(Object.entries(own).sort())
  return sorted(one) === sorted(other)
}
