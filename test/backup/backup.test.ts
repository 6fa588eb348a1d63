import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { loadEnvironment } from '../../config/load.ts'
import {
  type BackupContents,
  inspectBackup,
  makeBackup,
  type RestoreParts,
  restoreBackup,
  startBackups,
} from '../../src/backup/index.ts'
import { planMigrations } from '../../src/backup/restore.ts'
import { migrateDatabase, type OpenDatabase, openDatabase } from '../../src/db/database.ts'
import { knownMigrations } from '../../src/db/migrations.ts'
import { createSecretBox } from '../../src/db/secrets.ts'
import { openSignals } from '../../src/db/signals.ts'
import { startTestDatabase } from '../support/postgres.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { command } from './command.ts'
import { AWKWARD, addPair, CANARY, fill, query, tablesOf } from './stored-hub.ts'

const SECRET_KEY = 'the key that seals tokens, long enough'
const BACKUP_KEY = 'the key that seals backups'
const never = new AbortController().signal

describe('a backup', { timeout: 30_000 }, () => {
  let source: Awaited<ReturnType<typeof startTestDatabase>>
  let database: OpenDatabase
  let dataDir: string
  const targets: Awaited<ReturnType<typeof startTestDatabase>>[] = []
  const log = createRecordingLogger()
  const secrets = createSecretBox(SECRET_KEY)
  const parts = (environment: Readonly<Record<string, string>> = {}) => ({
    environment: loadEnvironment({ DATA_DIR: dataDir, ...environment }),
    pool: database.pool,
    secrets,
    signal: never,
  })
  const make = async (environment: Readonly<Record<string, string>> = {}, name = 'one.backup') => {
    const path = join(dataDir, name)
    await makeBackup(parts(environment), { path })
    return path
  }

  beforeAll(async () => {
    source = await startTestDatabase()
    dataDir = await mkdtemp(join(tmpdir(), 'brainall-backup-'))
    database = openDatabase(source.connectionString, log, 4)
    await migrateDatabase(database.pool)
    await fill(database.pool, secrets.seal(JSON.stringify({ token: 'xyz' })))
    await writeFile(join(dataDir, 'secret.key'), SECRET_KEY)
  })
  afterAll(async () => {
    await database?.close()
    await source?.close()
    for (const target of targets) await target.close()
    await rm(dataDir, { recursive: true, force: true })
  })

  const newTarget = async () => {
    const target = await startTestDatabase()
    targets.push(target)
    return target.connectionString
  }
  const restore = async (
    contents: BackupContents,
    connectionString: string,
    more: Partial<RestoreParts> = {},
  ) =>
    await restoreBackup({
      connectionString,
      contents,
      backupKey: BACKUP_KEY,
      secrets,
      filesRoot: join(dataDir, 'restored'),
      force: false,
      moved: false,
      dryRun: false,
      signal: never,
      ...more,
    })

  it.each([
    ['plain', {}],
    ['encrypted', { BACKUP_KEY }],
  ])('%s, brings every value back as it was', async (_, environment) => {
    await writeKept(dataDir, 'files/ab/cd', 'a kept file')
    const path = await make(environment)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const bytes = await readFile(path)
    expect(bytes.includes(SECRET_KEY)).toBe(false)
    expect(bytes.includes(CANARY)).toBe(false)

    const contents = await inspectBackup(path, BACKUP_KEY, never)
    expect(contents).toMatchObject({ files: 1, encrypted: 'BACKUP_KEY' in environment })
    expect(contents.rows).toMatchObject({ messages: 3, answer_parts: 1, connections: 1, turns: 2 })
    const target = await newTarget()
    await restore(contents, target, { moved: true })
    const ours = await tablesOf(source.connectionString)
    const theirs = await tablesOf(target)
    // The restore itself is on record, and nobody holds a lease.
    const changed = new Set(['audit', 'connections', 'conversations'])
    for (const [name, rows] of Object.entries(ours)) {
      if (!changed.has(name)) expect(theirs[name], name).toEqual(rows)
    }
    expect(await query(target, "select text from messages where external_id = 'm1'")).toEqual([
      { text: AWKWARD },
    ])
    expect(await readFile(join(dataDir, 'restored/files/ab/cd'), 'utf8')).toBe('a kept file')
  })

  it('goes on counting where the sequences stood', async () => {
    const target = await newTarget()
    await restore(await inspectBackup(await make(), undefined, never), target)
    const [was] = await query<{ seq: string }>(source.connectionString, 'select max(seq) as seq from turns')
    const [row] = await query<{ seq: string }>(target, "select nextval('turns_seq_seq') as seq")
    expect(Number(row?.seq)).toBe(Number(was?.seq) + 1)
  })

  it('ends what was under way, with a reason', async () => {
    const target = await newTarget()
    const report = await restore(await inspectBackup(await make(), undefined, never), target)
    expect(report).toMatchObject({ cancelledTurns: 1, undeliverableAnswers: 1, forgottenSecrets: 0 })
    const states = await query(target, 'select state from turns order by seq')
    expect(states).toEqual([{ state: 'done' }, { state: 'cancelled' }])
    expect(await query(target, "select 1 from decisions where code = 'restored'")).toHaveLength(1)
    expect(await query(target, 'select 1 from sessions where revoked_at is null')).toEqual([])
    expect(await query(target, 'select cursor, lease_owner from connections')).toEqual([
      { cursor: null, lease_owner: null },
    ])
  })

  it('is one moment of a hub that goes on writing', async () => {
    let writing = true
    const writer = (async () => {
      for (let n = 0; writing; n += 1) await addPair(database.pool, `busy${n}`)
    })()
    const contents = await inspectBackup(await make({}, 'busy.backup'), undefined, never)
    writing = false
    await writer
    const target = await newTarget()
    await restore(contents, target)
    const [pairs] = await query<{ messages: string; people: string }>(
      target,
      "select (select count(*) from messages where external_id like 'busy%') as messages, (select count(*) from people where external_id like 'busy%') as people",
    )
    expect(pairs?.messages).toBe(pairs?.people)
    await database.pool.query("delete from messages where external_id like 'busy%'")
    await database.pool.query("delete from people where external_id like 'busy%'")
  })

  it('that was altered, cut or is none is refused', async () => {
    const path = await make({}, 'altered.backup')
    const whole = await readFile(path)
    for (const broken of [
      Buffer.concat([
        whole.subarray(0, 2_000),
        Buffer.from([whole.readUInt8(2_000) ^ 1]),
        whole.subarray(2_001),
      ]),
      whole.subarray(0, whole.length - 100),
      whole.subarray(0, 20),
    ]) {
      await writeFile(path, broken)
      await expect(inspectBackup(path, undefined, never)).rejects.toMatchObject({ code: 'backup_damaged' })
    }
    await writeFile(path, 'something else')
    await expect(inspectBackup(path, undefined, never)).rejects.toMatchObject({ code: 'backup_unreadable' })
    await expect(inspectBackup(`${path}.not`, undefined, never)).rejects.toMatchObject({
      code: 'backup_unreadable',
    })
  })

  it('that is encrypted opens with its own key only', async () => {
    const path = await make({ BACKUP_KEY })
    await expect(inspectBackup(path, 'another key than it was', never)).rejects.toMatchObject({
      code: 'backup_key_wrong',
    })
    await expect(inspectBackup(path, undefined, never)).rejects.toMatchObject({ code: 'backup_key_missing' })
  })

  it('of which the writing fails leaves nothing behind', async () => {
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    const folder = join(dataDir, 'given-up')
    await expect(makeBackup({ ...parts({ BACKUP_DIR: folder }), signal: stop.signal })).rejects.toThrow()
    expect(await readdir(folder)).toEqual([])
  })

  describe('is restored', () => {
    it('on trial without changing anything', async () => {
      const target = await newTarget()
      const contents = await inspectBackup(await make(), undefined, never)
      expect(await restore(contents, target, { dryRun: true })).toMatchObject({ cancelledTurns: 1 })
      expect(await tablesOf(target)).toEqual({})
      await restore(contents, target)
      const before = await tablesOf(target)
      await query(target, "update messages set text = 'later'")
      const later = await tablesOf(target)
      expect(later).not.toEqual(before)
      await restore(contents, target, { dryRun: true, force: true })
      expect(await tablesOf(target)).toEqual(later)
    })

    it('over another hub by force only', async () => {
      const target = await newTarget()
      const contents = await inspectBackup(await make(), undefined, never)
      await restore(contents, target)
      await query(target, "update messages set text = 'later'")
      await expect(restore(contents, target)).rejects.toMatchObject({
        code: 'hub_not_empty',
        message: expect.stringMatching(/messages 3/),
      })
      await restore(contents, target, { force: true })
      expect(JSON.stringify((await tablesOf(target)).messages)).not.toContain('later')
    })

    it('never under a running hub', async () => {
      const contents = await inspectBackup(await make(), undefined, never)
      const before = await tablesOf(source.connectionString)
      const signals = await openSignals(source.connectionString, database.pool, log)
      try {
        await expect(restore(contents, source.connectionString, { force: true })).rejects.toMatchObject({
          code: 'hub_running',
        })
      } finally {
        await signals.close()
      }
      expect(await tablesOf(source.connectionString)).toEqual(before)
    })

    it('with another SECRET_KEY by force only, without what that cannot read', async () => {
      const target = await newTarget()
      const contents = await inspectBackup(await make(), undefined, never)
      const other = createSecretBox('quite another key, also long enough')
      await expect(restore(contents, target, { secrets: other })).rejects.toMatchObject({
        code: 'secret_key_other',
        message: expect.stringContaining('unreadable'),
      })
      await expect(restore(contents, target, { secrets: undefined })).rejects.toMatchObject({
        code: 'secret_key_other',
      })
      expect(await restore(contents, target, { secrets: other, force: true })).toMatchObject({
        forgottenSecrets: 1,
      })
      const [row] = await query<{ credentials: string }>(target, 'select credentials from connections')
      expect(other.open(row?.credentials ?? '')).toBe('{}')
    })

    it('from an older schema by running what is newer, and never from a newer one', async () => {
      const known = knownMigrations()
      const [first] = known
      const older = await newTarget()
      const made = await madeAt(older, first === undefined ? [] : [first], join(dataDir, 'older.backup'))
      const target = await newTarget()
      const report = await restore(made, target, { moved: true })
      expect(report.migrated).toBe(known.length - 1)
      expect(Object.keys(await tablesOf(target))).toEqual(
        Object.keys(await tablesOf(source.connectionString)),
      )

      const future = { hash: 'f'.repeat(64), createdAt: Date.now() }
      expect(() => planMigrations([...known, future], known)).toThrow(/newer than this version/)
    })
  })

  it('is made once a day by one of many processes, and leaves BACKUP_DIR tidy', async () => {
    const folder = join(dataDir, 'daily')
    const environment = loadEnvironment({
      DATA_DIR: dataDir,
      BACKUP_DIR: folder,
      BACKUP_KEEP: 'daily 1, weekly 0, monthly 0',
      BACKUP_HOUR: '3',
    })
    await database.pool.query("delete from audit where action = 'backup.made'")
    const start = () =>
      startBackups({ environment, pool: database.pool, secrets, log, firstLookMs: 1, lookMs: 20 })
    const all = [start(), start(), start()]
    try {
      await vi.waitFor(async () => expect(await all[0]?.lastBackupAt()).toBeInstanceOf(Date))
      const [row] = await query<{ at: Date }>(source.connectionString, 'select now() as at')
      expect((await all[0]?.lastBackupAt())?.getTime()).toBeLessThanOrEqual(row?.at.getTime() ?? 0)
      await vi.waitFor(() =>
        expect(log.lines.some(({ message }) => message === 'a backup was made')).toBe(true),
      )
    } finally {
      await Promise.all(all.map((one) => one.close()))
    }
    expect(await readdir(folder)).toHaveLength(1)
    const made = await database.pool.query("select 1 from audit where action = 'backup.made'")
    expect(made.rowCount).toBe(1)
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('is made and restored by the commands', async () => {
    const environment = { DATABASE_URL: source.connectionString, DATA_DIR: dataDir, BACKUP_KEY, SECRET_KEY }
    const path = join(dataDir, 'by-hand.backup')
    const made = await command('backup', [path], environment)
    expect(made).toMatchObject({ code: 0, output: expect.stringContaining(`Written: ${path}`) })
    const target = { ...environment, DATABASE_URL: await newTarget() }
    const tried = await command('restore', [path, '--dry-run'], target)
    expect(tried).toMatchObject({ code: 0, output: expect.stringContaining('it would restore') })
    expect(tried.output).toMatch(/messages +3/)
    expect(await command('restore', [path], target)).toMatchObject({
      code: 0,
      output: expect.stringContaining('1 messages that waited for an answer are not answered'),
    })
    expect(await command('restore', [path], target)).toMatchObject({
      code: 1,
      output: expect.stringContaining('--force replaces all of it'),
    })
  }, 60_000)

  /** A backup of a hub that knew only these migrations. */
  async function madeAt(
    connectionString: string,
    migrations: ReturnType<typeof knownMigrations>,
    path: string,
  ): Promise<BackupContents> {
    const old = openDatabase(connectionString, log, 2)
    try {
      await old.pool.query(
        'create schema drizzle; create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
      )
      for (const { statements, hash, createdAt } of migrations) {
        for (const statement of statements) await old.pool.query(statement)
        await old.pool.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
          hash,
          createdAt,
        ])
      }
      await makeBackup({ ...parts(), pool: old.pool }, { path })
    } finally {
      await old.close()
    }
    return await inspectBackup(path, undefined, never)
  }
})

async function writeKept(root: string, path: string, text: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), text)
}
