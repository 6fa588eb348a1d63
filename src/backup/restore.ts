import { basename } from 'node:path'
import pg from 'pg'
import { MIGRATION_LOCK } from '../db/database.ts'
import { forgetInRestored } from '../db/forgetting.ts'
import { knownMigrations, type Migration } from '../db/migrations.ts'
import type { SecretBox } from '../db/secrets.ts'
import { readTombstones } from '../db/tombstones.ts'
import { HubError } from '../model/errors.ts'
import {
  type Connection,
  inPublic,
  type Journal,
  listTables,
  PORTABLE_SESSION,
  statementsToClear,
} from './catalogue.ts'
import type { BackupContents } from './contents.ts'
import { readRecords } from './file.ts'
import { load } from './load.ts'
import { secretKeyDigest } from './secret-key-digest.ts'
import { clearLeases, forgetUnreadable, type Settled, settleWork } from './settle.ts'

export interface RestoreParts {
  readonly connectionString: string
  readonly contents: BackupContents
  readonly backupKey: string | undefined
  /** Of the key that the restored hub will run with; undefined: there is none yet. */
  readonly secrets: SecretBox | undefined
  /** Where kept files go: the data directory. */
  readonly filesRoot: string
  /** Also over what is there; and also with another SECRET_KEY, without the secrets then. */
  readonly force: boolean
  /** The hub was stopped before the backup and never ran since: its open work and its positions are still true. */
  readonly moved: boolean
  /** Does everything, and then takes it all back. */
  readonly dryRun: boolean
  readonly signal: AbortSignal
}

export interface RestoreReport extends Settled {
  /** How many migrations newer than the backup were run on it. */
  readonly migrated: number
  readonly forgottenSecrets: number
}

/**
 * Replaces what the database holds, in one transaction. Throws a HubError before anything is changed: `hub_running`,
 * `hub_not_empty`, `backup_newer`, `secret_key_other`.
 */
export async function restoreBackup(parts: RestoreParts): Promise<RestoreReport> {
  const { contents, force, dryRun, signal } = parts
  const plan = planMigrations(contents.file.header.migrations, knownMigrations())
  const sameKey = parts.secrets && secretKeyDigest(parts.secrets) === contents.secretKeyDigest
  if (!sameKey && !force) throw otherKey(parts.secrets !== undefined)
  const client = new pg.Client({
    connectionString: parts.connectionString,
    application_name: 'brainall restore',
    connectionTimeoutMillis: 10_000,
  })
  let lost: unknown
  client.on('error', (error) => {
    lost = error
  })
  try {
    await client.connect()
    await client.query(PORTABLE_SESSION)
    // Held to the end: a hub that starts meanwhile waits for it before its own migrations.
    await claimDatabase(client)
    if (!force) await refuseNonEmpty(client)
    await client.query('begin')
    const report = await replaceAll(client, parts, plan)
    signal.throwIfAborted()
    await client.query(dryRun ? 'rollback' : 'commit')
    return report
  } catch (error) {
    throw lost ?? error
  } finally {
    await client.end()
  }
}

interface MigrationPlan {
  readonly before: readonly Migration[]
  readonly after: readonly Migration[]
}

export function planMigrations(journal: readonly Journal[], known: readonly Migration[]): MigrationPlan {
  const isIn = ({ hash, createdAt }: Journal, list: readonly Journal[]) =>
    list.some((one) => one.hash === hash && one.createdAt === createdAt)
  const strange = journal.find((one) => !isIn(one, known))
  if (strange)
    throw new HubError(
      'backup_newer',
      `The backup's schema is newer than this version of the hub: it knows no migration ${strange.hash.slice(0, 12)} ` +
        `of ${new Date(strange.createdAt).toISOString().slice(0, 10)}. Upgrade the hub, then restore.`,
    )
  return {
    before: known.filter((one) => isIn(one, journal)),
    after: known.filter((one) => !isIn(one, journal)),
  }
}

async function replaceAll(
  client: Connection,
  parts: RestoreParts,
  plan: MigrationPlan,
): Promise<RestoreReport> {
  const { contents, dryRun, moved, secrets } = parts
  for (const statement of await statementsToClear(client)) await client.query(statement)
  await openJournal(client)
  await migrate(client, plan.before)
  const filesRoot = dryRun ? undefined : parts.filesRoot
  await readRecords(contents.file, parts.backupKey, parts.signal, (records) =>
    load(client, records, filesRoot),
  )
  await migrate(client, plan.after)
  const settled = moved ? { cancelledTurns: 0, undeliverableAnswers: 0 } : await settleWork(client)
  await clearLeases(client)
  for (const { person, at } of await readTombstones(parts.filesRoot))
    await forgetInRestored(client, person, at)
  const forgottenSecrets = secrets ? await forgetUnreadable(client, secrets) : 0
  const report = { ...settled, migrated: plan.after.length, forgottenSecrets }
  const after = { file: basename(contents.file.path), of: contents.createdAt.toISOString(), ...report }
  await client.query(
    `insert into audit (actor, action, target, after) values ('operator', 'backup.restored', 'hub', $1)`,
    [JSON.stringify(after)],
  )
  return report
}

/** As the migrations' library makes it. */
async function openJournal(client: Connection): Promise<void> {
  await client.query(`
    create schema if not exists drizzle;
    create table if not exists drizzle.__drizzle_migrations (
      id serial primary key, hash text not null, created_at bigint
    );
    delete from drizzle.__drizzle_migrations`)
}

async function migrate(client: Connection, migrations: readonly Migration[]): Promise<void> {
  for (const { hash, createdAt, statements } of migrations) {
    for (const statement of statements) await client.query(statement)
    await client.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
      hash,
      createdAt,
    ])
  }
}

async function claimDatabase(client: Connection): Promise<void> {
  const { rows } = await client.query<{ mine: boolean; others: number }>(
    `select pg_try_advisory_lock($1) as mine, (
       select count(*)::int from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and application_name like 'brainall%'
     ) as others`,
    [MIGRATION_LOCK],
  )
  const [found] = rows
  if (found?.mine && found.others === 0) return
  throw new HubError(
    'hub_running',
    'A hub runs on this database. Stop every process of it (gateways, workers, webs), then restore.',
  )
}

async function refuseNonEmpty(client: Connection): Promise<void> {
  const found: string[] = []
  for (const name of await listTables(client)) {
    const { rows } = await client.query<{ rows: string }>(`select count(*) as rows from ${inPublic(name)}`)
    if (rows[0] && rows[0].rows !== '0') found.push(`${name} ${rows[0].rows}`)
  }
  if (found.length === 0) return
  throw new HubError(
    'hub_not_empty',
    `There is a hub in this database already (rows: ${found.join(', ')}). --force replaces all of it.`,
  )
}

function otherKey(isAnother: boolean): HubError {
  const what = isAnother
    ? 'SECRET_KEY is not the one this backup was made with'
    : 'There is no SECRET_KEY here, and none in DATA_DIR/secret.key'
  return new HubError(
    'secret_key_other',
    `${what}: the stored tokens and keys would be unreadable. Set the old SECRET_KEY, or put the old secret.key ` +
      'into DATA_DIR. If it is lost, --force restores everything else; the tokens must then be given again.',
  )
}
