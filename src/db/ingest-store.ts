import { lt, sql } from 'drizzle-orm'
import type { IngestStore, IngestTransaction } from '../ports/ingest-store.ts'
import { type CommandOptions, commandQueries } from './command-queries.ts'
import type { Database, Transaction } from './database.ts'
import { intakeQueries } from './intake-queries.ts'
import { inboundEvents } from './schema/conversation.ts'
import { makeSignInLink } from './sign-in-store.ts'
import { asStorageError } from './storage-error.ts'

/** `adminUrl`: where people reach the admin, no trailing slash. */
export function createIngestStore(db: Database, options: CommandOptions, adminUrl: string): IngestStore {
  return {
    async transaction(work) {
      try {
        return await db.transaction((tx) => work(queries(tx, options, adminUrl)))
      } catch (error) {
        throw asStorageError(error)
      }
    },
  }
}

function queries(tx: Transaction, options: CommandOptions, adminUrl: string): IngestTransaction {
  return {
    ...intakeQueries(tx),
    ...commandQueries(tx, options),
    makeSignInLink: (place, lifetimeMs) => makeSignInLink(tx, place, adminUrl, lifetimeMs),
  }
}

/** Deliveries older than platforms redeliver. */
export async function forgetDeliveries(db: Database): Promise<void> {
  await db.delete(inboundEvents).where(lt(inboundEvents.receivedAt, sql`now() - interval '7 days'`))
}
