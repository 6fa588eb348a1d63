import { z } from 'zod'
import { HubError } from '../model/errors.ts'

/*
 * A backup is one file:
 *
 *   BRAINALL-BACKUP 1\n
 *   header as one line of JSON\n
 *   body: records, gzipped, then sealed when the header names a cipher
 *   SHA-256 of everything before it, 32 bytes
 *
 * A record is one byte of kind, four of length (big-endian), and as many bytes: JSON, or data that belongs to
 * the table or file named last.
 */

const FORMAT = 1
export const MAGIC = `BRAINALL-BACKUP ${FORMAT}\n`
export const CHECKSUM_BYTES = 32
const RECORD_HEADER_BYTES = 5
/** Data is cut into records of at most this size. */
const MAX_DATA_BYTES = 256 * 1024
/** What a reader takes at most, so that a damaged length cannot fill the memory. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024

export const headerSchema = z.object({
  /** ISO 8601, UTC: of the moment the backup shows. */
  createdAt: z.iso.datetime(),
  /** The journal of the database, oldest first. */
  migrations: z.array(z.object({ hash: z.string(), createdAt: z.number() })).min(1),
  tables: z.array(z.string()),
  cipher: z.object({ name: z.literal('aes-256-gcm'), kdf: z.literal('scrypt'), salt: z.base64() }).nullable(),
})
export type Header = Readonly<z.infer<typeof headerSchema>>

const bodies = {
  origin: z.object({ secretKeyDigest: z.string(), newestMessageAt: z.iso.datetime().nullable() }),
  table: z.object({ name: z.string(), columns: z.array(z.string()) }),
  sequences: z.object({
    sequences: z.array(
      z.object({ name: z.string(), value: z.string().regex(/^-?\d+$/), called: z.boolean() }),
    ),
  }),
  file: z.object({ path: z.string() }),
  end: z.object({ rows: z.record(z.string(), z.number()), files: z.number() }),
} as const

type Kind = keyof typeof bodies | 'data'
const KINDS: readonly Kind[] = ['origin', 'table', 'data', 'sequences', 'file', 'end']

export type BackupRecord =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | {
      [Name in keyof typeof bodies]: { readonly kind: Name } & z.infer<(typeof bodies)[Name]>
    }[keyof typeof bodies]

export async function* encodeRecords(records: AsyncIterable<BackupRecord>): AsyncGenerator<Buffer> {
  for await (const record of records) {
    if (record.kind === 'data') {
      for (let at = 0; at < record.bytes.length; at += MAX_DATA_BYTES)
        yield frame('data', record.bytes.subarray(at, at + MAX_DATA_BYTES))
    } else {
      const { kind, ...body } = record
      yield frame(kind, Buffer.from(JSON.stringify(body)))
    }
  }
}

function frame(kind: Kind, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(RECORD_HEADER_BYTES)
  head.writeUInt8(KINDS.indexOf(kind))
  head.writeUInt32BE(payload.length, 1)
  return Buffer.concat([head, payload])
}

/** Throws `backup_damaged` for what is no sequence of records closed by an `end`. */
export async function* decodeRecords(source: AsyncIterable<Buffer>): AsyncGenerator<BackupRecord> {
  const reader = createByteReader(source)
  let last: Kind | undefined
  for (;;) {
    const head = await reader.take(RECORD_HEADER_BYTES)
    if (head === undefined) break
    const kind = KINDS[head.readUInt8()]
    const length = head.readUInt32BE(1)
    if (kind === undefined || length > MAX_RECORD_BYTES || last === 'end') throw damaged()
    const payload = await reader.take(length)
    if (payload === undefined) throw damaged()
    last = kind
    yield kind === 'data' ? { kind, bytes: payload } : parse(kind, payload)
  }
  if (last !== 'end') throw damaged()
}

function parse(kind: Exclude<Kind, 'data'>, payload: Buffer): BackupRecord {
  try {
    const body: unknown = JSON.parse(payload.toString('utf8'))
    switch (kind) {
      case 'origin':
        return { kind, ...bodies.origin.parse(body) }
      case 'table':
        return { kind, ...bodies.table.parse(body) }
      case 'sequences':
        return { kind, ...bodies.sequences.parse(body) }
      case 'file':
        return { kind, ...bodies.file.parse(body) }
      case 'end':
        return { kind, ...bodies.end.parse(body) }
    }
  } catch (cause) {
    throw damaged(cause)
  }
}

export interface ByteReader {
  /** undefined at the end; throws `backup_damaged` where some but not all of it is left. */
  take(length: number): Promise<Buffer | undefined>
}

export function createByteReader(source: AsyncIterable<Buffer>): ByteReader {
  const chunks = source[Symbol.asyncIterator]()
  let pending: Buffer[] = []
  let size = 0
  return {
    async take(length) {
      while (size < length) {
        const next = await chunks.next()
        if (next.done) {
          if (size > 0) throw damaged()
          return undefined
        }
        pending.push(next.value)
        size += next.value.length
      }
      const all = pending.length === 1 && pending[0] ? pending[0] : Buffer.concat(pending)
      pending = [all.subarray(length)]
      size -= length
      return all.subarray(0, length)
    },
  }
}

export function damaged(cause?: unknown): HubError {
  return new HubError(
    'backup_damaged',
    'The file is damaged or not whole: it is not what was written. Take another backup.',
    { cause },
  )
}
