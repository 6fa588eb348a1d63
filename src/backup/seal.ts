import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { HubError } from '../model/errors.ts'
import { createByteReader, damaged, type Header } from './format.ts'

const CHUNK_BYTES = 64 * 1024
const TAG_BYTES = 16
const FRAME_HEADER_BYTES = 5
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }

export type Cipher = NonNullable<Header['cipher']>

export function newCipher(): Cipher {
  return { name: 'aes-256-gcm', kdf: 'scrypt', salt: randomBytes(16).toString('base64') }
}

/** The key of one file: its salt is random, so that nonces may be counted from zero. */
export async function fileKey(backupKey: string, { salt }: Cipher): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    scrypt(backupKey, Buffer.from(salt, 'base64'), 32, SCRYPT, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/**
 * AES-256-GCM in chunks of 64 KiB, each with its own tag. The nonce holds the chunk's number and whether it is
 * the last, so that chunks cannot be left out, moved or cut off; the header is bound to each.
 */
export async function* seal(
  source: AsyncIterable<Buffer>,
  key: Buffer,
  header: Buffer,
): AsyncGenerator<Buffer> {
  let pending = Buffer.alloc(0)
  let number = 0
  const sealChunk = (plain: Buffer, isLast: boolean): Buffer => {
    const cipher = createCipheriv('aes-256-gcm', key, nonce(number, isLast)).setAAD(header)
    number += 1
    const body = Buffer.concat([cipher.update(plain), cipher.final()])
    const head = Buffer.alloc(FRAME_HEADER_BYTES)
    head.writeUInt8(isLast ? 1 : 0)
    head.writeUInt32BE(body.length, 1)
    return Buffer.concat([head, cipher.getAuthTag(), body])
  }
  for await (const chunk of source) {
    pending = Buffer.concat([pending, chunk])
    while (pending.length > CHUNK_BYTES) {
      yield sealChunk(pending.subarray(0, CHUNK_BYTES), false)
      pending = pending.subarray(CHUNK_BYTES)
    }
  }
  yield sealChunk(pending, true)
}

/** Throws `backup_key_wrong` when a chunk was sealed with another key, or altered by somebody who mended the checksum. */
export async function* unseal(
  source: AsyncIterable<Buffer>,
  key: Buffer,
  header: Buffer,
): AsyncGenerator<Buffer> {
  const reader = createByteReader(source)
  for (let number = 0, isLast = false; ; number += 1) {
    const head = await reader.take(FRAME_HEADER_BYTES)
    if (isLast !== (head === undefined)) throw damaged()
    if (head === undefined) return
    isLast = head.readUInt8() === 1
    const length = head.readUInt32BE(1)
    if (length > CHUNK_BYTES) throw damaged()
    const sealed = await reader.take(TAG_BYTES + length)
    if (sealed === undefined) throw damaged()
    yield openChunk(sealed, key, nonce(number, isLast), header)
  }
}

function openChunk(sealed: Buffer, key: Buffer, iv: Buffer, header: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(header)
  decipher.setAuthTag(sealed.subarray(0, TAG_BYTES))
  const plain = decipher.update(sealed.subarray(TAG_BYTES))
  try {
    decipher.final()
  } catch (cause) {
    throw new HubError(
      'backup_key_wrong',
      'The backup cannot be decrypted: BACKUP_KEY is not the one it was made with. Set the old one.',
      { cause },
    )
  }
  return plain
}

function nonce(number: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeBigUInt64BE(BigInt(number))
  bytes.writeUInt8(isLast ? 1 : 0, 11)
  return bytes
}
