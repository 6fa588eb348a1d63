import { lt, sql } from 'drizzle-orm'
import type { IngestStore, IngestTransaction } from '../ports/ingest-store.ts'
import { commandQueries } from './command-queries.ts'
import type { Database, Transaction } from './database.ts'
import { intakeQueries } from './intake-queries.ts'
import { inboundEvents } from './schema/conversation.ts'
import { asStorageError } from './storage-error.ts'

export function createIngestStore(db: Database, currency: string): IngestStore {
  return {
    async transaction(work) {
      try {
        return await db.transaction((tx) => work(queries(tx, currency)))
      } catch (error) {
        throw asStorageError(error)
      }
    },
  }
}

function queries(tx: Transaction, currency: string): IngestTransaction {
  return { ...intakeQueries(tx), ...commandQueries(tx, currency) }
}

/** Deliveries older than platforms redeliver. */
export async function forgetDeliveries(db: Database): Promise<void> {
  await db.delete(inboundEvents).where(lt(inboundEvents.receivedAt, sql`now() - interval '7 days'`))
}
