import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { nearestLanguage } from '../model/settings.ts'
import type { Admin, AdminStore, NewAdmin } from '../ports/admin-store.ts'
import { recordAudit } from './audit-log.ts'
import type { Database, Transaction } from './database.ts'
import { linkEnd } from './member-link.ts'
import { admins, sessions, setupLinks } from './schema/operation.ts'

type AdminRow = typeof admins.$inferSelect

export function createAdminStore(db: Database): AdminStore {
  const openLink = (tokenHash: string) =>
    and(
      eq(setupLinks.tokenHash, tokenHash),
      isNull(setupLinks.usedAt),
      gt(setupLinks.expiresAt, sql`now()`),
      sql`not exists (select 1 from ${admins})`,
    )

  return {
    async any() {
      return (await db.select({ id: admins.id }).from(admins).limit(1)).length > 0
    },

    async byEmail(email) {
      const [row] = await db.select().from(admins).where(eq(admins.email, email))
      if (row === undefined) return undefined
      const { passwordHash } = row
      return {
        ...adminFromRow(row),
        passwordHash: linkEnd(passwordHash) === undefined ? passwordHash : undefined,
      }
    },

    add: (admin, actor) => db.transaction((tx) => insertAdmin(tx, admin, actor)),

    async changePassword(id, passwordHash, actor) {
      await db.transaction(async (tx) => {
        await tx.update(admins).set({ passwordHash }).where(eq(admins.id, id))
        await tx
          .update(sessions)
          .set({ revokedAt: sql`now()` })
          .where(and(eq(sessions.adminId, id), isNull(sessions.revokedAt)))
        await recordAudit(tx, { actor, action: 'admin.password_changed', target: `admin:${id}` })
      })
    },

    async changeLanguage(id, language, actor) {
      await db.transaction(async (tx) => {
        const [was] = await tx
          .select({ language: admins.language })
          .from(admins)
          .where(eq(admins.id, id))
          .for('update')
        if (was === undefined || was.language === language) return
        await tx.update(admins).set({ language }).where(eq(admins.id, id))
        const entry = { actor, action: 'admin.language_changed', target: `admin:${id}` }
        await recordAudit(tx, { ...entry, before: was, after: { language } })
      })
    },

    async addSetupLink(tokenHash, expiresAt) {
      await db.insert(setupLinks).values({ tokenHash, expiresAt })
    },

    async setupLinkOpen(tokenHash) {
      const rows = await db.select({ hash: setupLinks.tokenHash }).from(setupLinks).where(openLink(tokenHash))
      return rows.length > 0
    },

    redeemSetupLink: (tokenHash, admin) =>
      db.transaction(async (tx) => {
        // Two different links used at once must not make two first admins.
        await tx.execute(sql`lock table ${admins} in share row exclusive mode`)
        const used = await tx
          .update(setupLinks)
          .set({ usedAt: sql`now()` })
          .where(openLink(tokenHash))
          .returning({ hash: setupLinks.tokenHash })
        return used.length === 0 ? undefined : insertAdmin(tx, admin, 'set-up link')
      }),
  }
}

async function insertAdmin(tx: Transaction, admin: NewAdmin, actor: string): Promise<Admin | undefined> {
  const [row] = await tx.insert(admins).values(admin).onConflictDoNothing().returning()
  if (row === undefined) return undefined
  const made = adminFromRow(row)
  await recordAudit(tx, {
    actor,
    action: 'admin.created',
    target: `admin:${made.id}`,
    after: { email: made.email, role: made.role },
  })
  return made
}

export function adminFromRow({ id, email, role, language, name }: AdminRow): Admin {
  return { id, email, role, language: nearestLanguage(language), name: name ?? undefined }
}
