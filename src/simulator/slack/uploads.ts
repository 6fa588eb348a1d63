import { randomBytes } from 'node:crypto'
import type { WireRequest } from '../faults.ts'
import type { WireAnswer } from '../wire-server.ts'
import { freshId } from './identity.ts'
import type { SlackFile, SlackTeam } from './model.ts'
import type { World } from './world.ts'

export interface PendingUpload {
  readonly fileId: string
  readonly teamId: string
  readonly filename: string
  readonly length: number
  data: Buffer | undefined
}

/** Upload URLs that were handed out, and the bytes that came in. */
export interface Uploads {
  open(teamId: string, filename: string, length: number): { fileId: string; path: string }
  receive(request: WireRequest): Promise<WireAnswer>
  /** The finished upload, which is then forgotten; undefined when nothing was uploaded for it. */
  take(fileId: string, teamId: string): PendingUpload | undefined
}

const OPEN_LIMIT = 1000

export function createUploads(): Uploads {
  const byTicket = new Map<string, PendingUpload>()
  return {
    open(teamId, filename, length) {
      const ticket = randomBytes(16).toString('hex')
      const fileId = freshId('F')
      byTicket.set(ticket, { fileId, teamId, filename, length, data: undefined })
      const [oldest] = byTicket.keys()
      if (byTicket.size > OPEN_LIMIT && oldest !== undefined) byTicket.delete(oldest)
      return { fileId, path: `/upload/v1/${ticket}` }
    },
    async receive(request) {
      const ticket = /^\/upload\/v1\/([0-9a-f]+)$/.exec(request.path)?.[1] ?? ''
      const upload = byTicket.get(ticket)
      if (!upload) return { status: 404, body: 'upload not found' }
      const data = await uploadedBytes(request)
      if (!data) return { status: 400, body: 'no file in the form' }
      if (data.length !== upload.length) {
        return { status: 400, body: `expected ${upload.length} bytes, got ${data.length}` }
      }
      upload.data = data
      return { status: 200, body: `OK - ${data.length}` }
    },
    take(fileId, teamId) {
      for (const [ticket, upload] of byTicket) {
        if (upload.fileId !== fileId || upload.teamId !== teamId || !upload.data) continue
        byTicket.delete(ticket)
        return upload
      }
      return undefined
    },
  }
}

async function uploadedBytes(request: WireRequest): Promise<Buffer | undefined> {
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return request.body
  const form = await new Response(new Uint8Array(request.body), {
    headers: { 'content-type': type },
  }).formData()
  for (const [, value] of form) {
    if (typeof value !== 'string') return Buffer.from(await value.arrayBuffer())
  }
  return undefined
}

/** Adds a file to the team. `id` only for one whose upload was announced. */
export function addFile(
  world: World,
  team: SlackTeam,
  file: Pick<SlackFile, 'user' | 'name' | 'mimetype' | 'data'> & Partial<SlackFile>,
): SlackFile {
  const added: SlackFile = {
    id: file.id ?? freshId('F'),
    teamId: team.id,
    user: file.user,
    name: file.name,
    title: file.title ?? file.name,
    mimetype: file.mimetype,
    subtype: file.subtype,
    durationMs: file.durationMs,
    transcript: file.transcript,
    infoOnly: file.infoOnly ?? false,
    createdAt: world.settings.now(),
    data: file.data,
    channels: new Set(),
    deleted: false,
  }
  team.files.set(added.id, added)
  return added
}

const LOGIN_PAGE =
  '<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in to your workspace</body></html>'

/** `url_private` and `url_private_download`. Without the right token Slack answers 200 with its sign-in page. */
export function servePrivateFile(world: World, request: WireRequest): WireAnswer {
  const login: WireAnswer = {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: LOGIN_PAGE,
  }
  const [, teamId = '', fileId = '', vtt] =
    /^\/files-pri\/(T\w+)-(F\w+)\/(file\.vtt)?/.exec(request.path) ?? []
  const team = world.teams.get(teamId)
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (!team || token !== team.botToken || team.installation !== 'installed') return login
  if (team.scopes !== 'all' && !team.scopes.has('files:read')) return login
  const file = team.files.get(fileId)
  if (!file || file.deleted)
    return { status: 404, headers: { 'content-type': 'text/html' }, body: 'Not found' }
  if (vtt !== undefined) {
    const cues = `WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n- ${file.transcript ?? ''}\n`
    return { status: 200, headers: { 'content-type': 'text/vtt' }, body: cues }
  }
  return { status: 200, headers: { 'content-type': file.mimetype }, body: file.data }
}
