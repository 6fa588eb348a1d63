import { createWriteStream, type Dirent } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { BackupRecord } from './format.ts'
import { damaged } from './format.ts'

/** Folders of the data directory whose files are part of a backup. Keys, locks, caches and the database are not. */
const KEPT_FOLDERS = ['files'] as const
const READ_BYTES = 256 * 1024

/** One that is removed while the backup runs is left out. */
export async function* keptFiles(root: string): AsyncGenerator<BackupRecord> {
  for (const folder of KEPT_FOLDERS) {
    for (const path of await filesBelow(root, folder)) {
      const file = await open(join(root, path), 'r').catch(undefinedIfMissing)
      if (file === undefined) continue
      try {
        yield { kind: 'file', path }
        for (;;) {
          const { bytesRead, buffer } = await file.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES)
          if (bytesRead === 0) break
          yield { kind: 'data', bytes: buffer.subarray(0, bytesRead) }
        }
      } finally {
        await file.close()
      }
    }
  }
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries: readonly Dirent[] =
    (await readdir(join(root, folder), { withFileTypes: true }).catch(undefinedIfMissing)) ?? []
  const found: string[] = []
  for (const entry of entries.toSorted((a, b) => a.name.localeCompare(b.name, 'en'))) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) found.push(...(await filesBelow(root, path)))
    else if (entry.isFile()) found.push(path)
  }
  return found
}

export interface RestoredFile {
  write(bytes: Uint8Array): Promise<void>
  /** Puts it in its place. */
  finish(): Promise<void>
  /** Leaves no trace of it. */
  discard(): Promise<void>
}

/** Throws `backup_damaged` for a path that leads out of the kept folders. */
export async function restoreFile(root: string, path: string): Promise<RestoredFile> {
  const steps = path.split('/')
  const isKept = KEPT_FOLDERS.some((folder) => folder === steps[0]) && steps.length > 1
  if (!isKept || steps.some((step) => step === '' || step === '.' || step === '..' || /[\\\0]/.test(step)))
    throw damaged()
  const target = join(root, ...steps)
  const draft = `${target}.${process.pid}.partial`
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  const stream = createWriteStream(draft, { mode: 0o600, flush: true })
  const done = finished(stream)
  // Whoever writes or finishes hears of a failure.
  done.catch(() => stream.destroy())
  return {
    async write(bytes) {
      await new Promise<void>((resolve, reject) => {
        stream.write(bytes, (error) => (error ? reject(error) : resolve()))
      })
    },
    async finish() {
      stream.end()
      await done
      await rename(draft, target)
    },
    async discard() {
      stream.destroy()
      await rm(draft, { force: true })
    },
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
