import { and, desc, eq, lt } from 'drizzle-orm'
import type { AuditEntry, AuditLog, RecordedAuditEntry } from '../ports/audit-log.ts'
import type { Database, Transaction } from './database.ts'
import { audit } from './schema/operation.ts'
import { storableValue } from './storable.ts'

export function createAuditLog(db: Database): AuditLog {
  return {
    record: (entry) => recordAudit(db, entry),

    async find(seq) {
      const [row] = await db.select().from(audit).where(eq(audit.seq, seq))
      return row && entryFromRow(row)
    },

    async latest({ limit, before, target }) {
      const rows = await db
        .select()
        .from(audit)
        .where(
          and(
            before === undefined ? undefined : lt(audit.seq, before),
            target === undefined ? undefined : eq(audit.target, target),
          ),
        )
        .orderBy(desc(audit.seq))
        .limit(limit)
      return rows.map(entryFromRow)
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

function entryFromRow({ workspaceId, before, after, ...row }: typeof audit.$inferSelect): RecordedAuditEntry {
  return {
    ...row,
    ...(workspaceId === null ? {} : { workspaceId }),
    ...(isObject(before) ? { before } : {}),
    ...(isObject(after) ? { after } : {}),
  }
}
