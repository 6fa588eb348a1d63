import { randomBytes } from 'node:crypto'
import type { WireRequest } from '../faults.ts'
import type { WireAnswer } from '../wire-server.ts'
import type { Backstage } from './api/call.ts'
import { isEmpty, readContent } from './api/content.ts'
import { Refusal } from './api/refusal.ts'
import { isObject } from './block-kit.ts'
import type { SlackChannel, SlackMessage, SlackTeam, Wire } from './model.ts'
import { revise } from './world.ts'

interface ResponseUrl {
  readonly team: SlackTeam
  readonly channel: SlackChannel
  readonly personId: string
  /** The message whose button was pressed; a command has none. */
  readonly origin: SlackMessage | undefined
  readonly at: number
  uses: number
}

export interface ResponseUrls {
  /** Path of a new response URL, good for five uses in 30 minutes. */
  issue(
    kind: 'commands' | 'actions',
    route: Pick<ResponseUrl, 'team' | 'channel' | 'personId' | 'origin'>,
  ): string
  receive(request: WireRequest): WireAnswer
  /** Shows what an acknowledgement carried as an answer. */
  respond(route: Pick<ResponseUrl, 'team' | 'channel' | 'personId' | 'origin'>, response: Wire): void
}

const USES = 5
const LIFE_MS = 30 * 60_000
const REMEMBERED = 10_000
const FIELDS = new Set([
  ...['text', 'blocks', 'attachments', 'response_type', 'replace_original', 'delete_original', 'thread_ts'],
  ...['mrkdwn', 'unfurl_links', 'unfurl_media', 'metadata', 'parse', 'link_names'],
])

export function createResponseUrls(backstage: Backstage): ResponseUrls {
  const urls = new Map<string, ResponseUrl>()
  const { world, echo } = backstage

  const respond: ResponseUrls['respond'] = ({ team, channel, personId, origin }, response) => {
    const unknown = Object.keys(response).filter((name) => !FIELDS.has(name))
    if (unknown.length > 0) throw new Refusal(`unknown field: ${unknown.join(', ')}`)
    if (response.delete_original === true) {
      if (!origin) throw new Refusal('no_original')
      return echo.removed(origin)
    }
    const content = readContent({
      text: (name) => {
        const value = response[name]
        return typeof value === 'string' ? value : undefined
      },
      json: (name) => response[name],
    })
    if (isEmpty(content)) throw new Refusal('no_text')
    if (response.replace_original === true) {
      if (!origin) throw new Refusal('no_original')
      const previous = echo.wire(origin)
      revise(origin, { text: content.text ?? origin.text, blocks: content.blocks }, world.settings.now())
      return echo.changed(origin, previous)
    }
    const type = response.response_type ?? 'ephemeral'
    if (type !== 'ephemeral' && type !== 'in_channel') throw new Refusal('invalid_response_type')
    const message = world.post(channel, {
      user: team.botUserId,
      botId: team.botId,
      text: content.text ?? '',
      format: content.format,
      blocks: content.blocks,
      attachments: content.attachments,
      threadTs: typeof response.thread_ts === 'string' ? response.thread_ts : undefined,
      ephemeralFor: type === 'ephemeral' ? personId : undefined,
    })
    if (type === 'in_channel') echo.posted(message)
  }

  return {
    respond,
    issue(kind, route) {
      const path = `/${kind}/${route.team.id}/${Date.now()}/${randomBytes(12).toString('hex')}`
      urls.set(path, { ...route, at: world.settings.now(), uses: 0 })
      const [oldest] = urls.keys()
      if (urls.size > REMEMBERED && oldest !== undefined) urls.delete(oldest)
      return path
    },
    receive(request) {
      const url = urls.get(request.path)
      if (!url) return { status: 404, body: 'no_team' }
      if (world.settings.now() - url.at > LIFE_MS)
        return { status: 404, body: { ok: false, error: 'expired_url' } }
      if (url.uses >= USES) return { status: 404, body: { ok: false, error: 'used_url' } }
      const response = parseResponse(request)
      if (!response) return { status: 400, body: 'invalid_payload' }
      try {
        respond(url, response)
      } catch (error) {
        if (error instanceof Refusal)
          return { status: 400, body: { ok: false, error: error.code, ...error.details } }
        throw error
      }
      url.uses += 1
      return { status: 200, body: { ok: true } }
    },
  }
}

function parseResponse(request: WireRequest): Wire | undefined {
  try {
    const value: unknown = JSON.parse(request.body.toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
