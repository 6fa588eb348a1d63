import { join } from 'node:path'
import type pg from 'pg'
import type { Environment } from '../../config/schema.ts'
import type { SecretBox } from '../db/secrets.ts'
import { HubError } from '../model/errors.ts'
import { PORTABLE_SESSION } from './catalogue.ts'
import { dump, openSnapshot } from './dump.ts'
import { writeBackupFile } from './file.ts'
import { backupName, rotate } from './rotation.ts'
import { newCipher } from './seal.ts'
import { secretKeyDigest } from './secret-key-digest.ts'

export interface BackupParts {
  readonly environment: Pick<Environment, 'DATA_DIR' | 'BACKUP_DIR' | 'BACKUP_KEY' | 'BACKUP_KEEP'>
  readonly pool: pg.Pool
  readonly secrets: SecretBox
  readonly signal: AbortSignal
}

export interface MadeBackup {
  readonly path: string
  readonly bytes: number
  readonly encrypted: boolean
  /** Names of older backups that the rule did not keep. */
  readonly removed: readonly string[]
}

const BACKUP_LOCK = 4_206_002
const MADE = 'backup.made'

/**
 * Writes the whole database, as it is at one moment and while others go on writing, into one file: `path`, or one
 * in BACKUP_DIR, where the rule then removes old ones. One process of all at a time: throws `backup_running` beside
 * another. `isDue` is asked with the time of the last backup while no other can begin one; false: resolves with
 * undefined.
 */
export async function makeBackup(
  { environment, pool, secrets, signal }: BackupParts,
  { path, isDue }: { readonly path?: string; readonly isDue?: (last: Date | undefined) => boolean } = {},
): Promise<MadeBackup | undefined> {
  const client = await pool.connect()
  try {
    await client.query(PORTABLE_SESSION)
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
      BACKUP_LOCK,
    ])
    if (!rows[0]?.mine) throw new HubError('backup_running', 'Another process is making a backup just now.')
    if (isDue && !isDue(await lastBackupAt(client))) return undefined
    const snapshot = await openSnapshot(client)
    const { createdAt, migrations, tables } = snapshot
    const directory = environment.BACKUP_DIR ?? join(environment.DATA_DIR, 'backups')
    const target = path ?? join(directory, backupName(createdAt))
    const { BACKUP_KEY: key } = environment
    const header = {
      createdAt: createdAt.toISOString(),
      migrations: [...migrations],
      tables: [...tables],
      cipher: key === undefined ? null : newCipher(),
    }
    const origin = { secretKeyDigest: secretKeyDigest(secrets), filesRoot: environment.DATA_DIR }
    const records = dump(client, snapshot, origin)
    const bytes = await writeBackupFile({ path: target, header, records, key, signal })
    await client.query('commit')
    await client.query(
      `insert into audit (at, actor, action, target, after) values ($1, 'hub', $2, 'hub', $3)`,
      [createdAt, MADE, JSON.stringify({ path: target, bytes, encrypted: key !== undefined })],
    )
    const removed = path === undefined ? await rotate(directory, environment.BACKUP_KEEP) : []
    return { path: target, bytes, encrypted: key !== undefined, removed }
  } finally {
    // Not back into the pool: the lock, the settings and a transaction that was left half read end with it.
    client.release(true)
  }
}

/** Of the newest backup that any process of the hub made. */
export async function lastBackupAt(db: Pick<pg.Pool, 'query'> | pg.ClientBase): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date }>(
    'select at from audit where action = $1 order by seq desc limit 1',
    [MADE],
  )
  return rows[0]?.at
}
