import { and, desc, eq, gt, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import type { SessionId } from '../model/ids.ts'
import type { LiveSession, Renewal, SessionStore } from '../ports/session-store.ts'
import { adminFromRow } from './admin-store.ts'
import { recordAudit } from './audit-log.ts'
import { workspacesOf } from './confined-admins.ts'
import type { Database, Transaction } from './database.ts'
import { admins, sessions } from './schema/operation.ts'
import { present, storable } from './storable.ts'

export function createSessionStore(db: Database): SessionStore {
  const live = and(isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`))

  const select = async (on: Database | Transaction, where: SQL | undefined) => {
    const [row] = await on
      .select({ session: sessions, admin: admins })
      .from(sessions)
      .innerJoin(admins, eq(admins.id, sessions.adminId))
      .where(where)
    if (row === undefined) return undefined
    const admin = adminFromRow(row.admin)
    const { id, expiresAt } = row.session
    const session: LiveSession = {
      id,
      admin,
      expiresAt,
      workspaces: await workspacesOf(on, admin),
      scopes: undefined,
    }
    return { session, row: row.session }
  }

  return {
    async open({ adminId, expiresAt, refreshHash, userAgent, address }) {
      // A month after its end nobody asks about a session any more.
      await db
        .delete(sessions)
        .where(and(eq(sessions.adminId, adminId), lt(sessions.expiresAt, sql`now() - interval '30 days'`)))
      const [row] = await db
        .insert(sessions)
        .values({
          adminId,
          expiresAt,
          refreshHash,
          userAgent: userAgent === undefined ? null : storable(userAgent).slice(0, 300),
          address,
        })
        .returning({ id: sessions.id })
      return present(row).id
    },

    async find(id) {
      return (await select(db, and(eq(sessions.id, id), live)))?.session
    },

    renew: (id, refreshHash, nextHash, idleMs) =>
      db.transaction(async (tx): Promise<Renewal> => {
        const [held] = await tx
          .select({
            sinceMs: sql<number>`extract(epoch from now() - ${sessions.refreshedAt})::float8 * 1000`,
          })
          .from(sessions)
          .where(eq(sessions.id, id))
          .for('update')
        const found = await select(
          tx,
          and(
            eq(sessions.id, id),
            live,
            or(eq(sessions.refreshHash, refreshHash), eq(sessions.previousRefreshHash, refreshHash)),
          ),
        )
        if (found === undefined || held === undefined) return { kind: 'refused' }
        const { session, row } = found
        const { sinceMs } = held
        if (sinceMs > idleMs) return { kind: 'refused' }
        if (row.refreshHash !== refreshHash) {
          if (sinceMs < RACE_MS) return { kind: 'raced', session }
          await end(tx, id)
          const { email } = session.admin
          await recordAudit(tx, {
            actor: `admin:${email}`,
            action: 'admin.session_stolen',
            target: `admin:${session.admin.id}`,
          })
          return { kind: 'refused' }
        }
        await tx
          .update(sessions)
          .set({ refreshHash: nextHash, previousRefreshHash: refreshHash, refreshedAt: sql`now()` })
          .where(eq(sessions.id, id))
        return { kind: 'renewed', session }
      }),

    async list(adminId) {
      const rows = await db
        .select()
        .from(sessions)
        .where(and(eq(sessions.adminId, adminId), live))
        .orderBy(desc(sessions.createdAt))
        .limit(100)
      return rows.map(({ id, createdAt, expiresAt, userAgent, address }) => ({
        id,
        createdAt,
        expiresAt,
        userAgent: userAgent ?? undefined,
        address: address ?? undefined,
      }))
    },

    async revoke(adminId, id) {
      const rows = await db
        .update(sessions)
        .set({ revokedAt: sql`now()` })
        .where(and(sql`${sessions.id} = ${id}`, eq(sessions.adminId, adminId), live))
        .returning({ id: sessions.id })
      return rows.length > 0
    },
  }
}

/** Two tabs of one browser renew with the same token; the answer to one of them is not the last. */
const RACE_MS = 30_000

async function end(tx: Transaction, id: SessionId): Promise<void> {
  await tx.update(sessions).set({ revokedAt: sql`now()` }).where(eq(sessions.id, id))
}
