import type { WireRequest } from '../faults.ts'
import { invalidForm, refuse } from './api-error.ts'

export const fileLimitBytes = 10 * 1024 * 1024

export interface UploadedFile {
  readonly name: string
  readonly contentType: string
  readonly data: Buffer
}

export interface RestBody {
  /** The JSON body or `payload_json`; undefined where there was none. */
  readonly json: unknown
  /** By the n of `files[n]`. */
  readonly files: ReadonlyMap<string, UploadedFile>
}

export interface RestCall extends RestBody {
  readonly query: URLSearchParams
  /** A decoded part of the path, by its name in the route's template. */
  param(name: string): string
}

export interface RestAnswer {
  readonly status: number
  readonly body?: unknown
}

/** Throws 50109 for broken JSON, 40005 for a file over 10 MiB. */
export async function readBody(request: WireRequest): Promise<RestBody> {
  const type = request.headers['content-type'] ?? ''
  if (request.body.length === 0) return { json: undefined, files: new Map() }
  if (type.startsWith('multipart/form-data')) return readMultipart(request.body, type)
  if (!type.startsWith('application/json'))
    throw invalidForm([
      {
        path: [],
        code: 'CONTENT_TYPE_INVALID',
        message: 'Expected "Content-Type" header to be one of {"application/json"}.',
      },
    ])
  return { json: parseJson(request.body.toString()), files: new Map() }
}

async function readMultipart(body: Buffer, contentType: string): Promise<RestBody> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => {
      throw refuse('invalidJson')
    })
  const files = new Map<string, UploadedFile>()
  let json: unknown = {}
  for (const [name, value] of form.entries()) {
    if (typeof value === 'string') {
      if (name !== 'payload_json') throw unknownField(name)
      json = parseJson(value)
      continue
    }
    const index = /^files\[(\d+)\]$/.exec(name)?.[1]
    if (index === undefined) throw unknownField(name)
    if (value.size > fileLimitBytes) throw refuse('entityTooLarge')
    files.set(index, {
      name: value.name,
      contentType: value.type || 'application/octet-stream',
      data: Buffer.from(await value.arrayBuffer()),
    })
  }
  if (files.size > 10)
    throw invalidForm([
      { path: ['files'], code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 10 or fewer in length.' },
    ])
  return { json, files }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refuse('invalidJson')
  }
}

function unknownField(name: string) {
  return invalidForm([{ path: [name], code: 'UNKNOWN_PROPERTY', message: `Unknown form field "${name}".` }])
}
