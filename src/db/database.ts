import { fileURLToPath } from 'node:url'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { HubError } from '../model/errors.ts'
import type { Logger } from '../ports/logger.ts'
import * as access from './schema/access.ts'
import * as conversation from './schema/conversation.ts'
import * as operation from './schema/operation.ts'
import * as rehearsal from './schema/rehearsal.ts'
import * as spending from './schema/spending.ts'
import * as tenancy from './schema/tenancy.ts'
import * as work from './schema/work.ts'
import { asStorageError } from './storage-error.ts'

export const schema = {
  ...tenancy,
  ...conversation,
  ...work,
  ...operation,
  ...spending,
  ...rehearsal,
  ...access,
}
export type Database = NodePgDatabase<typeof schema>
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]

export interface OpenDatabase {
  readonly db: Database
  readonly pool: pg.Pool
  /** Rejects with a plain sentence when the database does not answer within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>
  close(): Promise<void>
}

/** Advisory: whoever changes the schema holds it, and a starting hub waits for it. */
export const MIGRATION_LOCK = 4_206_001
export const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url))

export function openDatabase(connectionString: string, log: Logger, max = 16): OpenDatabase {
  const pool = new pg.Pool({
    connectionString,
    max,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 60_000,
    application_name: 'brainall',
  })
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'))
  // The pool listens to idle connections only: one that breaks between two statements of a transaction would
  // end the process. Its next statement fails by itself.
  pool.on('connect', (client) => {
    client.on('error', (error) => log.debug({ err: error }, 'a database connection was lost'))
  })
  return {
    db: drizzle(pool, { schema }),
    pool,
    async ping(timeoutMs) {
      const signal = AbortSignal.timeout(timeoutMs)
      const late = new Promise<never>((_, reject) => {
        signal.addEventListener(
          'abort',
          () =>
            reject(
              new HubError('database_unreachable', 'the database does not answer', {
                retry: { kind: 'later' },
              }),
            ),
          {
            once: true,
          },
        )
      })
      try {
        await Promise.race([pool.query('select 1'), late])
      } catch (error) {
        throw asStorageError(error)
      }
    },
    close: () => pool.end(),
  }
}

/** Brings the schema up to date; processes that start together take turns. */
export async function migrateDatabase(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('set statement_timeout = 0')
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    try {
      await migrate(drizzle(client), { migrationsFolder: MIGRATIONS })
    } finally {
      await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
    }
  } finally {
    client.release(true)
  }
}
