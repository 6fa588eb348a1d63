import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface S3Server {
  readonly endpoint: string
  /** By bucket and key, `bucket/prefix/name`. */
  readonly objects: Map<string, Buffer>
  /** Uploads in parts that were begun and neither finished nor given up. */
  readonly openUploads: ReadonlySet<string>
  readonly requests: readonly string[]
  /** The next so many requests answer 503. */
  fail(times: number): void
  close(): Promise<void>
}

const KEYS = { accessKey: 'AKIATEST', secretKey: 'the secret half', region: 'eu-test-1' } as const
export const S3_KEYS = KEYS
const LEAST_PART = 5 * 1024 * 1024
const PAGE = 2

/** As strict as Amazon's in what a client of it uses: it proves each signature, and the parts of an upload. */
export async function startS3Server(bucket: string): Promise<S3Server> {
  const objects = new Map<string, Buffer>()
  const uploads = new Map<string, Map<number, Buffer>>()
  const requests: string[] = []
  let failures = 0

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const body = Buffer.concat(chunks)
    const url = new URL(request.url ?? '/', 'http://s3')
    requests.push(`${request.method} ${request.url}`)
    if (failures > 0) {
      failures -= 1
      return refuse(503, 'SlowDown')
    }
    const wrong = signatureFault(request, url, body)
    if (wrong !== undefined) return refuse(403, wrong)
    const key = decodeURIComponent(url.pathname.slice(1))
    if (key !== bucket && !key.startsWith(`${bucket}/`)) return refuse(404, 'NoSuchBucket')
    const query = url.searchParams
    const upload = query.get('uploadId')
    if (request.method === 'GET' && key === bucket) return list(query)
    if (request.method === 'GET') {
      const found = objects.get(key)
      return found ? { status: 200, body: found } : refuse(404, 'NoSuchKey')
    }
    if (request.method === 'POST' && query.has('uploads')) {
      const id = `upload+${uploads.size}/=`
      uploads.set(id, new Map())
      return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`)
    }
    if (upload !== null) return part(request.method ?? '', key, upload, Number(query.get('partNumber')), body)
    if (request.method === 'PUT') {
      objects.set(key, body)
      return { status: 200, etag: etagOf(body) }
    }
    if (request.method === 'DELETE') {
      objects.delete(key)
      return { status: 204 }
    }
    return refuse(405, 'MethodNotAllowed')
  }

  const part = (method: string, key: string, id: string, number: number, body: Buffer): Answer => {
    const parts = uploads.get(id)
    if (!parts) return refuse(404, 'NoSuchUpload')
    if (method === 'DELETE') {
      uploads.delete(id)
      return { status: 204 }
    }
    if (method === 'PUT') {
      parts.set(number, body)
      return { status: 200, etag: etagOf(body) }
    }
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)]
    const given = named.map(([, at, etag]) => ({ content: parts.get(Number(at)), etag }))
    if (given.some(({ content, etag }) => content === undefined || etagOf(content) !== etag))
      return refuse(400, 'InvalidPart')
    const contents = given.flatMap(({ content }) => (content ? [content] : []))
    if (contents.slice(0, -1).some(({ length }) => length < LEAST_PART)) return refuse(400, 'EntityTooSmall')
    uploads.delete(id)
    objects.set(key, Buffer.concat(contents))
    return xml('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>')
  }

  const list = (query: URLSearchParams): Answer => {
    const prefix = `${bucket}/${query.get('prefix') ?? ''}`
    const all = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort()
    const from = Number(query.get('continuation-token') ?? 0)
    const page = all.slice(from, from + PAGE)
    const more = from + PAGE < all.length
    const keys = page.map((key) => `<Contents><Key>${key.slice(bucket.length + 1)}</Key></Contents>`).join('')
    const next = more ? `<NextContinuationToken>${from + PAGE}</NextContinuationToken>` : ''
    return xml(`<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${keys}</ListBucketResult>`)
  }

  const server = createServer((request, response) => {
    answer(request).then(
      (given) => send(response, given),
      () => send(response, refuse(500, 'InternalError')),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    get openUploads() {
      return new Set(uploads.keys())
    },
    requests,
    fail(times) {
      failures = times
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Answer {
  readonly status: number
  readonly body?: Buffer | string
  readonly etag?: string
}

function send(response: ServerResponse, { status, body, etag }: Answer): void {
  response.writeHead(status, etag === undefined ? {} : { etag }).end(body)
}

const xml = (body: string): Answer => ({ status: 200, body: `<?xml version="1.0"?>${body}` })
const refuse = (status: number, code: string): Answer => ({
  status,
  body: `<Error><Code>${code}</Code><Message>no &amp; never</Message></Error>`,
})
const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`

/** Signature version 4, worked out from the request as Amazon describes it. */
function signatureFault(request: IncomingMessage, url: URL, body: Buffer): string | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    )
  if (!match) return 'AccessDenied'
  const [, accessKey, day = '', region = '', headers = '', signature] = match
  if (accessKey !== KEYS.accessKey) return 'InvalidAccessKeyId'
  if (region !== KEYS.region) return 'AuthorizationHeaderMalformed'
  const time = String(request.headers['x-amz-date'])
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (!(Math.abs(Date.now() - at) < 15 * 60_000)) return 'RequestTimeTooSkewed'
  const digest = String(request.headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD')
  if (digest !== 'UNSIGNED-PAYLOAD' && digest !== hash(body)) return 'XAmzContentSHA256Mismatch'
  const strict = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    )
  const canonical = [
    request.method,
    url.pathname,
    [...url.searchParams]
      .map(([name, value]) => `${strict(name)}=${strict(value)}`)
      .sort()
      .join('&'),
    ...headers.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    headers,
    digest,
  ].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer | string>(
    (from, part) => createHmac('sha256', from).update(part).digest(),
    `AWS4${KEYS.secretKey}`,
  )
  const wanted = createHmac('sha256', key)
    .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash(canonical)}`)
    .digest('hex')
  return wanted === signature ? undefined : 'SignatureDoesNotMatch'
}

const hash = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')
