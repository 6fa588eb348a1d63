import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, lstat, mkdir, open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HubError } from '../../model/errors.ts'

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** ESRCH: the process of a /proc file ended between open and read. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESRCH'
}

export function isForbidden(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
}

/** Creates the hub's data directory, or says in one sentence why it cannot be used. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new HubError(
      'data_dir_unusable',
      `The data directory ${dataDir} cannot be used: ${reason(error)}`,
      {
        cause: error,
      },
    )
  }
}

function reason(error: unknown): string {
  if (errorCode(error) === 'EROFS') return 'it lies on a read-only disk. Set DATA_DIR to another place.'
  if (isForbidden(error))
    return 'this user may not read and write there. Give the directory to this user, or set DATA_DIR to another place.'
  if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOTDIR')
    return 'there is a file of that name, or a file where its parent should be. Set DATA_DIR to a directory.'
  return error instanceof Error ? error.message : String(error)
}

/** A directory only its owner enters; one that somebody else made first is refused, not used. */
export async function privateDirectory(path: string, owners: readonly number[]): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const found = await lstat(path)
  if (!found.isDirectory() || !owners.includes(found.uid) || (found.mode & 0o077) !== 0)
    throw new HubError(
      'database_directory_unsafe',
      `${path} must be a directory of this user with mode 0700, and it is not. Remove it and start again.`,
    )
}

/** Writes beside the file and renames, so that a reader or a crash sees the old text or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.draft-${process.pid}-${randomBytes(6).toString('hex')}`)
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}
