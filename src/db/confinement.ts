import { AsyncLocalStorage } from 'node:async_hooks'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { WorkspaceId } from '../model/ids.ts'
import type { Confinement } from '../ports/confinement.ts'
import type { Logger } from '../ports/logger.ts'
import { type Database, MIGRATION_LOCK, type OpenDatabase, schema } from './database.ts'
import { CONFINED_ROLE, secureRows } from './row-security.ts'
import { conversations, messages } from './schema/conversation.ts'
import { channels, workspaces } from './schema/tenancy.ts'
import { runs, turns } from './schema/work.ts'

export interface OpenConfinement extends Confinement {
  /** For stores that serve requests: confined within `within`, the hub's own everywhere else. */
  readonly db: Database
  close(): Promise<void>
}

const MOST_CLIENTS = 4

/**
 * Requests that are confined go through connections of their own, whose role never changes. Opening it writes the
 * rules into the database, under the lock of migrations.
 */
export async function openConfinement(
  connectionString: string,
  { db: ownDb, pool: own }: OpenDatabase,
  log: Logger,
): Promise<OpenConfinement> {
  const current = new AsyncLocalStorage<readonly WorkspaceId[]>()
  const unavailable = await secured(own)
  if (unavailable !== undefined) log.warn({ reason: unavailable }, 'nobody can be a workspace admin')
  const confined = new pg.Pool({
    connectionString,
    max: MOST_CLIENTS,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    application_name: 'brainall confined',
    options: `-c role=${CONFINED_ROLE}`,
  })
  confined.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'))
  confined.on('connect', (client) => {
    client.on('error', (error) => log.debug({ err: error }, 'a database connection was lost'))
  })

  const connect = async (): Promise<pg.PoolClient> => {
    const mine = current.getStore()
    if (mine === undefined) return own.connect()
    const client = await confined.connect()
    try {
      await client.query("select set_config('brainall.workspaces', $1, false)", [mine.join(',')])
      return client
    } catch (error) {
      client.release(true)
      throw error
    }
  }
  const query = async (...args: readonly unknown[]): Promise<unknown> => {
    const client = await connect()
    try {
      return await Reflect.apply(client.query, client, args)
    } finally {
      client.release()
    }
  }
  // Drizzle asks whether it was given a pool before it opens a transaction.
  const chosen: pg.Pool = Object.create(own, { connect: { value: connect }, query: { value: query } })

  return {
    db: drizzle(chosen, { schema }),
    unavailable,
    within: (mine, work) => current.run(mine, work),
    ownerOf: (thing) => ownerOf(ownDb, thing),
    close: () => confined.end(),
  }
}

async function secured(pool: pg.Pool): Promise<string | undefined> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    try {
      return await secureRows(client)
    } finally {
      await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
    }
  } finally {
    client.release()
  }
}

const ownerOf = async (
  db: Database,
  thing: Parameters<Confinement['ownerOf']>[0],
): Promise<WorkspaceId | undefined> => {
  const [row] = await ownerQuery(db, thing)
  return row?.id
}

function ownerQuery(db: Database, thing: Parameters<Confinement['ownerOf']>[0]) {
  switch (thing.kind) {
    case 'workspace':
      return db.select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.id, thing.id))
    case 'channel':
      return db.select({ id: channels.workspaceId }).from(channels).where(eq(channels.id, thing.id))
    case 'conversation':
      return db
        .select({ id: conversations.workspaceId })
        .from(conversations)
        .where(eq(conversations.id, thing.id))
    case 'message':
      return db.select({ id: messages.workspaceId }).from(messages).where(eq(messages.id, thing.id))
    case 'run':
      return db.select({ id: runs.workspaceId }).from(runs).where(eq(runs.id, thing.id))
    case 'turn':
      return db.select({ id: turns.workspaceId }).from(turns).where(eq(turns.id, thing.id))
    default:
      return thing satisfies never
  }
}
