import { eq, lt, sql } from 'drizzle-orm'
import type { PersonId } from '../model/ids.ts'
import type { IngestStore, IngestTransaction } from '../ports/ingest-store.ts'
import { type CommandOptions, commandQueries } from './command-queries.ts'
import type { Database, Transaction } from './database.ts'
import { forgetPerson } from './forgetting.ts'
import { intakeQueries } from './intake-queries.ts'
import { exportPerson } from './personal-export.ts'
import { inboundEvents } from './schema/conversation.ts'
import { people } from './schema/tenancy.ts'
import { makeSignInLink } from './sign-in-store.ts'
import { asStorageError } from './storage-error.ts'

export interface IngestOptions extends CommandOptions {
  /** Beside the database. */
  readonly rememberForgotten: (personId: PersonId, at: Date) => Promise<void>
}

/** `adminUrl`: where people reach the admin, no trailing slash. */
export function createIngestStore(db: Database, options: IngestOptions, adminUrl: string): IngestStore {
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

function queries(tx: Transaction, options: IngestOptions, adminUrl: string): IngestTransaction {
  return {
    ...intakeQueries(tx),
    ...commandQueries(tx, options),
    exportPerson: (personId) => exportPerson(tx, personId),
    async forgetPerson(personId, except) {
      const forgotten = await forgetPerson(tx, personId, except)
      // Before the commit: what is forgotten here and not there would come back.
      await options.rememberForgotten(personId, new Date())
      return forgotten
    },
    async pausePerson(personId, paused) {
      await tx
        .update(people)
        .set({ pausedAt: paused ? sql`now()` : null })
        .where(eq(people.id, personId))
    },
    makeSignInLink: (place, lifetimeMs) => makeSignInLink(tx, place, adminUrl, lifetimeMs),
  }
}

/** Deliveries older than platforms redeliver. */
export async function forgetDeliveries(db: Database): Promise<void> {
  await db.delete(inboundEvents).where(lt(inboundEvents.receivedAt, sql`now() - interval '7 days'`))
}
