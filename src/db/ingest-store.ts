import type { IngestStore, IngestTransaction } from '../ports/ingest-store.ts'
import { commandQueries } from './command-queries.ts'
import type { Database, Transaction } from './database.ts'
import { intakeQueries } from './intake-queries.ts'

export function createIngestStore(db: Database): IngestStore {
  return {
    transaction: (work) => db.transaction((tx) => work(queries(tx))),
  }
}

function queries(tx: Transaction): IngestTransaction {
  return { ...intakeQueries(tx), ...commandQueries(tx) }
}
