import { and, asc, eq, inArray, isNull, lt, notInArray, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { HubError } from '../model/errors.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import { recordAudit } from './audit-log.ts'
import type { Database, Transaction } from './database.ts'
import { inMs } from './lease.ts'
import { ownConnections } from './own-connections.ts'
import { isGone } from './presence.ts'
import { resumeWaiting } from './resumption.ts'
import { connections, workspaces } from './schema/tenancy.ts'
import type { SecretBox } from './secrets.ts'
import { storable } from './storable.ts'

/** Renewed every second: its holder is late, and taken for dead where its session has ended too. */
const OVERDUE_AFTER_MS = 2_500

const credentialsSchema = z.record(z.string(), z.string())

export function createConnectionStore(db: Database, secrets: SecretBox): ConnectionStore {
  const row = async (id: string) => {
    const [found] = await db.select().from(connections).where(sql`${connections.id} = ${id}`)
    if (!found) throw new HubError('connection_unknown', 'this connection no longer exists')
    return found
  }

  return {
    async list() {
      const rows = await db
        .select()
        .from(connections)
        .where(sql`removed_at is null`)
        .orderBy(asc(connections.platform), asc(connections.slug))
      return rows.map((one) => ({
        id: one.id,
        platform: one.platform,
        slug: one.slug,
        name: one.name,
        source: one.source,
        paused: one.paused,
        version: one.version,
        state: one.paused ? 'paused' : one.state,
        stateDetail: one.stateDetail ?? undefined,
        stateAt: one.stateAt,
        account: one.account ?? undefined,
      }))
    },

    async credentials(id) {
      return credentialsSchema.parse(JSON.parse(secrets.open((await row(id)).credentials)))
    },

    async reconcile(source, wanted) {
      await db.transaction(async (tx) => {
        await tx.execute(sql`lock table ${connections} in share row exclusive mode`)
        if (source === 'simulator') await forgetSimulated(tx)
        const rows = await tx.select().from(connections)
        for (const { platform, slug, name, credentials } of wanted) {
          const plain = JSON.stringify(credentials)
          const known = rows.find((one) => one.slug === slug)
          if (!known) {
            await tx
              .insert(connections)
              .values({ platform, slug, name, source, credentials: secrets.seal(plain) })
            continue
          }
          // What an earlier process saw says nothing about this one, unless another gateway holds it now.
          await tx
            .update(connections)
            .set({ state: 'connecting', stateDetail: null, stateAt: sql`now()` })
            .where(
              and(
                eq(connections.id, known.id),
                or(isNull(connections.leaseUntil), lt(connections.leaseUntil, sql`now()`)),
              ),
            )
          if (secrets.open(known.credentials) !== plain || known.removedAt || known.source !== source) {
            await tx
              .update(connections)
              .set({
                platform,
                name,
                source,
                credentials: secrets.seal(plain),
                removedAt: null,
                version: sql`version + 1`,
              })
              .where(eq(connections.id, known.id))
          }
        }
        const slugs = wanted.map(({ slug }) => slug)
        await tx
          .update(connections)
          .set({ removedAt: sql`now()` })
          .where(
            and(
              eq(connections.source, source),
              isNull(connections.removedAt),
              slugs.length > 0 ? notInArray(connections.slug, slugs) : undefined,
            ),
          )
      })
    },

    ...ownConnections(db, secrets),

    setPaused: (id, paused, actor) =>
      db.transaction(async (tx) => {
        const [was] = await tx
          .select({ paused: connections.paused, slug: connections.slug })
          .from(connections)
          .where(and(eq(connections.id, id), isNull(connections.removedAt)))
          .for('update')
        if (was === undefined) return false
        if (was.paused === paused) return true
        // What it was before the pause says nothing about now.
        const change = { paused, version: sql`version + 1`, state: 'connecting', stateDetail: null } as const
        await tx
          .update(connections)
          .set({ ...change, stateAt: sql`now()` })
          .where(eq(connections.id, id))
        await recordAudit(tx, {
          actor,
          action: paused ? 'connection.paused' : 'connection.resumed',
          target: `connection:${id}`,
          before: { connection: was.slug, paused: was.paused },
          after: { connection: was.slug, paused },
        })
        return true
      }),

    async report(id, state, holder) {
      const written = await db
        .update(connections)
        .set({
          state: state.kind,
          stateDetail: 'detail' in state ? storable(state.detail).slice(0, 500) : null,
          stateAt: sql`now()`,
          ...(state.kind === 'connected' ? { account: storable(state.account) } : {}),
        })
        .where(and(eq(connections.id, id), heldBy(holder)))
        .returning({ id: connections.id })
      if (state.kind !== 'connected' || written.length === 0) return
      await resumeWaiting(db, id)
      for (const { externalId, name } of state.workspaces ?? []) {
        await db
          .insert(workspaces)
          .values({ connectionId: id, externalId, name: storable(name ?? externalId) })
          .onConflictDoUpdate({
            target: [workspaces.connectionId, workspaces.externalId],
            set: { name: name === undefined ? sql`${workspaces.name}` : storable(name) },
          })
      }
    },

    async readCursor(id) {
      return (await row(id)).cursor ?? undefined
    },

    async writeCursor(id, value, holder) {
      const written = await db
        .update(connections)
        .set({ cursor: value })
        .where(and(eq(connections.id, id), heldBy(holder)))
        .returning({ id: connections.id })
      if (written.length === 0 && holder !== undefined)
        throw new HubError('lease_lost', 'another gateway has taken over this connection')
    },

    async acquire(id, owner, leaseMs) {
      const rows = await db
        .update(connections)
        .set({
          leaseOwner: owner,
          leaseUntil: inMs(leaseMs),
          leaseFence: sql`lease_fence + (lease_owner is distinct from ${owner}::uuid)::int`,
        })
        .where(
          and(
            eq(connections.id, id),
            or(
              eq(connections.leaseOwner, owner),
              isNull(connections.leaseUntil),
              lt(connections.leaseUntil, sql`now()`),
              and(
                lt(connections.leaseUntil, inMs(leaseMs - OVERDUE_AFTER_MS)),
                isGone(sql`${connections.leaseOwner}`),
              ),
            ),
          ),
        )
        .returning({ id: connections.id })
      return rows.length > 0
    },

    async letGo(id, owner) {
      await db
        .update(connections)
        .set({ leaseOwner: null, leaseUntil: null })
        .where(and(eq(connections.id, id), eq(connections.leaseOwner, owner)))
    },
  }
}

function heldBy(holder: string | undefined) {
  return holder === undefined ? undefined : eq(connections.leaseOwner, holder)
}

/** The simulator remembers nothing, so what its last world left behind belongs to nobody. */
async function forgetSimulated(tx: Transaction): Promise<void> {
  const simulated = tx
    .select({ id: connections.id })
    .from(connections)
    .where(eq(connections.source, 'simulator'))
  // Messages name their people, so they go first, with their workspaces.
  await tx.delete(workspaces).where(inArray(workspaces.connectionId, simulated))
  await tx.delete(connections).where(eq(connections.source, 'simulator'))
}
