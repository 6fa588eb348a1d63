import { type BackupFile, openBackupFile, readRecords } from './file.ts'
import { damaged } from './format.ts'

export interface BackupContents {
  readonly file: BackupFile
  readonly createdAt: Date
  /** When the hub last heard from anybody. */
  readonly newestMessageAt: Date | undefined
  readonly encrypted: boolean
  readonly rows: Readonly<Record<string, number>>
  readonly files: number
  readonly secretKeyDigest: string
}

const NEWLINE = 0x0a

/** Reads the whole of it: checksum, then every record. Throws a HubError that says what is wrong with it. */
export async function inspectBackup(
  path: string,
  key: string | undefined,
  signal: AbortSignal,
): Promise<BackupContents> {
  const file = await openBackupFile(path, signal)
  return await readRecords(file, key, signal, async (records) => {
    let origin: { secretKeyDigest: string; newestMessageAt: string | null } | undefined
    let table: string | undefined
    const rows: Record<string, number> = {}
    let files = 0
    let told: { rows: Readonly<Record<string, number>>; files: number } | undefined
    for await (const record of records) {
      if (record.kind === 'data') {
        // COPY's text form writes a row to a line and escapes line breaks within.
        if (table !== undefined) rows[table] = (rows[table] ?? 0) + count(record.bytes, NEWLINE)
        continue
      }
      table = record.kind === 'table' ? record.name : undefined
      if (record.kind === 'origin') origin = record
      else if (record.kind === 'table') rows[record.name] = 0
      else if (record.kind === 'file') files += 1
      else if (record.kind === 'end') told = record
    }
    if (!origin || told?.files !== files || !sameCounts(told.rows, rows)) throw damaged()
    return {
      file,
      createdAt: new Date(file.header.createdAt),
      newestMessageAt: origin.newestMessageAt === null ? undefined : new Date(origin.newestMessageAt),
      encrypted: file.header.cipher !== null,
      rows,
      files,
      secretKeyDigest: origin.secretKeyDigest,
    }
  })
}

function count(bytes: Uint8Array, wanted: number): number {
  let found = 0
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) found += 1
  return found
}

function sameCounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}
