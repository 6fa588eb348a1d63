import { and, desc, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import type { SessionStore } from '../ports/session-store.ts'
import { adminFromRow } from './admin-store.ts'
import type { Database } from './database.ts'
import { admins, sessions } from './schema/operation.ts'
import { present, storable } from './storable.ts'

export function createSessionStore(db: Database): SessionStore {
  const live = and(isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`))

  return {
    async open({ adminId, expiresAt, userAgent, address }) {
      // A month after its end nobody asks about a session any more.
      await db
        .delete(sessions)
        .where(and(eq(sessions.adminId, adminId), lt(sessions.expiresAt, sql`now() - interval '30 days'`)))
      const [row] = await db
        .insert(sessions)
        .values({
          adminId,
          expiresAt,
          userAgent: userAgent === undefined ? null : storable(userAgent).slice(0, 300),
          address,
        })
        .returning({ id: sessions.id })
      return present(row).id
    },

    async find(id) {
      const [row] = await db
        .select({ session: sessions, admin: admins })
        .from(sessions)
        .innerJoin(admins, eq(admins.id, sessions.adminId))
        .where(and(eq(sessions.id, id), live))
      return row && { id: row.session.id, admin: adminFromRow(row.admin), expiresAt: row.session.expiresAt }
    },

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
        .where(and(eq(sessions.id, id), eq(sessions.adminId, adminId), live))
        .returning({ id: sessions.id })
      return rows.length > 0
    },
  }
}
