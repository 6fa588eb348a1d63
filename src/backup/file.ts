import { createHash, timingSafeEqual } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { HubError } from '../model/errors.ts'
import {
  type BackupRecord,
  CHECKSUM_BYTES,
  damaged,
  decodeRecords,
  encodeRecords,
  type Header,
  headerSchema,
  MAGIC,
} from './format.ts'
import { fileKey, seal, unseal } from './seal.ts'

const MAX_HEADER_BYTES = 1024 * 1024

export interface NewFile {
  readonly path: string
  readonly header: Header
  readonly records: AsyncIterable<BackupRecord>
  /** Given exactly when the header names a cipher. */
  readonly key: string | undefined
  readonly signal: AbortSignal
}

/** Appears under its name only when it is whole and on the disk; readable by its owner alone. Resolves with its size. */
export async function writeBackupFile({ path, header, records, key, signal }: NewFile): Promise<number> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.partial`)
  const head = Buffer.from(`${MAGIC}${JSON.stringify(header)}\n`)
  const secret = header.cipher && key !== undefined ? await fileKey(key, header.cipher) : undefined
  let bytes = 0
  try {
    await pipeline(
      encodeRecords(records),
      createGzip(),
      (body: AsyncIterable<Buffer>) => (secret ? seal(body, secret, head) : body),
      async function* (body: AsyncIterable<Buffer>) {
        const checksum = createHash('sha256').update(head)
        yield head
        bytes = head.length + CHECKSUM_BYTES
        for await (const chunk of body) {
          checksum.update(chunk)
          bytes += chunk.length
          yield chunk
        }
        yield checksum.digest()
      },
      createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }),
      { signal },
    )
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  const directory = await open(dirname(path), 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
  return bytes
}

export interface BackupFile {
  readonly path: string
  readonly bytes: number
  readonly header: Header
  readonly bodyAt: number
}

/** Reads the header and proves the checksum of the whole file. Throws `backup_unreadable` or `backup_damaged`. */
export async function openBackupFile(path: string, signal: AbortSignal): Promise<BackupFile> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new HubError('backup_unreadable', `There is no file ${path}, or it may not be read.`, { cause })
  })
  const head = await readHead(path)
  const bodyAt = headerEnd(head, path)
  if (size < bodyAt + CHECKSUM_BYTES) throw damaged()
  const checksum = createHash('sha256')
  await pipeline(createReadStream(path, { end: size - CHECKSUM_BYTES - 1 }), checksum, { signal })
  const stored = await readSpan(path, size - CHECKSUM_BYTES, CHECKSUM_BYTES)
  if (!timingSafeEqual(checksum.digest(), stored)) throw damaged()
  try {
    const json: unknown = JSON.parse(head.subarray(MAGIC.length, bodyAt).toString('utf8'))
    return { path, bytes: size, header: headerSchema.parse(json), bodyAt }
  } catch (cause) {
    throw damaged(cause)
  }
}

/** Hands the records over as they are read; resolves with what `consume` does. */
export async function readRecords<Result>(
  { path, bytes, header, bodyAt }: BackupFile,
  key: string | undefined,
  signal: AbortSignal,
  consume: (records: AsyncIterable<BackupRecord>) => Promise<Result>,
): Promise<Result> {
  if (header.cipher && key === undefined)
    throw new HubError('backup_key_missing', 'The backup is encrypted: set the BACKUP_KEY it was made with.')
  const secret = header.cipher && key !== undefined ? await fileKey(key, header.cipher) : undefined
  const head = await readSpan(path, 0, bodyAt)
  try {
    return await pipeline(
      createReadStream(path, { start: bodyAt, end: bytes - CHECKSUM_BYTES - 1 }),
      (body: AsyncIterable<Buffer>) => (secret ? unseal(body, secret, head) : body),
      createGunzip(),
      (body: AsyncIterable<Buffer>) => consume(decodeRecords(body)),
      { signal },
    )
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw code.startsWith('Z_') ? damaged(error) : error
  }
}

async function readHead(path: string): Promise<Buffer> {
  return await readSpan(path, 0, MAX_HEADER_BYTES)
}

function headerEnd(head: Buffer, path: string): number {
  const [name = '', version] = MAGIC.trim().split(' ')
  const first = head.subarray(0, 64).toString('latin1').split('\n')[0] ?? ''
  if (!first.startsWith(`${name} `))
    throw new HubError('backup_unreadable', `${path} is no backup of this hub.`)
  if (first !== `${name} ${version}`)
    throw new HubError(
      'backup_newer',
      `${path} has a form that this version cannot read (${first}): upgrade the hub first.`,
    )
  const end = head.indexOf('\n', MAGIC.length)
  if (end < 0) throw damaged()
  return end + 1
}

async function readSpan(path: string, start: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await file.read(buffer, 0, length, start)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
