import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { startPostgresServer } from './postgres-server.ts'
import { services } from './services.ts'

export interface TestDatabase {
  /** For a role that owns this database and is no superuser, like the hub's own. */
  readonly connectionString: string
  /** Drops the database, whoever is still connected. */
  close(): Promise<void>
}

const OWNER = 'brainall_test'

/** The server of the whole run: the one given by the environment, else a throw-away one. */
export async function openTestServer(): Promise<{ readonly url: string; close(): Promise<void> }> {
  if (services.databaseUrl !== undefined) return { url: services.databaseUrl, close: async () => undefined }
  const server = await startPostgresServer()
  if (server === undefined)
    throw new Error('No PostgreSQL to test on: install its binaries or set DATABASE_URL.')
  return { url: server.connectionString('postgres'), close: () => server.close() }
}

/** `url` belongs to a superuser, or to a role that may create databases. */
export async function createDatabase(url: string): Promise<TestDatabase> {
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`
  const connectionString = await withClient(url, async (client) => {
    const { rows } = await client.query<{ usesuper: boolean }>(
      'SELECT usesuper FROM pg_user WHERE usename = current_user',
    )
    if (rows[0]?.usesuper !== true) {
      await client.query(`CREATE DATABASE ${name} TEMPLATE template0`)
      return withDatabase(url, name)
    }
    const password = await ensureOwner(client)
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0 OWNER ${OWNER}`)
    return withDatabase(url, name, { user: OWNER, password })
  })
  return {
    connectionString,
    close: () =>
      withClient(url, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      }),
  }
}

/** Files that start together find the role missing together; its password is the same for all of a server. */
async function ensureOwner(client: pg.Client): Promise<string> {
  await client.query(`
    DO $$ BEGIN
      PERFORM pg_advisory_lock(hashtext('${OWNER}'));
      IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '${OWNER}') THEN
        CREATE ROLE ${OWNER} LOGIN PASSWORD '${OWNER}' NOSUPERUSER CREATEROLE;
      END IF;
      PERFORM pg_advisory_unlock(hashtext('${OWNER}'));
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      PERFORM pg_advisory_unlock(hashtext('${OWNER}'));
    END $$`)
  return OWNER
}

interface Credentials {
  readonly user: string
  readonly password: string
}

/** By hand: a URL with an empty host, as Unix sockets have it, is none to `URL`. */
function withDatabase(url: string, database: string, credentials?: Credentials): string {
  const match = /^(?<scheme>\w+:\/\/)(?:(?<login>[^@/]*)@)?(?<host>[^/?]*)(?:\/[^?]*)?(?<query>\?.*)?$/.exec(
    url,
  )
  if (match?.groups === undefined) throw new Error('DATABASE_URL is no PostgreSQL URL.')
  const { scheme, login, host, query = '' } = match.groups
  const user = credentials === undefined ? login : `${credentials.user}:${credentials.password}`
  return `${scheme}${user === undefined ? '' : `${user}@`}${host}/${database}${query}`
}

async function withClient<T>(connectionString: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
