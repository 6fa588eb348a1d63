import { createWriteStream } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { AwsClient } from 'aws4fetch'
import { type RemotePlace, remoteFailure } from './remote-place.ts'

export interface BucketOptions {
  readonly bucket: string
  /** Without slashes at its ends; may be empty. */
  readonly prefix: string
  /** Absent: Amazon's own in the region. */
  readonly endpoint: string | undefined
  readonly region: string
  readonly accessKey: string
  readonly secretKey: string
}

/** S3 takes at most ten thousand parts; 16 MiB each lets a backup have 160 GB while one part is in memory. */
const PART_BYTES = 16 * 1024 * 1024
const CALL_LIMIT_MS = 120_000
const TRIES = 4

/** Any storage that speaks S3's protocol with signatures of version 4; the bucket stands in the path. */
export function openBucket(options: BucketOptions): RemotePlace {
  const { bucket, prefix, region } = options
  const endpoint = options.endpoint ?? `https://s3.${region}.amazonaws.com`
  const client = new AwsClient({
    accessKeyId: options.accessKey,
    secretAccessKey: options.secretKey,
    service: 's3',
    region,
    retries: 0,
  })
  const description = `s3://${bucket}/${prefix}`
  const keyOf = (name: string): string => (prefix === '' ? name : `${prefix}/${name}`)
  const urlOf = (name: string, query = ''): string =>
    `${endpoint}/${bucket}/${keyOf(name).split('/').map(encodeURIComponent).join('/')}${query}`

  /** Failures on the way and the server's own are tried again: each of these calls may be made twice. */
  const call = async (
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    url: string,
    signal: AbortSignal,
    body?: Buffer | string,
  ): Promise<Response> => {
    for (let attempt = 1; ; attempt++) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(CALL_LIMIT_MS)])
      const response = await client
        .fetch(url, { method, signal: limit, ...(body === undefined ? {} : { body: asBody(body) }) })
        .catch((error: unknown) => {
          signal.throwIfAborted()
          return error
        })
      if (response instanceof Response && response.ok) return response
      const isLast = attempt === TRIES || (response instanceof Response && response.status < 500)
      const said = response instanceof Response ? await explain(response) : String(response)
      if (isLast)
        throw remoteFailure(`${description}: ${said}`, response instanceof Error ? response : undefined)
      await new Promise((resolve) => setTimeout(resolve, 250 * 4 ** (attempt - 1)))
    }
  }

  const sendParts = async (handle: FileHandle, bytes: number, name: string, signal: AbortSignal) => {
    const begun = await (await call('POST', urlOf(name, '?uploads='), signal)).text()
    const upload = encodeURIComponent(elementOf(begun, 'UploadId'))
    try {
      const parts: string[] = []
      for (let at = 0; at < bytes; at += PART_BYTES) {
        const part = await readSpan(handle, at, Math.min(PART_BYTES, bytes - at))
        const query = `?partNumber=${parts.length + 1}&uploadId=${upload}`
        const { headers } = await call('PUT', urlOf(name, query), signal, part)
        parts.push(
          `<Part><PartNumber>${parts.length + 1}</PartNumber><ETag>${headers.get('etag') ?? ''}</ETag></Part>`,
        )
      }
      const whole = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`
      const done = await (await call('POST', urlOf(name, `?uploadId=${upload}`), signal, whole)).text()
      // Amazon answers 200 before it knows, and says in the body how it went.
      if (done.includes('<Error>')) throw remoteFailure(`${description}: ${elementOf(done, 'Code')}`)
    } catch (error) {
      await call('DELETE', urlOf(name, `?uploadId=${upload}`), AbortSignal.timeout(10_000)).catch(
        () => undefined,
      )
      throw error
    }
  }

  return {
    description,
    async send(file, name, signal) {
      const { size } = await stat(file)
      const handle = await open(file, 'r')
      try {
        if (size > PART_BYTES) await sendParts(handle, size, name, signal)
        else await call('PUT', urlOf(name), signal, await readSpan(handle, 0, size))
      } finally {
        await handle.close()
      }
    },
    async list(signal) {
      const names: string[] = []
      const start = prefix === '' ? '' : `${prefix}/`
      let next = ''
      do {
        const query = new URLSearchParams({ 'list-type': '2', delimiter: '/', prefix: start })
        if (next !== '') query.set('continuation-token', next)
        const page = await (await call('GET', `${endpoint}/${bucket}?${query}`, signal)).text()
        for (const [, key = ''] of page.matchAll(/<Key>([^<]*)<\/Key>/g))
          names.push(plain(key).slice(start.length))
        next = page.includes('<IsTruncated>true') ? plain(elementOf(page, 'NextContinuationToken')) : ''
      } while (next !== '')
      return names
    },
    async fetch(name, file, signal) {
      const { body } = await call('GET', urlOf(name), signal)
      if (!body) throw remoteFailure(`${description}: ${name} came without content`)
      const target = createWriteStream(file, { flags: 'wx', mode: 0o600 })
      // The two types of a web stream, Node's and the browser's, are the same object.
      await pipeline(Readable.fromWeb(body as ReadableStream), target, { signal })
    },
    remove: async (name, signal) => void (await call('DELETE', urlOf(name), signal)),
    close: () => Promise.resolve(),
  }
}

function asBody(body: Buffer | string): Uint8Array<ArrayBuffer> | string {
  return typeof body === 'string' ? body : new Uint8Array(body)
}

async function readSpan(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  for (let filled = 0; filled < length; ) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, start + filled)
    if (bytesRead === 0) throw remoteFailure('the backup became shorter while it was sent')
    filled += bytesRead
  }
  return buffer
}

async function explain(response: Response): Promise<string> {
  const text = await response.text().catch(() => '')
  const code = /<Code>([^<]{1,100})<\/Code>/.exec(text)?.[1]
  const message = /<Message>([^<]{1,300})<\/Message>/.exec(text)?.[1]
  return [response.status, code, message && plain(message)].filter(Boolean).join(' ')
}

function elementOf(xml: string, name: string): string {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  if (found === undefined) throw remoteFailure(`the storage answered without ${name}`)
  return found
}

function plain(text: string): string {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d+));/g, (_, name?: string, code?: string) =>
    name === undefined ? String.fromCodePoint(Number(code)) : (names[name] ?? ''),
  )
}
