import { chmod, lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { HubError } from '../../model/errors.ts'
import { type Binaries, copyBinaries } from './binaries.ts'
import { isMissing } from './filesystem.ts'
import { runCommand } from './run-command.ts'

/** How PostgreSQL, which refuses to run as root, is run. */
export interface ServerUser {
  /** Put before the program and its arguments. */
  readonly prefix: readonly string[]
  /** Present when the whole process runs as somebody else, who must own the data then. */
  readonly drop: { readonly uid: number; readonly gid: number } | undefined
  readonly binaries: Binaries
}

export interface ServerUserQuestion {
  readonly binaries: Binaries
  readonly dataDir: string
  /** The server's own directory; it need not exist yet. */
  readonly directory: string
  /** Who called sudo, if anybody did. */
  readonly sudoUid: number | undefined
  readonly signal: AbortSignal
}

const NAMESPACE = ['unshare', '-U', '--map-user=1000', '--map-group=1000'] as const

/**
 * An ordinary user runs it as is. Root first tries a user namespace, in which the server sees uid 1000 while
 * its files stay root's: nothing has to be created, copied or opened to others. Container runtimes often
 * forbid that; then, and where the data already belong to somebody, it runs as another user.
 */
export async function chooseServerUser(question: ServerUserQuestion): Promise<ServerUser> {
  const { binaries, dataDir, directory, signal } = question
  if (process.getuid?.() !== 0) return { prefix: [], drop: undefined, binaries }
  const owner = await ownerOf(directory)
  if (owner === undefined || owner === 0) {
    const program = join(binaries.directory, 'postgres')
    // Inside, root's right to pass every door is gone: a directory of another user may be closed to it.
    const probe = `"$1" --version && test -w "$2" && test -x "$2"`
    const tried = await runCommand([...NAMESPACE, '/bin/sh', '-c', probe, 'sh', program, dataDir], {
      timeoutMs: 10_000,
      signal,
    })
    if (tried.code === 0) return { prefix: NAMESPACE, drop: undefined, binaries }
  }
  // What another user must pass to reach the server's directories; the rest in there stays private.
  const { mode } = await lstat(dataDir)
  await chmod(dataDir, (mode & 0o777) | 0o011)
  for (const drop of await candidates(owner, question)) {
    const reachable = await runCommand(['/bin/sh', '-c', 'test -x "$1"', 'sh', dataDir], {
      timeoutMs: 10_000,
      signal,
      ...drop,
    })
    if (reachable.code !== 0) continue
    const usable = await reachableBinaries(binaries, dataDir, drop, signal)
    if (usable) return { prefix: [], drop, binaries: usable }
  }
  await chmod(dataDir, mode & 0o777)
  throw new HubError(
    'database_user_missing',
    `PostgreSQL does not run as root, this system forbids user namespaces, and no other user can reach ${dataDir}. ` +
      'Start the hub as an ordinary user, or set DATA_DIR to a place that others may pass (such as /var/lib/brainall), or set DATABASE_URL.',
  )
}

async function candidates(
  directoryOwner: number | undefined,
  { dataDir, sudoUid, signal }: ServerUserQuestion,
): Promise<{ uid: number; gid: number }[]> {
  const names: (number | string | undefined)[] =
    directoryOwner === undefined || directoryOwner === 0
      ? [sudoUid, await ownerOf(dataDir), 'postgres', 'node', 'nobody']
      : [directoryOwner]
  const found: { uid: number; gid: number }[] = []
  for (const name of names) {
    if (name === undefined || name === 0) continue
    const result = await runCommand(['/bin/sh', '-c', 'id -u "$1" && id -g "$1"', 'sh', String(name)], {
      timeoutMs: 5_000,
      signal,
    })
    const [uid, gid] = result.output.trim().split('\n').map(Number)
    if (result.code === 0 && uid && gid) found.push({ uid, gid })
    else if (typeof name === 'number') found.push({ uid: name, gid: name }) // an owner without an account
  }
  return found
}

async function reachableBinaries(
  binaries: Binaries,
  dataDir: string,
  drop: { uid: number; gid: number },
  signal: AbortSignal,
): Promise<Binaries | undefined> {
  const runs = async (directory: string) =>
    (await runCommand([join(directory, 'postgres'), '--version'], { timeoutMs: 10_000, signal, ...drop }))
      .code === 0
  if (await runs(binaries.directory)) return binaries
  if (binaries.root === undefined) return undefined
  const copy = await copyBinaries(binaries.root, dataDir)
  return (await runs(copy.directory)) ? { ...binaries, ...copy } : undefined
}

async function ownerOf(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).uid
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
