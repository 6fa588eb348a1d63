import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { PersonId } from '../model/ids.ts'

const NAME = 'forgotten.jsonl'
const tombstone = z.object({ person: z.uuid().transform((id) => id as PersonId), at: z.coerce.date() })
export type Tombstone = z.infer<typeof tombstone>

/**
 * Who was forgotten when, kept beside the database: a backup made before brings back what was said, and restoring it
 * must not. Resolves once it is on the disk.
 */
export async function addTombstone(dataDir: string, personId: PersonId, at: Date): Promise<void> {
  const file = await open(join(dataDir, NAME), 'a', 0o600)
  try {
    await file.appendFile(`${JSON.stringify({ person: personId, at: at.toISOString() })}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Throws where a line is none: better no restore than one that brings somebody back. */
export async function readTombstones(dataDir: string): Promise<readonly Tombstone[]> {
  const text = await readFile(join(dataDir, NAME), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => tombstone.parse(JSON.parse(line)))
}
