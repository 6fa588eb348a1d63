import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { asPlainUser, findPostgresBinaries } from './postgres-binaries.ts'

const run = promisify(execFile)
const START_LIMIT_MS = 20_000

const SETTINGS = [
  'listen_addresses=',
  'shared_buffers=64MB',
  'max_connections=300',
  'log_min_messages=warning',
]

/** Nothing here outlives the machine, nor lives long enough for its tables to be tended. */
const UNSYNCED = ['fsync=off', 'autovacuum=off']

/** Nor the server, unless it is to be started again. */
const FORGETFUL = ['synchronous_commit=off', 'full_page_writes=off', 'wal_level=minimal', 'max_wal_senders=0']

/** Stops the server when whoever started it is gone: its end of the pipe closes with it. */
const KEEPER = `
directory=$1; shift
"$@" >>"$directory/log" 2>&1 & server=$!
cat >/dev/null
kill -QUIT "$server" 2>/dev/null
wait "$server"
[ -e "$directory/keep" ] || rm -rf "$directory"
`

export interface PostgresServer {
  /** For the superuser, by Unix socket. */
  connectionString(database: string): string
  /** As a crash would: without a goodbye to clients. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Stops it and removes its files. */
  close(): Promise<void>
}

export interface ServerOptions {
  /** What was committed is still there after `stop` and `start`; costs speed. */
  readonly restartable?: boolean
  /** Every commit waits for the disk and tables are tended, as outside of tests; costs more. */
  readonly synced?: boolean
}

/** A throw-away server of its own; undefined when this machine has no PostgreSQL binaries. */
export async function startPostgresServer(options: ServerOptions = {}): Promise<PostgresServer | undefined> {
  const binaries = await findPostgresBinaries()
  if (binaries === undefined) return undefined
  const directory = await mkdtemp(join(tmpdir(), 'pg-'))
  const data = join(directory, 'data')
  const keep = join(directory, 'keep')
  const [command = '', ...args] = [
    ...asPlainUser,
    join(binaries, 'initdb'),
    ...[
      '--pgdata',
      data,
      '--username=postgres',
      '--auth=trust',
      '--no-sync',
      '--encoding=UTF8',
      '--locale=C',
    ],
  ]
  await run(command, args)
  const chosen = [...SETTINGS, ...(options.synced ? [] : UNSYNCED), ...(options.restartable ? [] : FORGETFUL)]
  const settings = [...chosen, `unix_socket_directories=${directory}`].flatMap((each) => ['-c', each])
  const server = [...asPlainUser, join(binaries, 'postgres'), '-D', data, ...settings]
  const connectionString = (database: string) => `postgres://postgres@/${database}?host=${directory}`
  let keeper: ChildProcess | undefined

  async function start(): Promise<void> {
    await rm(keep, { force: true })
    keeper = spawn('sh', ['-c', KEEPER, 'sh', directory, ...server], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    await waitUntilServing(connectionString('postgres'), join(directory, 'log'))
  }

  async function end(): Promise<void> {
    if (keeper === undefined) return
    const exited = once(keeper, 'exit')
    keeper.stdin?.end()
    keeper = undefined
    await exited
  }

  await start()
  return {
    connectionString,
    start,
    async stop() {
      await writeFile(keep, '')
      await end()
    },
    async close() {
      await rm(keep, { force: true })
      await end()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function waitUntilServing(connectionString: string, logFile: string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS
  for (;;) {
    const client = new pg.Client({ connectionString })
    try {
      await client.connect()
      await client.end()
      return
    } catch (cause) {
      if (Date.now() > deadline) {
        const log = await readFile(logFile, 'utf8')
        throw new Error(`The test's PostgreSQL server does not start:\n${log.slice(-2_000)}`, { cause })
      }
      await delay(20)
    }
  }
}
