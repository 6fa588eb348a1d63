import { and, eq, gt, lt, sql } from 'drizzle-orm'
import type { Place } from '../model/work.ts'
import type { Claim, SignInStore } from '../ports/sign-in-store.ts'
import { adminFromRow } from './admin-store.ts'
import { recordAudit } from './audit-log.ts'
import type { Database, Transaction } from './database.ts'
import { linkInPlace } from './member-link.ts'
import { freshSecret, secretHash } from './one-time-secret.ts'
import { adminWorkspaces, signInLinks } from './schema/access.ts'
import { admins } from './schema/operation.ts'
import { connections, people, workspaces } from './schema/tenancy.ts'
import { present, storable } from './storable.ts'

export function createSignInStore(db: Database): SignInStore {
  const open = (token: string) =>
    and(eq(signInLinks.tokenHash, secretHash(token)), gt(signInLinks.expiresAt, sql`now()`))

  const behind = async (token: string): Promise<Claim | undefined> => {
    const [row] = await db
      .select({
        person: { id: people.id, externalId: people.externalId, name: people.name },
        workspace: { id: workspaces.id, externalId: workspaces.externalId, name: workspaces.name },
        connection: { id: connections.id, platform: connections.platform, slug: connections.slug },
      })
      .from(signInLinks)
      .innerJoin(people, eq(people.id, signInLinks.personId))
      .innerJoin(workspaces, eq(workspaces.id, signInLinks.workspaceId))
      .innerJoin(connections, eq(connections.id, workspaces.connectionId))
      .where(open(token))
    return row
  }

  return {
    behind,

    async redeem(token) {
      const claim = await behind(token)
      const used = await db.delete(signInLinks).where(open(token)).returning({ hash: signInLinks.tokenHash })
      await db.delete(signInLinks).where(lt(signInLinks.expiresAt, sql`now()`))
      return used.length === 0 ? undefined : claim
    },

    admit: (claim, language) =>
      db.transaction(async (tx) => {
        const { person, workspace } = claim
        const email = addressOf(claim)
        const nobodys = linkInPlace({ tokenHash: '', expiresAt: new Date(0) })
        const [row] = await tx
          .insert(admins)
          .values({
            email,
            name: storable(person.name),
            passwordHash: nobodys,
            role: 'workspace_admin',
            language,
          })
          .onConflictDoUpdate({ target: admins.email, set: { name: storable(person.name) } })
          .returning()
        const admin = adminFromRow(present(row))
        const added = await tx
          .insert(adminWorkspaces)
          .values({ adminId: admin.id, workspaceId: workspace.id, personId: person.id })
          .onConflictDoNothing()
          .returning({ id: adminWorkspaces.adminId })
        if (added.length > 0)
          await recordAudit(tx, {
            actor: `admin:${email}`,
            action: 'admin.admitted',
            target: `admin:${admin.id}`,
            workspaceId: workspace.id,
            after: { person: person.name, workspace: workspace.name },
          })
        return admin
      }),

    dismiss: (claim) =>
      db.transaction(async (tx) => {
        const { person, workspace } = claim
        const gone = await tx
          .delete(adminWorkspaces)
          .where(and(eq(adminWorkspaces.workspaceId, workspace.id), eq(adminWorkspaces.personId, person.id)))
          .returning({ adminId: adminWorkspaces.adminId })
        for (const { adminId } of gone)
          await recordAudit(tx, {
            actor: 'platform',
            action: 'admin.dismissed',
            target: `admin:${adminId}`,
            workspaceId: workspace.id,
            before: { person: person.name, workspace: workspace.name },
          })
      }),
  }
}

/** No address that mail could be sent to, and none that anybody could be invited under. */
function addressOf({ person, connection }: Claim): string {
  return `${connection.slug}:${person.externalId}`.toLowerCase()
}

export async function makeSignInLink(
  tx: Transaction,
  { workspaceId, personId }: Pick<Place, 'workspaceId' | 'personId'>,
  adminUrl: string,
  lifetimeMs: number,
): Promise<string> {
  const { token, hash } = freshSecret()
  await tx
    .insert(signInLinks)
    .values({ tokenHash: hash, workspaceId, personId, expiresAt: new Date(Date.now() + lifetimeMs) })
  return `${adminUrl}/admin/sign-in?token=${token}`
}
