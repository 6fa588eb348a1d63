import { randomBytes } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../config/schema.ts'

/** `SECRET_KEY`, or one made once and kept in the data directory, readable by the hub alone. */
export async function secretKey({
  SECRET_KEY,
  DATA_DIR,
}: Pick<Environment, 'SECRET_KEY' | 'DATA_DIR'>): Promise<string> {
  if (SECRET_KEY !== undefined) return SECRET_KEY
  const path = join(DATA_DIR, 'secret.key')
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      const made = randomBytes(32).toString('base64url')
      await file.writeFile(`${made}\n`)
      await file.sync()
      return made
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const kept = (await readFile(path, 'utf8')).trim()
  if (kept.length < 32)
    throw new Error(
      `${path} holds no usable key; restore it from a backup, or remove it if nothing was stored yet`,
    )
  return kept
}
