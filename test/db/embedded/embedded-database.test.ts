import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Pool } from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../../src/db/embedded/index.ts'
import { type Holder, spawnHolder, startHolder } from './holder-process.ts'
import { silentLog } from './silent-log.ts'

// Each test makes a whole database; on a busy machine that takes seconds.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let dataDir: string
let opened: EmbeddedDatabase[]
let holders: Holder[]

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'embedded-'))
  opened = []
  holders = []
})

afterEach(async () => {
  for (const holder of holders) await holder.kill()
  for (const database of opened) await database.close()
  await stopped()
  // The initdb of a killed process may write for a moment longer.
  await rm(dataDir, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 })
})

async function openHere(signal = AbortSignal.timeout(50_000)): Promise<EmbeddedDatabase> {
  const database = await openEmbeddedDatabase({ dataDir, log: silentLog, signal })
  opened.push(database)
  return database
}

async function openElsewhere(): Promise<Holder> {
  const holder = await startHolder('database', dataDir)
  holders.push(holder)
  expect(holder.answer.failure).toBeUndefined()
  return holder
}

async function query(connectionString: string | undefined, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: connectionString ?? '' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

async function serverPid(): Promise<number> {
  const text = await readFile(join(dataDir, 'postgres-18', 'postmaster.pid'), 'utf8')
  return Number(text.split('\n')[0])
}

function parentOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }))
}

function childrenOf(parent: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = table.map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.filter(([, ppid]) => ppid === parent).map(([pid = 0]) => pid)
}

/** PostgreSQL removes this file last, and only when it stopped in order. */
async function stopped(): Promise<void> {
  await vi.waitFor(() => expect(existsSync(join(dataDir, 'postgres-18', 'postmaster.pid'))).toBe(false), {
    timeout: 20_000,
    interval: 20,
  })
}

describe('the embedded database', () => {
  it('is made, used through a pool, stopped, and found again', async () => {
    const first = await openHere()
    expect(first.attached).toBe(false)
    const pool = new Pool({ connectionString: first.connectionString, max: 3 })
    // A connection that is being closed may still hear that the server goes down.
    pool.on('connect', (client) => client.on('error', () => undefined))
    await pool.query('CREATE TABLE note (text text)')
    await pool.query('CREATE SCHEMA bullmq')
    await pool.query("INSERT INTO note VALUES ('kept')")
    const { rows } = await pool.query(
      `SELECT current_user AS role, current_database() AS database, rolsuper, rolbypassrls, lower('ÁÇ') AS lower,
              current_setting('fsync') AS fsync, current_setting('listen_addresses') AS addresses
         FROM pg_roles WHERE rolname = current_user`,
    )
    expect(rows).toEqual([
      {
        role: 'brainall',
        database: 'brainall',
        rolsuper: false,
        rolbypassrls: false,
        lower: 'áç',
        fsync: 'on',
        addresses: '',
      },
    ])
    await pool.end()
    await first.close()
    await stopped()

    const second = await openHere()
    expect(await query(second.connectionString, 'SELECT text FROM note')).toEqual([{ text: 'kept' }])
  })

  it('lets nobody in without the password', async () => {
    const { connectionString } = await openHere()
    const wrong = connectionString.replace(/:[^:@]+@/, ':wrong@')
    await expect(query(wrong, 'SELECT 1')).rejects.toThrow(/password authentication failed/)
    const superuser = connectionString.replace('//brainall:', '//postgres:')
    await expect(query(superuser, 'SELECT 1')).rejects.toThrow(/no pg_hba.conf entry/)
  })

  it('stops in order when its process is killed, keeps what was committed, and starts at once', async () => {
    const owner = await openElsewhere()
    await query(owner.answer.connectionString, 'CREATE TABLE note AS SELECT 1 AS kept')
    await owner.kill()
    const next = await openHere()
    expect(next.attached).toBe(false)
    expect(await query(next.connectionString, 'SELECT kept FROM note')).toEqual([{ kept: 1 }])
    const log = await readFile(join(dataDir, 'run', 'postgres.log'), 'utf8')
    expect(log).toContain('received fast shutdown request')
    expect(log).not.toContain('automatic recovery')
  })

  it('is shared by later openers and outlives the first of them', async () => {
    const owner = await openElsewhere()
    const here = await openHere()
    expect(here.attached).toBe(true)
    const pid = await serverPid()
    await owner.leave()
    expect(await query(here.connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(await serverPid()).toBe(pid)
    await here.close()
    await stopped()
  })

  it('is started once when several open it at the same time', async () => {
    const all = await Promise.all([openHere(), openElsewhere(), openElsewhere()])
    const attached = all.map((one) => ('answer' in one ? one.answer.attached : one.attached))
    expect(attached.toSorted()).toEqual([false, true, true])
  })

  it('comes back by itself when the server is killed', async () => {
    const { connectionString } = await openHere()
    await query(connectionString, 'CREATE TABLE note AS SELECT 1 AS kept')
    process.kill(await serverPid(), 'SIGKILL')
    await vi.waitFor(
      async () => expect(await query(connectionString, 'SELECT kept FROM note')).toEqual([{ kept: 1 }]),
      { timeout: 15_000, interval: 50 },
    )
  })

  it('is stopped by its last user also when its supervisor was killed', async () => {
    const { close } = await openHere()
    process.kill(parentOf(await serverPid()), 'SIGKILL')
    await close()
    await stopped()
  })

  it('is replaced when it was left running with nobody to stop it', async () => {
    const owner = await openElsewhere()
    const left = await serverPid()
    const supervisor = parentOf(left)
    for (const pid of childrenOf(supervisor)) if (pid !== left) process.kill(pid, 'SIGKILL')
    process.kill(supervisor, 'SIGKILL')
    await owner.kill()
    process.kill(left, 0) // throws if it had stopped
    const next = await openHere()
    expect(next.attached).toBe(false)
    expect(await serverPid()).not.toBe(left)
  })

  it('starts over after a first start that was cut short, though its initdb still writes', async () => {
    const child = spawnHolder('database', dataDir)
    await vi.waitFor(
      async () => {
        const [draft] = (await readdir(dataDir)).filter((name) => name.startsWith('postgres-18.init'))
        expect(await readdir(join(dataDir, draft ?? 'none'))).toContain('base')
      },
      { timeout: 10_000, interval: 5 },
    )
    child.kill('SIGKILL')
    const { connectionString } = await openHere()
    expect(await query(connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('leaves no server behind when opening is aborted', async () => {
    const controller = new AbortController()
    const opening = openHere(controller.signal)
    await vi.waitFor(() => expect(existsSync(join(dataDir, 'postgres-18', 'postmaster.pid'))).toBe(true), {
      timeout: 20_000,
      interval: 1,
    })
    controller.abort()
    const outcome = await opening.catch((error: unknown) => error)
    if (outcome instanceof Error) expect(outcome.name).toBe('AbortError')
    else await opened[0]?.close()
    await stopped()
  })

  it('puts the socket where its path fits, under a long data directory', async () => {
    const parent = dataDir
    dataDir = join(parent, 'd'.repeat(100))
    try {
      const { connectionString } = await openHere()
      expect(await query(connectionString, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
      const socketDirectory = decodeURIComponent(/host=(.+)$/.exec(connectionString)?.[1] ?? '')
      await opened[0]?.close()
      await rm(socketDirectory, { recursive: true })
    } finally {
      await rm(parent, { recursive: true, force: true })
    }
  })

  it('says what to do about a data directory that is a file', async () => {
    const path = join(dataDir, 'file')
    await writeFile(path, '')
    await expect(
      openEmbeddedDatabase({ dataDir: path, log: silentLog, signal: AbortSignal.timeout(5_000) }),
    ).rejects.toMatchObject({ code: 'data_dir_unusable', message: expect.stringContaining('Set DATA_DIR') })
  })
})
