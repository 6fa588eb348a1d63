import type { WireRequest } from '../faults.ts'
import { ApiError } from './api-error.ts'

export interface UploadedFile {
  readonly filename: string
  readonly contentType: string
  readonly data: Buffer
}

export interface WireArguments {
  readonly fields: ReadonlyMap<string, unknown>
  readonly files: ReadonlyMap<string, UploadedFile>
  /** Forms and query strings carry every value as text; JSON carries types. */
  readonly textual: ReadonlySet<string>
}

/** Reads the arguments of a Bot API call from its query string and its body. */
export function readArguments(request: WireRequest): WireArguments {
  const fields = new Map<string, unknown>()
  const files = new Map<string, UploadedFile>()
  const textual = new Set<string>()
  const addText = (name: string, value: string): void => {
    fields.set(name, value)
    textual.add(name)
  }
  const query = request.path.split('?')[1]
  for (const [name, value] of new URLSearchParams(query ?? '')) addText(name, value)
  const type = request.headers['content-type'] ?? ''
  if (request.body.length === 0) return { fields, files, textual }
  if (/\bapplication\/json\b/i.test(type)) {
    for (const [name, value] of Object.entries(readJsonObject(request.body))) {
      if (value === null) continue
      fields.set(name, value)
      textual.delete(name)
    }
  } else if (/\bapplication\/x-www-form-urlencoded\b/i.test(type)) {
    for (const [name, value] of new URLSearchParams(request.body.toString())) addText(name, value)
  } else if (/\bmultipart\/form-data\b/i.test(type)) {
    readMultipart(request.body, type, addText, (name, file) => files.set(name, file))
  } else {
    throw new ApiError(400, `Bad Request: unsupported content type "${type}"`)
  }
  return { fields, files, textual }
}

function readJsonObject(body: Buffer): object {
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch (cause) {
    throw Object.assign(new ApiError(400, "Bad Request: can't parse request JSON object"), { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ApiError(400, 'Bad Request: request JSON must be an object')
  return value
}

function readMultipart(
  body: Buffer,
  contentType: string,
  addText: (name: string, value: string) => void,
  addFile: (name: string, file: UploadedFile) => void,
): void {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType)
  const mark = boundary?.[1] ?? boundary?.[2]
  if (!mark) throw new ApiError(400, 'Bad Request: boundary is missing')
  const delimiter = Buffer.from(`--${mark}`)
  let at = body.indexOf(delimiter)
  while (at >= 0) {
    const start = at + delimiter.length
    if (body.subarray(start, start + 2).toString('latin1') === '--') return
    const next = body.indexOf(delimiter, start)
    if (next < 0) throw new ApiError(400, 'Bad Request: multipart body ends too early')
    // A part is CRLF, head, empty line, content, CRLF.
    addPart(body.subarray(start + 2, next - 2), addText, addFile)
    at = next
  }
  throw new ApiError(400, 'Bad Request: multipart boundary not found')
}

function addPart(
  part: Buffer,
  addText: (name: string, value: string) => void,
  addFile: (name: string, file: UploadedFile) => void,
): void {
  const split = part.indexOf('\r\n\r\n')
  if (split < 0) throw new ApiError(400, 'Bad Request: multipart part without a head')
  const head = part.subarray(0, split).toString()
  const data = part.subarray(split + 4)
  const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? ''
  const name = /[;\s]name="?([^";]*)"?/i.exec(disposition)?.[1]
  if (!name) throw new ApiError(400, 'Bad Request: multipart part without a name')
  // grammY sends filenames without quotes, spaces included: everything up to the end of the line.
  const filename = /[;\s]filename=(?:"([^"]*)"|([^;\r\n]*))/i.exec(disposition)
  if (!filename) {
    addText(name, data.toString())
    return
  }
  addFile(name, {
    filename: filename[1] ?? filename[2] ?? '',
    contentType: /^content-type: *([^\r\n;]+)/im.exec(head)?.[1] ?? 'application/octet-stream',
    data: Buffer.from(data),
  })
}
