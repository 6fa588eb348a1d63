import { desc, lt } from 'drizzle-orm'
import type { AuditEntry, AuditLog } from '../ports/audit-log.ts'
import type { Database, Transaction } from './database.ts'
import { audit } from './schema/operation.ts'
import { storableValue } from './storable.ts'

export function createAuditLog(db: Database): AuditLog {
  return {
    record: (entry) => recordAudit(db, entry),

    async latest({ limit, before }) {
      const rows = await db
        .select()
        .from(audit)
        .where(before === undefined ? undefined : lt(audit.seq, before))
        .orderBy(desc(audit.seq))
        .limit(limit)
      return rows.map(({ workspaceId, before: was, after, ...row }) => ({
        ...row,
        ...(workspaceId === null ? {} : { workspaceId }),
        ...(isObject(was) ? { before: was } : {}),
        ...(isObject(after) ? { after } : {}),
      }))
    },
  }
}

/** For stores that write the change and its entry in one transaction. */
export async function recordAudit(db: Database | Transaction, entry: AuditEntry): Promise<void> {
  await db.insert(audit).values(storableValue(entry))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
