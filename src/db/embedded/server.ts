import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { HubError } from '../../model/errors.ts'
import { errorCode, isMissing } from './filesystem.ts'
import { commandLine } from './process-identity.ts'
import { PLAIN_ENVIRONMENT } from './run-command.ts'
import type { ServerUser } from './server-user.ts'

const LOG_LIMIT_BYTES = 1_000_000
const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 30_000

export interface Launch {
  readonly directory: string
  readonly socketDirectory: string
  readonly logPath: string
  readonly user: ServerUser
  /** Descriptor of the lifeline's reading end. */
  readonly lifeline: number
}

/**
 * Starts the supervisor and the server in a session of their own: a Ctrl-C in the hub's terminal must not
 * reach the server before the hub has drained.
 */
export async function launchServer(launch: Launch): Promise<ChildProcess> {
  await turnLog(launch.logPath)
  const log = await open(launch.logPath, 'a', 0o600)
  try {
    const script = await readFile(fileURLToPath(new URL('supervisor.sh', import.meta.url)), 'utf8')
    const supervisor = spawn(
      '/bin/sh',
      ['-c', script, 'brainall-postgres', launch.directory, ...serverCommand(launch)],
      {
        cwd: '/',
        detached: true,
        env: PLAIN_ENVIRONMENT,
        stdio: ['ignore', log.fd, log.fd, launch.lifeline],
        ...launch.user.drop,
      },
    )
    await new Promise<void>((resolve, reject) => {
      supervisor.once('spawn', resolve)
      supervisor.once('error', reject)
    })
    supervisor.unref()
    return supervisor
  } finally {
    await log.close()
  }
}

function serverCommand({ directory, socketDirectory, user }: Launch): string[] {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: socketDirectory,
    unix_socket_permissions: '0700',
    port: '5432',
    shared_buffers: '64MB',
    max_connections: '200',
    fsync: 'on',
    synchronous_commit: 'on',
    timezone: 'UTC',
    // The log may hold no chat text: statements and failed values never reach it.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    log_timezone: 'UTC',
  }
  return [
    ...user.prefix,
    join(user.binaries.directory, 'postgres'),
    '-D',
    directory,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

async function turnLog(path: string): Promise<void> {
  try {
    if ((await stat(path)).size > LOG_LIMIT_BYTES) await rename(path, `${path}.1`)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/** Waits until the server answers a query, as long as it is supervised, hence started again when it dies. */
export async function waitUntilReady(
  connectionString: string,
  isSupervised: () => Promise<boolean>,
  logPath: string,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS
  for (;;) {
    signal.throwIfAborted()
    const failure = await knock(connectionString)
    if (failure === undefined) return
    // 28…: it runs, and refuses us; waiting does not help.
    if (errorCode(failure)?.startsWith('28'))
      throw new HubError('database_refused', `The embedded database refuses the hub: ${failure.message}`, {
        cause: failure,
      })
    if (!(await isSupervised()) || Date.now() > deadline)
      throw new HubError(
        'database_start_failed',
        `The embedded database did not start. The end of ${logPath}: ${await logTail(logPath)}`,
        { cause: failure },
      )
    await delay(25, undefined, { signal })
  }
}

async function knock(connectionString: string): Promise<Error | undefined> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined) // a cut connection also rejects the query below
  try {
    await client.connect()
    await client.query('SELECT 1')
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  } finally {
    await client.end()
  }
}

async function logTail(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim().split('\n').slice(-6).join('\n')
  } catch (error) {
    if (isMissing(error)) return '(there is no log)'
    throw error
  }
}

/** The server's process id as the data directory tells it, if that process is alive and is this server. */
export async function runningServer(directory: string): Promise<number | undefined> {
  try {
    const [first] = (await readFile(join(directory, 'postmaster.pid'), 'utf8')).split('\n')
    const pid = Number(first)
    if (!Number.isInteger(pid) || pid <= 0) return undefined
    const command = commandLine(pid)
    return command?.includes('postgres') && command.includes(directory) ? pid : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Stops a server that nobody supervises any more; it may be stopping by itself already. */
export async function stopServer(directory: string, signal: AbortSignal): Promise<boolean> {
  const began = Date.now()
  let found = false
  for (;;) {
    const pid = await runningServer(directory)
    if (pid === undefined) return found
    found = true
    const elapsed = Date.now() - began
    if (elapsed > 2 * STOP_LIMIT_MS)
      throw new HubError(
        'database_stale_server',
        `A PostgreSQL server left over from before (process ${pid}) does not stop. Stop it, then start again.`,
      )
    tell(pid, elapsed > STOP_LIMIT_MS ? 'SIGQUIT' : 'SIGINT')
    await delay(100, undefined, { signal })
  }
}

function tell(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error
  }
}

/** Waits for a server that its supervisor is stopping, unless others turn out to use it. */
export async function waitUntilStopped(
  directory: string,
  othersUseIt: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + 2 * STOP_LIMIT_MS
  while ((await runningServer(directory)) !== undefined) {
    if (await othersUseIt()) return
    if (Date.now() > deadline)
      throw new HubError(
        'database_stop_slow',
        `The embedded database in ${directory} has not stopped within a minute.`,
      )
    await delay(25)
  }
}
