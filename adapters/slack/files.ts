import { z } from 'zod'
import { bodyOf } from '../../src/core/response-body.ts'
import { HubError } from '../../src/model/errors.ts'
import type { OutboundFile } from '../../src/model/outbound.ts'
import type { Download } from '../../src/ports/sender.ts'
import { fileSchema, referenceOf, referenceSchema } from './attachments.ts'
import { MAX_DOWNLOAD_BYTES } from './capabilities.ts'
import { limited, unreachable } from './errors.ts'
import type { SpeakerFor } from './speakers.ts'
import type { CallSlack } from './web-api.ts'

const UPLOAD_LIMIT_MS = 120_000

const uploadSchema = z.object({ upload_url: z.string(), file_id: z.string() })
const infoSchema = z.object({ file: fileSchema })

/** Slack keeps files on a host of its own; an emulator on the one its API has. */
export function isSlackHost(address: string, apiUrl: string): boolean {
  if (!URL.canParse(address)) return false
  const [given, api] = [new URL(address), new URL(apiUrl)]
  if (given.username !== '' || given.password !== '') return false
  if (given.protocol === api.protocol && given.hostname === api.hostname) return true
  const official = api.hostname === 'slack.com' && given.protocol === 'https:' && given.port === ''
  return official && (given.hostname === 'files.slack.com' || given.hostname === 'hooks.slack.com')
}

/** Resolves with the file's id: Slack does not say which message shows it. */
export async function upload(options: {
  readonly file: OutboundFile
  readonly channel: string
  readonly threadTs: string | undefined
  readonly apiUrl: string
  readonly call: CallSlack
  readonly signal: AbortSignal
}): Promise<string> {
  const { file, channel, threadTs, apiUrl, call, signal } = options
  const opened = uploadSchema.parse(
    await call('files.getUploadURLExternal', signal, (client) =>
      client.files.getUploadURLExternal({ filename: file.name, length: file.data.length }),
    ),
  )
  if (!isSlackHost(opened.upload_url, apiUrl))
    throw new HubError('platform_rejected', 'Slack names a strange host to upload a file to')
  const form = new FormData()
  form.append('body', new Blob([new Uint8Array(file.data)], { type: file.mimeType }), file.name)
  const response = await request('a file upload', opened.upload_url, {
    method: 'POST',
    body: form,
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(UPLOAD_LIMIT_MS)]),
  })
  await response.body?.cancel()
  // Until the upload is completed, nobody sees it.
  if (!response.ok) throw failedStatus(response, 'a file upload')
  const files: [{ id: string; title: string }] = [{ id: opened.file_id, title: file.name }]
  await call('files.completeUploadExternal', signal, (client) =>
    client.files.completeUploadExternal(
      threadTs === undefined
        ? { files, channel_id: channel }
        : { files, channel_id: channel, thread_ts: threadTs },
    ),
  )
  return opened.file_id
}

/** The bot token goes to Slack's own hosts only, and no redirect is followed. */
export async function download(options: {
  readonly reference: Readonly<Record<string, unknown>>
  readonly speakerFor: SpeakerFor
  readonly apiUrl: string
  readonly signal: AbortSignal
}): Promise<Download> {
  const { speakerFor, apiUrl, signal } = options
  const parsed = referenceSchema.safeParse(options.reference)
  if (!parsed.success) throw new HubError('attachment_gone', 'the reference to a Slack file is incomplete')
  const { fileId, team } = parsed.data
  const { token, call } = await speakerFor(team, signal)
  let reference = parsed.data
  if (reference.url === undefined) {
    const answer = await call('files.info', signal, (client) => client.files.info({ file: fileId }))
    reference = referenceOf(infoSchema.parse(answer).file, team)
  }
  const { url, sizeBytes = 0 } = reference
  if (sizeBytes > MAX_DOWNLOAD_BYTES) throw tooLarge()
  if (url === undefined || !isSlackHost(url, apiUrl))
    throw new HubError('attachment_gone', 'the file is not kept by Slack')
  const response = await request('a file', url, {
    headers: { authorization: `Bearer ${token}` },
    redirect: 'manual',
    signal,
  })
  const fault = faultOf(response)
  if (!fault && response.body) {
    const mimeType = response.headers.get('content-type')?.split(';')[0]?.trim()
    return { stream: bodyOf(response, signal), ...(mimeType ? { mimeType } : {}) }
  }
  await response.body?.cancel()
  throw fault ?? new HubError('attachment_gone', 'Slack gave an empty file')
}

function faultOf(response: Response): HubError | undefined {
  if (!response.ok) return failedStatus(response, 'a file')
  // Without the right to read files, Slack answers 200 with its log-in page.
  if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) {
    return new HubError(
      'attachment_gone',
      'Slack gave a page instead of a file: the bot may lack the scope files:read',
    )
  }
  return Number(response.headers.get('content-length')) > MAX_DOWNLOAD_BYTES ? tooLarge() : undefined
}

function failedStatus({ status, headers }: Response, asked: string): HubError {
  if (status === 429) return limited(asked, (Number(headers.get('retry-after')) || 1) * 1000)
  if (status >= 500) return unreachable(`Slack answered ${status} to ${asked}`)
  return new HubError(
    asked === 'a file' ? 'attachment_gone' : 'platform_rejected',
    `Slack answered ${status} to ${asked}`,
  )
}

/** A network error's own text is left out. */
async function request(asked: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch {
    throw unreachable(`Slack could not be reached for ${asked}`)
  }
}

function tooLarge(): HubError {
  return new HubError('attachment_too_large', 'the file is larger than the hub takes from Slack')
}
