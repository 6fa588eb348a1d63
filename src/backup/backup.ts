import { basename, join } from 'node:path'
import type pg from 'pg'
import type { Environment } from '../../config/schema.ts'
import type { SecretBox } from '../db/secrets.ts'
import { HubError } from '../model/errors.ts'
import { PORTABLE_SESSION } from './catalogue.ts'
import { dump, openSnapshot } from './dump.ts'
import { writeBackupFile } from './file.ts'
import { openRemote, type RemoteEnvironment } from './remote.ts'
import { backupName, outdated, rotate } from './rotation.ts'
import { newCipher } from './seal.ts'
import { secretKeyDigest } from './secret-key-digest.ts'

export interface BackupParts {
  readonly environment: Pick<Environment, 'DATA_DIR' | 'BACKUP_DIR' | 'BACKUP_KEY' | 'BACKUP_KEEP'> &
    RemoteEnvironment
  readonly pool: pg.Pool
  readonly secrets: SecretBox
  readonly signal: AbortSignal
}

export interface MadeBackup {
  readonly path: string
  readonly bytes: number
  readonly encrypted: boolean
  /** Where else it is now. */
  readonly sentTo?: string
  /** Names of older backups that the rule did not keep, there too. */
  readonly removed: readonly string[]
}

const BACKUP_LOCK = 4_206_002
const MADE = 'backup.made'

/**
 * Writes the whole database, as it is at one moment and while others go on writing, into one file: `path`, or one
 * in BACKUP_DIR, which is then sent on to BACKUP_REMOTE, and where the rule removes old ones. It counts as made once
 * it is at its last place: rejects with `backup_remote_failed` otherwise, and the file stays. One process of all at a time: throws `backup_running` beside
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
    const kept =
      path === undefined ? await keep(environment, directory, basename(target), signal) : { removed: [] }
    await client.query(
      `insert into audit (at, actor, action, target, after) values ($1, 'hub', $2, 'hub', $3)`,
      [
        createdAt,
        MADE,
        JSON.stringify({ path: target, bytes, encrypted: key !== undefined, sentTo: kept.sentTo }),
      ],
    )
    return { path: target, bytes, encrypted: key !== undefined, ...kept }
  } finally {
    // Not back into the pool: the lock, the settings and a transaction that was left half read end with it.
    client.release(true)
  }
}

/** Sends it on, and removes here and there what the rule does not keep. */
async function keep(
  environment: BackupParts['environment'],
  directory: string,
  name: string,
  signal: AbortSignal,
): Promise<Pick<MadeBackup, 'sentTo' | 'removed'>> {
  const { BACKUP_KEEP: rule } = environment
  // First, and also when it cannot be sent: tries that fail must not fill the disk.
  const removed = await rotate(directory, rule)
  const remote = await openRemote(environment)
  if (!remote) return { removed }
  try {
    await remote.send(join(directory, name), name, signal)
    const old = outdated(await remote.list(signal), rule)
    for (const one of old) await remote.remove(one, signal)
    return { sentTo: remote.description, removed: [...new Set([...removed, ...old])] }
  } finally {
    await remote.close()
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
