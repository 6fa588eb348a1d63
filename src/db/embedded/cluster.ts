import { randomBytes } from 'node:crypto'
import { chown, lstat, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HubError } from '../../model/errors.ts'
import { CONFINED_ROLE } from '../row-security.ts'
import { errorCode, isForbidden, isMissing } from './filesystem.ts'
import { runCommand } from './run-command.ts'
import type { ServerUser } from './server-user.ts'

export const ROLE = 'brainall'
const PASSWORD_FILE = 'brainall-password'

export function clusterDirectory(dataDir: string, major: number): string {
  return join(dataDir, `postgres-${major}`)
}

/** The major versions whose complete data directories lie in the hub's data directory. */
export async function existingMajors(dataDir: string): Promise<number[]> {
  const names = await readdir(dataDir)
  return names
    .map((name) => /^postgres-(\d+)$/.exec(name)?.[1])
    .filter((text) => text !== undefined)
    .map(Number)
}

/**
 * Makes the data directory with its role and database, unless it is there. The final name appears last, by
 * rename, so that a directory of that name is complete whatever died while it was made.
 */
export async function prepareCluster(
  directory: string,
  user: ServerUser,
  signal: AbortSignal,
): Promise<void> {
  await clearDrafts(directory)
  if (await isComplete(directory)) return handOver(directory, user, signal)
  const draft = await mkdtemp(`${directory}.init-`)
  if (user.drop) await chown(draft, user.drop.uid, user.drop.gid)
  const password = randomBytes(24).toString('base64url')
  await initialize(draft, user, signal)
  await createRole(draft, user, password, signal)
  await writeFile(join(draft, PASSWORD_FILE), password, { mode: 0o600 })
  await rename(draft, directory)
}

/**
 * The initdb of a killed hub lives on for a moment and writes into its draft: each start has one of its own,
 * and a draft that resists removal is left to the next start.
 */
async function clearDrafts(directory: string): Promise<void> {
  const parent = dirname(directory)
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(directory)}.init`)) continue
    try {
      await rm(join(parent, name), { recursive: true, force: true })
    } catch (error) {
      if (errorCode(error) !== 'ENOTEMPTY') throw error
    }
  }
}

/** Data made in a user namespace are root's; where namespaces are forbidden now, they change hands. */
async function handOver(directory: string, { drop }: ServerUser, signal: AbortSignal): Promise<void> {
  if (!drop || (await lstat(directory)).uid === drop.uid) return
  const command = ['chown', '-R', `${drop.uid}:${drop.gid}`, directory] as const
  const result = await runCommand(command, { timeoutMs: 60_000, signal })
  if (result.code !== 0) throw failed(`given to user ${drop.uid}`, result.output)
}

export async function readPassword(directory: string): Promise<string> {
  try {
    return await readFile(join(directory, PASSWORD_FILE), 'utf8')
  } catch (error) {
    throw new HubError(
      'database_password_unreadable',
      `The embedded database's password in ${join(directory, PASSWORD_FILE)} cannot be read. ` +
        (isForbidden(error)
          ? 'It belongs to another user: start as the user who made the data directory.'
          : 'Restore it from a backup of the data directory.'),
      { cause: error },
    )
  }
}

async function isComplete(directory: string): Promise<boolean> {
  try {
    await lstat(join(directory, 'PG_VERSION'))
    return true
  } catch (error) {
    if (isMissing(error)) return false
    if (isForbidden(error))
      throw new HubError(
        'database_directory_foreign',
        `${directory} belongs to another user. Start the hub as the user who made it, or give the directory to this one.`,
        { cause: error },
      )
    throw error
  }
}

async function initialize(draft: string, user: ServerUser, signal: AbortSignal): Promise<void> {
  // Byte order is the same on every machine, so a data directory may move; upper and lower case still know accents.
  const locale =
    user.binaries.major >= 17
      ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
      : ['--locale=C']
  const result = await run(
    user,
    [
      join(user.binaries.directory, 'initdb'),
      ...['-D', draft, '--username=postgres', '--auth=reject', '--encoding=UTF8'],
      ...locale,
    ],
    '',
    signal,
  )
  if (result.code !== 0) throw failed('prepared (initdb)', result.output)
  // The superuser has no password and no way in; only the role has.
  await writeFile(join(draft, 'pg_hba.conf'), `local all ${ROLE} scram-sha-256\n`)
}

/** The role owns the database, so it may create schemas in it; it is no superuser, so row security binds it. */
async function createRole(
  draft: string,
  user: ServerUser,
  password: string,
  signal: AbortSignal,
): Promise<void> {
  const statements = [
    `CREATE ROLE ${ROLE} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '${password}'`,
    `CREATE DATABASE ${ROLE} OWNER ${ROLE}`,
    `CREATE ROLE ${CONFINED_ROLE} NOLOGIN`,
    `GRANT ${CONFINED_ROLE} TO ${ROLE}`,
  ]
  const program = join(user.binaries.directory, 'postgres')
  const result = await run(
    user,
    [program, '--single', '-D', draft, '-c', 'exit_on_error=on', '-c', 'log_min_messages=error', 'postgres'],
    `${statements.join(';\n')};\n`,
    signal,
  )
  if (result.code !== 0 || /\b(ERROR|FATAL|PANIC):/.test(result.output))
    throw failed('given its role', result.output)
}

function run(user: ServerUser, command: readonly [string, ...string[]], input: string, signal: AbortSignal) {
  const [first, ...rest] = [...user.prefix, ...command]
  return runCommand([first ?? command[0], ...rest], { input, timeoutMs: 120_000, signal, ...user.drop })
}

function failed(step: string, output: string): HubError {
  return new HubError(
    'database_init_failed',
    `The embedded database could not be ${step}: ${output.trim().slice(-2_000)}`,
  )
}
