import { and, desc, eq, gt, isNull, or, sql } from 'drizzle-orm'
import type { ApiToken, ApiTokenStore } from '../ports/api-token-store.ts'
import { API_SCOPES, type ApiScope } from '../ports/session-store.ts'
import { adminFromRow } from './admin-store.ts'
import { recordAudit } from './audit-log.ts'
import { workspacesOf } from './confined-admins.ts'
import type { Database } from './database.ts'
import { apiTokens } from './schema/access.ts'
import { admins } from './schema/operation.ts'
import { present, storable } from './storable.ts'

export function createApiTokenStore(db: Database): ApiTokenStore {
  const live = and(
    isNull(apiTokens.revokedAt),
    or(isNull(apiTokens.expiresAt), gt(apiTokens.expiresAt, sql`now()`)),
  )

  return {
    add: (adminId, { name, tokenHash, scopes, expiresAt }, actor) =>
      db.transaction(async (tx) => {
        const [row] = await tx
          .insert(apiTokens)
          .values({ adminId, name: storable(name), tokenHash, scopes: [...scopes], expiresAt })
          .returning()
        const token = tokenFromRow(present(row))
        await recordAudit(tx, {
          actor,
          action: 'api_token.made',
          target: `api_token:${token.id}`,
          after: { name: token.name, scopes, expiresAt: expiresAt?.toISOString() ?? null },
        })
        return token
      }),

    async find(tokenHash) {
      const [row] = await db
        .select({ token: apiTokens, admin: admins })
        .from(apiTokens)
        .innerJoin(admins, eq(admins.id, apiTokens.adminId))
        .where(and(eq(apiTokens.tokenHash, tokenHash), live))
      if (row === undefined) return undefined
      const { id, scopes, expiresAt } = tokenFromRow(row.token)
      await db
        .update(apiTokens)
        .set({ lastUsedAt: sql`now()` })
        .where(
          and(
            eq(apiTokens.id, id),
            sql`(${apiTokens.lastUsedAt} is null or ${apiTokens.lastUsedAt} < now() - interval '1 minute')`,
          ),
        )
      const admin = adminFromRow(row.admin)
      return { id, admin, expiresAt, scopes, workspaces: await workspacesOf(db, admin) }
    },

    async list(adminId) {
      const rows = await db
        .select()
        .from(apiTokens)
        .where(and(eq(apiTokens.adminId, adminId), live))
        .orderBy(desc(apiTokens.id))
        .limit(100)
      return rows.map(tokenFromRow)
    },

    revoke: (adminId, id, actor) =>
      db.transaction(async (tx) => {
        const [row] = await tx
          .update(apiTokens)
          .set({ revokedAt: sql`now()` })
          .where(and(eq(apiTokens.id, id), eq(apiTokens.adminId, adminId), isNull(apiTokens.revokedAt)))
          .returning()
        if (row === undefined) return false
        const { name, scopes } = tokenFromRow(row)
        await recordAudit(tx, {
          actor,
          action: 'api_token.revoked',
          target: `api_token:${id}`,
          before: { name, scopes },
        })
        return true
      }),
  }
}

function tokenFromRow(row: typeof apiTokens.$inferSelect): ApiToken {
  const { id, name, createdAt } = row
  return {
    id,
    name,
    scopes: row.scopes.filter((scope): scope is ApiScope =>
      (API_SCOPES as readonly string[]).includes(scope),
    ),
    createdAt,
    expiresAt: row.expiresAt ?? undefined,
    lastUsedAt: row.lastUsedAt ?? undefined,
  }
}
