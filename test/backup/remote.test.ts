import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadEnvironment } from '../../config/load.ts'
import { makeBackup, openRemote } from '../../src/backup/index.ts'
import { backupName } from '../../src/backup/rotation.ts'
import { migrateDatabase, type OpenDatabase, openDatabase } from '../../src/db/database.ts'
import { createSecretBox } from '../../src/db/secrets.ts'
import { startTestDatabase } from '../support/postgres.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { S3_KEYS, type S3Server, startS3Server } from '../support/s3-server.ts'
import { SFTP_LOGIN, type SftpServer, startSftpServer } from '../support/sftp-server.ts'
import { command } from './command.ts'
import { CANARY, fill, query } from './stored-hub.ts'

const SECRET_KEY = 'the key that seals tokens, long enough'
const BACKUP_KEY = 'the key that seals backups'
const never = new AbortController().signal

let s3: S3Server
let sftp: SftpServer
let database: OpenDatabase
let source: Awaited<ReturnType<typeof startTestDatabase>>
let dataDir: string

beforeAll(async () => {
  s3 = await startS3Server('team-backups')
  sftp = await startSftpServer()
  source = await startTestDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'brainall-remote-'))
  database = openDatabase(source.connectionString, createRecordingLogger(), 2)
  await migrateDatabase(database.pool)
  await fill(database.pool, createSecretBox(SECRET_KEY).seal('{"token":"xyz"}'))
})
afterAll(async () => {
  await database?.close()
  await source?.close()
  await s3?.close()
  await sftp?.close()
  await rm(dataDir, { recursive: true, force: true })
})

const onS3 = () => ({
  BACKUP_REMOTE: 's3://team-backups/hub/one',
  BACKUP_S3_ENDPOINT: s3.endpoint,
  BACKUP_S3_REGION: S3_KEYS.region,
  BACKUP_S3_ACCESS_KEY: S3_KEYS.accessKey,
  BACKUP_S3_SECRET_KEY: S3_KEYS.secretKey,
})
const onSftp = () => ({
  BACKUP_REMOTE: `sftp://${SFTP_LOGIN.user}@127.0.0.1:${sftp.port}${SFTP_LOGIN.directory}`,
  BACKUP_SFTP_HOST_KEY: sftp.hostKey,
  BACKUP_SFTP_PASSWORD: SFTP_LOGIN.password,
})
const make = (environment: Readonly<Record<string, string>>) =>
  makeBackup({
    environment: loadEnvironment({ DATA_DIR: dataDir, BACKUP_KEY, ...environment }),
    pool: database.pool,
    secrets: createSecretBox(SECRET_KEY),
    signal: never,
  })

describe.each([
  [
    'S3',
    onS3,
    () => [...s3.objects].map(([key, bytes]) => [key.replace('team-backups/hub/one/', ''), bytes] as const),
  ],
  [
    'SFTP',
    onSftp,
    () => [...sftp.files].map(([path, bytes]) => [path.replace('/backups/', ''), bytes] as const),
  ],
])('a backup sent by %s', (_name, environment, stored) => {
  it('lies there whole and sealed, by itself removes what the rule does not keep, and restores into an empty hub', async () => {
    const remote = await openRemote(loadEnvironment(environment()))
    if (!remote) throw new Error('no remote place')
    const draft = join(dataDir, 'foreign')
    await writeFile(draft, 'not mine')
    await remote.send(draft, 'readme.txt', never)
    for (const day of ['01', '02', '03'])
      await remote.send(draft, backupName(new Date(`2020-03-${day}T03:00:00Z`)), never)
    await remote.close()

    const made = await make({ ...environment(), BACKUP_KEEP: 'daily 2, weekly 0, monthly 0' })
    const name = made?.path.split('/').at(-1) ?? ''
    expect(
      stored()
        .map(([one]) => one)
        .sort(),
    ).toEqual([name, 'readme.txt', backupName(new Date('2020-03-03T03:00:00Z'))].sort())
    const bytes = stored().find(([one]) => one === name)?.[1]
    expect(bytes).toEqual(await readFile(made?.path ?? ''))
    expect(bytes?.includes(CANARY)).toBe(false)

    const target = await startTestDatabase()
    const emptyDir = await mkdtemp(join(tmpdir(), 'brainall-remote-'))
    try {
      const here = {
        ...environment(),
        BACKUP_KEY,
        SECRET_KEY,
        DATABASE_URL: target.connectionString,
        DATA_DIR: emptyDir,
      }
      const listed = await command('restore', ['--remote'], here)
      expect(listed.output).toContain(name)
      expect(listed.output).not.toContain('readme.txt')
      const tried = await command('restore', ['latest', '--remote', '--dry-run'], here)
      expect(tried.output).toContain('Tried, and taken back: it would restore.')
      const restored = await command('restore', ['latest', '--remote'], here)
      expect(restored).toMatchObject({ code: 0, output: expect.stringContaining('Restored.') })
      const count = 'select count(*)::int as n from messages'
      expect(await query(target.connectionString, count)).toEqual(await query(source.connectionString, count))
      expect((await readdir(emptyDir)).filter((one) => one.includes('partial'))).toEqual([])
    } finally {
      await target.close()
      await rm(emptyDir, { recursive: true, force: true })
    }
  }, 60_000)
})

it('what cannot be sent stays in its folder, and does not count as made', async () => {
  const before = (await readdir(join(dataDir, 'backups'))).length
  const last = "select count(*)::int as n from audit where action = 'backup.made'"
  const made = await query(source.connectionString, last)
  const wrongKey = { ...onS3(), BACKUP_S3_SECRET_KEY: 'another half' }
  await expect(make(wrongKey)).rejects.toThrow(
    /s3:\/\/team-backups\/hub\/one: 403 SignatureDoesNotMatch no & never/,
  )
  const strange = {
    ...onSftp(),
    BACKUP_SFTP_HOST_KEY: `SHA256:${randomBytes(32).toString('base64').slice(0, 43)}`,
  }
  await expect(make(strange)).rejects.toThrow(/the server's key is not the one of BACKUP_SFTP_HOST_KEY/)
  const refused = { ...onSftp(), BACKUP_SFTP_PASSWORD: 'wrong' }
  await expect(make(refused)).rejects.toThrow(/authentication/i)
  expect(await query(source.connectionString, last)).toEqual(made)
  expect((await readdir(join(dataDir, 'backups'))).length).toBeGreaterThanOrEqual(before)
})

it('a large one goes to S3 in parts, over a server that stumbles; an upload that fails leaves no parts', async () => {
  const remote = await openRemote(loadEnvironment(onS3()))
  if (!remote) throw new Error('no remote place')
  const large = join(dataDir, 'large')
  const bytes = randomBytes(36 * 1024 * 1024)
  await writeFile(large, bytes)
  s3.fail(2)
  await remote.send(large, 'large', never)
  expect(s3.objects.get('team-backups/hub/one/large')?.equals(bytes)).toBe(true)
  const back = join(dataDir, 'back')
  await remote.fetch('large', back, never)
  expect((await readFile(back)).equals(bytes)).toBe(true)

  const stop = AbortSignal.timeout(20)
  await expect(remote.send(large, 'stopped', stop)).rejects.toThrow()
  expect([...s3.openUploads]).toEqual([])
  expect(s3.objects.has('team-backups/hub/one/stopped')).toBe(false)
}, 30_000)

it('an SFTP connection that breaks leaves nothing under the name', async () => {
  const file = join(dataDir, 'broken')
  await writeFile(file, randomBytes(3 * 1024 * 1024))
  sftp.breakAfter(1024 * 1024)
  const remote = await openRemote(loadEnvironment(onSftp()))
  await expect(remote?.send(file, 'broken.backup', never)).rejects.toMatchObject({
    code: 'backup_remote_failed',
  })
  await remote?.close()
  expect(sftp.files.has('/backups/broken.backup')).toBe(false)
})
