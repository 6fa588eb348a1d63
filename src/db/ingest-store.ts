import { lt, sql } from 'drizzle-orm'
import { HubError } from '../model/errors.ts'
import type { IngestStore, IngestTransaction } from '../ports/ingest-store.ts'
import { commandQueries } from './command-queries.ts'
import type { Database, Transaction } from './database.ts'
import { intakeQueries } from './intake-queries.ts'
import { inboundEvents } from './schema/conversation.ts'

export function createIngestStore(db: Database): IngestStore {
  return {
    async transaction(work) {
      try {
        return await db.transaction((tx) => work(queries(tx)))
      } catch (error) {
        throw isPermanent(error)
          ? new HubError('event_refused', 'the database refuses what this event says', { cause: error })
          : error
      }
    },
  }
}

function queries(tx: Transaction): IngestTransaction {
  return { ...intakeQueries(tx), ...commandQueries(tx) }
}

/** Deliveries older than platforms redeliver. */
export async function forgetDeliveries(db: Database): Promise<void> {
  await db.delete(inboundEvents).where(lt(inboundEvents.receivedAt, sql`now() - interval '7 days'`))
}

/** Data exceptions and broken constraints: taking the same event in again would end the same way. */
function isPermanent(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const state = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return /^(22|23)/.test(state)
}
