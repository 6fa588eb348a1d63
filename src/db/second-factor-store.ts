import { and, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import type { AdminId } from '../model/ids.ts'
import type { SecondFactorStore } from '../ports/second-factor-store.ts'
import { recordAudit } from './audit-log.ts'
import type { Database, Transaction } from './database.ts'
import { recoveryCodes, secondFactors } from './schema/access.ts'
import type { SecretBox } from './secrets.ts'

export function createSecondFactorStore(db: Database, secrets: SecretBox): SecondFactorStore {
  const unused = (id: AdminId) => and(eq(recoveryCodes.adminId, id), isNull(recoveryCodes.usedAt))

  return {
    async find(id) {
      const [row] = await db.select().from(secondFactors).where(eq(secondFactors.adminId, id))
      if (row === undefined) return undefined
      return {
        secret: Buffer.from(secrets.open(row.secret), 'base64'),
        verified: row.verifiedAt !== null,
        since: row.verifiedAt ?? row.createdAt,
        unusedRecoveryCodes: await db.$count(recoveryCodes, unused(id)),
      }
    },

    async propose(id, secret) {
      const sealed = secrets.seal(secret.toString('base64'))
      const rows = await db
        .insert(secondFactors)
        .values({ adminId: id, secret: sealed })
        .onConflictDoUpdate({
          target: secondFactors.adminId,
          set: { secret: sealed, createdAt: sql`now()` },
          setWhere: isNull(secondFactors.verifiedAt),
        })
        .returning({ adminId: secondFactors.adminId })
      return rows.length > 0
    },

    verify: (id, step, recoveryCodeHashes, actor) =>
      db.transaction(async (tx) => {
        const rows = await tx
          .update(secondFactors)
          .set({ verifiedAt: sql`now()`, lastStep: step })
          .where(and(eq(secondFactors.adminId, id), isNull(secondFactors.verifiedAt)))
          .returning({ adminId: secondFactors.adminId })
        if (rows.length === 0) return false
        await writeCodes(tx, id, recoveryCodeHashes)
        await note(tx, id, 'admin.second_factor_added', actor)
        return true
      }),

    async useStep(id, step) {
      const rows = await db
        .update(secondFactors)
        .set({ lastStep: step })
        .where(
          and(
            eq(secondFactors.adminId, id),
            isNotNull(secondFactors.verifiedAt),
            lt(secondFactors.lastStep, step),
          ),
        )
        .returning({ adminId: secondFactors.adminId })
      return rows.length > 0
    },

    useRecoveryCode: (id, codeHash, actor) =>
      db.transaction(async (tx) => {
        const rows = await tx
          .update(recoveryCodes)
          .set({ usedAt: sql`now()` })
          .where(and(unused(id), eq(recoveryCodes.codeHash, codeHash)))
          .returning({ adminId: recoveryCodes.adminId })
        if (rows.length === 0) return false
        await note(tx, id, 'admin.recovery_code_used', actor)
        return true
      }),

    replaceRecoveryCodes: (id, codeHashes, actor) =>
      db.transaction(async (tx) => {
        await writeCodes(tx, id, codeHashes)
        await note(tx, id, 'admin.recovery_codes_made', actor)
      }),

    remove: (id, actor) =>
      db.transaction(async (tx) => {
        const rows = await tx
          .delete(secondFactors)
          .where(eq(secondFactors.adminId, id))
          .returning({ verifiedAt: secondFactors.verifiedAt })
        await tx.delete(recoveryCodes).where(eq(recoveryCodes.adminId, id))
        if (rows[0]?.verifiedAt) await note(tx, id, 'admin.second_factor_removed', actor)
      }),
  }
}

async function writeCodes(tx: Transaction, adminId: AdminId, hashes: readonly string[]): Promise<void> {
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.adminId, adminId))
  if (hashes.length > 0)
    await tx.insert(recoveryCodes).values(hashes.map((codeHash) => ({ adminId, codeHash })))
}

function note(tx: Transaction, id: AdminId, action: string, actor: string): Promise<void> {
  return recordAudit(tx, { actor, action, target: `admin:${id}` })
}
