import type { Environment } from '../../config/schema.ts'
import { createAnswerStore } from '../db/answer-store.ts'
import { createCallLedger } from '../db/call-ledger.ts'
import { createConnectionStore } from '../db/connection-store.ts'
import { migrateDatabase, type OpenDatabase, openDatabase } from '../db/database.ts'
import { createDocumentStore } from '../db/document-store.ts'
import { openEmbeddedDatabase } from '../db/embedded/index.ts'
import { createIngestStore, forgetDeliveries } from '../db/ingest-store.ts'
import { createModelStore } from '../db/model-store.ts'
import { forgetRates } from '../db/rate-ledger.ts'
import { createRehearsalStore } from '../db/rehearsal-store.ts'
import { createSecretBox, type SecretBox } from '../db/secrets.ts'
import { openSignals } from '../db/signals.ts'
import { addTombstone } from '../db/tombstones.ts'
import { createToolCallStore } from '../db/tool-call-store.ts'
import { createTurnStore } from '../db/turn-store.ts'
import type { Logger } from '../ports/logger.ts'
import type { ReplyModel } from '../ports/reply-model.ts'
import type { Closing } from './closing.ts'
import { reachable } from './reachable.ts'
import { secretKey } from './secret-key.ts'

export type Storage = Awaited<ReturnType<typeof openStorage>>

/** The database, brought up to date, and everything that speaks to it. */
export async function openStorage(
  environment: Environment,
  log: Logger,
  replyModel: Pick<ReplyModel, 'list' | 'load'>,
  closing: Closing,
) {
  const connectionString = environment.DATABASE_URL ?? (await openEmbedded(environment, log, closing))
  const database: OpenDatabase = openDatabase(connectionString, log)
  closing.add('database', () => database.close())
  await migrateDatabase(database.pool)
  const secrets: SecretBox = createSecretBox(await secretKey(environment))
  const signals = await openSignals(connectionString, database.pool, log)
  closing.add('signals', () => signals.close())
  const { db } = database
  return {
    forget: async () => {
      await forgetDeliveries(db)
      await forgetRates(db)
    },
    connectionString,
    database,
    secrets,
    signals,
    ingest: createIngestStore(
      db,
      {
        currency: environment.CURRENCY,
        rememberForgotten: (personId, at) => addTombstone(environment.DATA_DIR, personId, at),
        ...(environment.CHAT_MODELS === undefined ? {} : { chatModels: environment.CHAT_MODELS }),
      },
      adminUrl(environment),
    ),
    turns: createTurnStore(db),
    ledger: createCallLedger(db),
    rehearsals: createRehearsalStore(db),
    documents: createDocumentStore(db),
    toolCalls: createToolCallStore(db),
    answers: createAnswerStore(db),
    connections: createConnectionStore(db, secrets),
    models: createModelStore(db, secrets, replyModel.list, replyModel.load),
  }
}

async function openEmbedded(
  { DATA_DIR: dataDir }: Environment,
  log: Logger,
  closing: Closing,
): Promise<string> {
  const embedded = await openEmbeddedDatabase({ dataDir, log, signal: AbortSignal.timeout(180_000) })
  closing.add('embedded database', () => embedded.close())
  return embedded.connectionString
}

function adminUrl({ PUBLIC_URL, HOST, PORT }: Environment): string {
  return PUBLIC_URL ?? `http://${reachable(HOST)}:${PORT}`
}
