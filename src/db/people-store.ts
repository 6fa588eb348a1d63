import { and, asc, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import type { AdminId } from '../model/ids.ts'
import type { Member, MemberChange, PeopleStore } from '../ports/people-store.ts'
import { adminFromRow } from './admin-store.ts'
import { recordAudit } from './audit-log.ts'
import type { Database, Transaction } from './database.ts'
import { linkEnd, linkInPlace, ownsOpenLink } from './member-link.ts'
import { adminWorkspaces } from './schema/access.ts'
import { admins, sessions } from './schema/operation.ts'
import { workspaces } from './schema/tenancy.ts'

export function createPeopleStore(db: Database): PeopleStore {
  const select = async (where: SQL | undefined): Promise<readonly Member[]> => {
    const rows = await db
      .select({
        admin: admins,
        lastLogInAt: sql<Date | null>`(
          select max(s.created_at) from sessions s where s.admin_id = admins.id
        )`.mapWith(sessions.createdAt),
      })
      .from(admins)
      .where(where)
      .orderBy(asc(admins.id))
      .limit(500)
    const theirs = await db
      .select({ adminId: adminWorkspaces.adminId, id: workspaces.id, name: workspaces.name })
      .from(adminWorkspaces)
      .innerJoin(workspaces, eq(workspaces.id, adminWorkspaces.workspaceId))
      .where(
        inArray(
          adminWorkspaces.adminId,
          rows.map(({ admin }) => admin.id),
        ),
      )
    return rows.map(({ admin, lastLogInAt }) => ({
      ...adminFromRow(admin),
      workspaces: theirs.filter(({ adminId }) => adminId === admin.id).map(({ id, name }) => ({ id, name })),
      createdAt: admin.createdAt,
      linkUntil: linkEnd(admin.passwordHash),
      lastLogInAt: lastLogInAt ?? undefined,
    }))
  }

  const byId = async (id: AdminId): Promise<Member | undefined> => (await select(eq(admins.id, id)))[0]

  return {
    list: () => select(undefined),
    find: byId,

    async invite({ email, role, language, workspaces: theirs }, link, actor) {
      const id = await db.transaction(async (tx) => {
        const [row] = await tx
          .insert(admins)
          .values({ email, role, language, passwordHash: linkInPlace(link) })
          .onConflictDoNothing()
          .returning({ id: admins.id })
        if (row === undefined) return undefined
        const entry = { actor, action: 'admin.invited', target: `admin:${row.id}` }
        for (const workspaceId of theirs)
          await tx.insert(adminWorkspaces).values({ adminId: row.id, workspaceId })
        await recordAudit(tx, {
          ...entry,
          after: { email, role, ...(theirs.length === 0 ? {} : { workspaces: theirs }) },
        })
        return row.id
      })
      return id && byId(id)
    },

    replaceLink: (id, link, actor) =>
      db.transaction(async (tx) => {
        const [row] = await tx
          .update(admins)
          .set({ passwordHash: linkInPlace(link) })
          .where(eq(admins.id, id))
          .returning({ email: admins.email })
        if (row === undefined) return false
        await endSessions(tx, id)
        await recordAudit(tx, { actor, action: 'admin.link_made', target: `admin:${id}`, after: row })
        return true
      }),

    async behindLink(tokenHash) {
      return (await select(ownsOpenLink(tokenHash)))[0]
    },

    async redeemLink(tokenHash, passwordHash) {
      const id = await db.transaction(async (tx) => {
        const [row] = await tx
          .update(admins)
          .set({ passwordHash })
          .where(ownsOpenLink(tokenHash))
          .returning({ id: admins.id, email: admins.email })
        if (row === undefined) return undefined
        const entry = { actor: `admin:${row.email}`, action: 'admin.joined', target: `admin:${row.id}` }
        await recordAudit(tx, entry)
        return row.id
      })
      return id && byId(id)
    },

    changeRole: (id, role, actor) =>
      changeMember(db, id, async (tx, was, mayLose) => {
        if (was.role === role) return 'done'
        if (was.role === 'owner' && !mayLose) return 'last_owner'
        await tx.update(admins).set({ role }).where(eq(admins.id, id))
        const entry = { actor, action: 'admin.role_changed', target: `admin:${id}` }
        await recordAudit(tx, {
          ...entry,
          before: { email: was.email, role: was.role },
          after: { email: was.email, role },
        })
        return 'done'
      }),

    remove: (id, actor) =>
      changeMember(db, id, async (tx, { email, role }, mayLose) => {
        if (role === 'owner' && !mayLose) return 'last_owner'
        await tx.delete(admins).where(eq(admins.id, id))
        await recordAudit(tx, {
          actor,
          action: 'admin.removed',
          target: `admin:${id}`,
          before: { email, role },
        })
        return 'done'
      }),
  }
}

/** `mayLose`: another owner who can log in would stay. */
function changeMember(
  db: Database,
  id: AdminId,
  change: (tx: Transaction, was: typeof admins.$inferSelect, mayLose: boolean) => Promise<MemberChange>,
): Promise<MemberChange> {
  return db.transaction(async (tx) => {
    // Two owners who demote each other at once must not both succeed.
    await tx.execute(sql`lock table ${admins} in share row exclusive mode`)
    const rows = await tx.select().from(admins)
    const was = rows.find((row) => row.id === id)
    if (was === undefined) return 'unknown'
    const others = rows.filter(
      (row) => row.id !== id && row.role === 'owner' && linkEnd(row.passwordHash) === undefined,
    )
    return change(tx, was, others.length > 0)
  })
}

async function endSessions(tx: Transaction, id: AdminId): Promise<void> {
  await tx
    .update(sessions)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(sessions.adminId, id), isNull(sessions.revokedAt)))
}
