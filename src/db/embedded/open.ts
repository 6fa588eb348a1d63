import { createHash } from 'node:crypto'
import { chown, type FileHandle, readFile, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { HubError } from '../../model/errors.ts'
import type { Logger } from '../../ports/logger.ts'
import { chooseBinaries, findBinaries } from './binaries.ts'
import { clusterDirectory, existingMajors, prepareCluster, ROLE, readPassword } from './cluster.ts'
import { claim } from './exclusive-claim.ts'
import { prepareDataDir, privateDirectory, replaceFile } from './filesystem.ts'
import { holdLifeline, isHeld, makeLifeline, prepareLifeline } from './lifeline.ts'
import { launchServer, stopServer, waitUntilReady, waitUntilStopped } from './server.ts'
import { chooseServerUser, type ServerUser } from './server-user.ts'
import { liveUsers, registerUser } from './users.ts'

export interface EmbeddedOptions {
  readonly dataDir: string
  readonly log: Logger
  readonly signal: AbortSignal
  /** The user who called sudo: preferred where root must hand the server to somebody else. */
  readonly sudoUid?: number
}

export interface EmbeddedDatabase {
  /** For the role `brainall`: owner of the database of that name, no superuser. Holds a password. */
  readonly connectionString: string
  /** Whether another process had the server running already. */
  readonly attached: boolean
  /**
   * Lets go of the server; end every pool first. The last user's close stops it and resolves when it has
   * ended; with other users left it runs on for them. A killed process lets go in the same way.
   */
  close(): Promise<void>
}

interface Place {
  readonly dataDir: string
  readonly runDirectory: string
  readonly lifelinePath: string
  readonly logPath: string
}

/** What an attaching process needs to know of the running server; written by the process that started it. */
interface ServerNote {
  readonly directory: string
  readonly socketDirectory: string
}

const NOTE = 'server.json'
const OPENING_LIMIT_MS = 180_000
/** A socket's path may have 103 bytes on macOS, 107 on Linux; its name takes 15. */
const LONGEST_SOCKET_DIRECTORY = 88

/**
 * Opens the hub's own PostgreSQL in the data directory, or attaches to the one another live process keeps
 * there. The server ends with its last user. Rejects with a HubError whose message says what to do.
 */
export async function openEmbeddedDatabase(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  await prepareDataDir(options.dataDir)
  const dataDir = await realpath(options.dataDir)
  const place: Place = {
    dataDir,
    runDirectory: join(dataDir, 'run'),
    lifelinePath: join(dataDir, 'run', 'lifeline'),
    logPath: join(dataDir, 'run', 'postgres.log'),
  }
  await privateDirectory(place.runDirectory, [processUid()])
  const release = await claimOpening(place, options.signal)
  try {
    await prepareLifeline(place.lifelinePath, options.signal)
    return (await attach(place, options)) ?? (await start(place, options))
  } finally {
    await release()
  }
}

/** Starting, attaching and clearing away a left-over server are done by one process at a time. */
async function claimOpening(place: Place, signal: AbortSignal): Promise<() => Promise<void>> {
  const deadline = Date.now() + OPENING_LIMIT_MS
  for (;;) {
    const outcome = await claim(place.runDirectory, 'opening')
    if (outcome.kind === 'claimed') return outcome.release
    if (Date.now() > deadline)
      throw new HubError(
        'database_opening_stuck',
        `Process ${outcome.by.pid} has been opening the database in ${place.dataDir} for minutes. Stop it, then start again.`,
      )
    await delay(50, undefined, { signal })
  }
}

async function attach(place: Place, { log, signal }: EmbeddedOptions): Promise<EmbeddedDatabase | undefined> {
  const lifeline = await holdLifeline(place.lifelinePath)
  if (!lifeline) return undefined
  try {
    const note = await readNote(place)
    const connectionString = await connectionStringOf(note)
    await waitUntilReady(connectionString, () => isHeld(lifeline), place.logPath, signal)
    if (await isHeld(lifeline)) {
      log.info({ dataDir: place.dataDir }, 'Attached to the embedded database of another process.')
      return await opened(place, note.directory, connectionString, lifeline, true)
    }
  } catch (error) {
    const held = await isHeld(lifeline)
    if (held || signal.aborted) {
      await lifeline.close()
      throw error
    }
  }
  await lifeline.close()
  return undefined // its last user left while we looked; the caller starts another
}

async function start(place: Place, { log, signal, sudoUid }: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const began = Date.now()
  const majors = await existingMajors(place.dataDir)
  for (const major of majors) {
    if (await stopServer(clusterDirectory(place.dataDir, major), signal))
      log.warn({ major }, 'Stopped a database server that an earlier process had left behind.')
  }
  const binaries = chooseBinaries(await findBinaries(place.dataDir, signal), majors)
  const directory = clusterDirectory(place.dataDir, binaries.major)
  const user = await chooseServerUser({ binaries, dataDir: place.dataDir, directory, sudoUid, signal })
  if (!majors.includes(binaries.major)) log.info({ directory }, 'Making the embedded database.')
  await prepareCluster(directory, user, signal)
  const note = { directory, socketDirectory: await prepareSocketDirectory(place.dataDir, user) }
  await replaceFile(join(place.runDirectory, NOTE), JSON.stringify(note))
  const connectionString = await connectionStringOf(note)
  const { reading, writing } = await makeLifeline(place.lifelinePath)
  try {
    try {
      await launchServer({ ...note, logPath: place.logPath, user, lifeline: reading.fd })
    } finally {
      await reading.close()
    }
    await waitUntilReady(connectionString, () => isHeld(writing), place.logPath, signal)
    log.info({ directory, major: binaries.major, tookMs: Date.now() - began }, 'The embedded database is up.')
    return await opened(place, directory, connectionString, writing, false)
  } catch (error) {
    await writing.close()
    throw error
  }
}

async function opened(
  place: Place,
  directory: string,
  connectionString: string,
  lifeline: FileHandle,
  attached: boolean,
): Promise<EmbeddedDatabase> {
  const registration = await registerUser(place.runDirectory)
  const close = async () => {
    await registration.remove()
    await lifeline.close()
    const othersUseIt = async () => (await liveUsers(place.runDirectory)).length > 0
    await waitUntilStopped(directory, othersUseIt)
  }
  let closing: Promise<void> | undefined
  return {
    connectionString,
    attached,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

async function prepareSocketDirectory(dataDir: string, user: ServerUser): Promise<string> {
  const near = join(dataDir, 'socket')
  const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  const path =
    Buffer.byteLength(near) <= LONGEST_SOCKET_DIRECTORY
      ? near
      : join(tmpdir(), `brainall-${processUid()}-${digest}`)
  await privateDirectory(path, [processUid(), ...(user.drop ? [user.drop.uid] : [])])
  if (user.drop) await chown(path, user.drop.uid, user.drop.gid)
  return path
}

async function readNote(place: Place): Promise<ServerNote> {
  const text = await readFile(join(place.runDirectory, NOTE), 'utf8')
  const note: unknown = JSON.parse(text)
  if (typeof note === 'object' && note !== null && 'directory' in note && 'socketDirectory' in note)
    return { directory: String(note.directory), socketDirectory: String(note.socketDirectory) }
  throw new HubError(
    'database_note_unreadable',
    `${join(place.runDirectory, NOTE)} is damaged. Remove it and start again.`,
  )
}

async function connectionStringOf({ directory, socketDirectory }: ServerNote): Promise<string> {
  const password = await readPassword(directory)
  return `postgresql://${ROLE}:${password}@/${ROLE}?host=${encodeURIComponent(socketDirectory)}`
}

function processUid(): number {
  return process.getuid?.() ?? -1
}
