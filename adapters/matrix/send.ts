import { createHash } from 'node:crypto'
import { z } from 'zod'
import { createCallBudget } from '../../src/core/call-budget.ts'
import { HubError } from '../../src/model/errors.ts'
import { externalId } from '../../src/model/ids.ts'
import type { FormattedPart, OutboundFile } from '../../src/model/outbound.ts'
import type { CallBudget } from '../../src/ports/call-budget.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'
import type { Sender } from '../../src/ports/sender.ts'
import { CAPABILITIES } from './capabilities.ts'
import { parseCredentials } from './credentials.ts'
import { openDownloads } from './download.ts'
import { readEarlier } from './earlier.ts'
import { format } from './encode.ts'
import { asPlatformError, isGone } from './errors.ts'
import { callHomeserver, type HomeserverRequest } from './homeserver.ts'
import { takeSdkLog } from './sdk-log.ts'
import { openTokenSource } from './sessions.ts'

const CALL_LIMIT_MS = 30_000
const UPLOAD_LIMIT_MS = 120_000
const TYPING_MS = 20_000

const targetSchema = z.object({
  channel: z.string(),
  threadRoot: z.string().optional(),
  replyTo: z.string().optional(),
})
const bodySchema = z.looseObject({ body: z.string(), formatted_body: z.string().optional() })
const sentSchema = z.object({ event_id: z.string() })
const uploadedSchema = z.object({ content_uri: z.string() })
const whoAmI = z.object({ user_id: z.string() })

type Call = Pick<HomeserverRequest, 'method' | 'path' | 'query' | 'body' | 'contentType'> & {
  readonly timeoutMs?: number
}

export function createSender(
  credentials: Credentials,
  log: Logger,
  budget: CallBudget = createCallBudget(),
): Sender {
  const parsed = parseCredentials(credentials)
  const { homeserverUrl } = parsed
  const tokens = openTokenSource(parsed)
  takeSdkLog(log)
  let userId: string | undefined

  const call = async (
    signal: AbortSignal,
    { timeoutMs = CALL_LIMIT_MS, ...asked }: Call,
  ): Promise<unknown> => {
    signal.throwIfAborted()
    const accessToken = await tokens.token(signal)
    try {
      return await callHomeserver({ homeserverUrl, accessToken, timeoutMs, signal, ...asked })
    } catch (error) {
      const failure = asPlatformError(error)
      if (!(failure instanceof HubError) || failure.code !== 'platform_unauthorized') throw error
      tokens.refuse(accessToken)
      if ('accessToken' in parsed) throw failure
      throw new HubError(failure.code, failure.message, { retry: { kind: 'later' } })
    }
  }

  /** Homeservers count by account; how much they allow is theirs to choose. */
  const send = (
    signal: AbortSignal,
    roomId: string,
    transaction: string,
    content: object,
    { final, of }: { readonly final: boolean; readonly of: string },
  ): Promise<string> =>
    budget.call([{ name: 'account' }], { urgency: final ? 'final' : 'passing', of }, signal, async () => {
      const path = `${roomPath(roomId)}/send/m.room.message/${encodeURIComponent(transaction)}`
      try {
        return sentSchema.parse(await call(signal, { method: 'PUT', path, body: content })).event_id
      } catch (error) {
        throw isGone(error) ? error : asPlatformError(error)
      }
    })

  const upload = async (signal: AbortSignal, { name, mimeType, data }: OutboundFile): Promise<string> => {
    const answer = await call(signal, {
      method: 'POST',
      path: '/_matrix/media/v3/upload',
      query: { filename: name },
      body: data,
      contentType: mimeType,
      timeoutMs: UPLOAD_LIMIT_MS,
    })
    return uploadedSchema.parse(answer).content_uri
  }

  return {
    capabilities: () => CAPABILITIES,
    format,

    post: ({ target, content, key, final }, signal) =>
      inOurTerms(async () => {
        const { channel, ...place } = targetSchema.parse(target)
        const shown =
          content.kind === 'text'
            ? bodySchema.parse(content.part.body)
            : fileContent(content.file, await upload(signal, content.file))
        const id = await send(signal, channel, key, { ...shown, ...relation(place) }, { final, of: key })
        return { externalId: externalId(id) }
      }),

    edit: ({ target, externalId: id, content, key, final }, signal) =>
      inOurTerms(async () => {
        const { channel } = targetSchema.parse(target)
        try {
          const transaction = editTransaction(key, content.part)
          await send(signal, channel, transaction, replacement(id, content.part), { final, of: id })
        } catch (error) {
          if (isGone(error))
            throw new HubError('platform_message_gone', 'the message to edit no longer exists')
          throw error
        }
      }),

    remove: (target, id, signal) =>
      inOurTerms(async () => {
        const { channel } = targetSchema.parse(target)
        const transaction = `redact${digest(id)}`
        const path = `${roomPath(channel)}/redact/${encodeURIComponent(id)}/${transaction}`
        try {
          await call(signal, { method: 'PUT', path, body: {} })
        } catch (error) {
          if (!isGone(error)) throw error
        }
      }),

    indicate: (target, active, signal) =>
      inOurTerms(async () => {
        const { channel } = targetSchema.parse(target)
        const whoami = { method: 'GET', path: '/_matrix/client/v3/account/whoami' }
        userId ??= whoAmI.parse(await call(signal, whoami)).user_id
        const path = `${roomPath(channel)}/typing/${encodeURIComponent(userId)}`
        const body = active ? { typing: true, timeout: TYPING_MS } : { typing: false }
        await call(signal, { method: 'PUT', path, body })
      }),

    surroundings: (target, asked, signal) =>
      inOurTerms(async () => {
        const get = async (path: string, query?: Readonly<Record<string, unknown>>) =>
          await call(signal, { method: 'GET', path, query })
        userId ??= whoAmI.parse(await get('/_matrix/client/v3/account/whoami')).user_id
        return await readEarlier({ get, self: userId }, target, asked)
      }),

    download: openDownloads(homeserverUrl, tokens),
  }
}

async function inOurTerms<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw asPlatformError(error)
  }
}

function roomPath(roomId: string): string {
  return `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`
}

/** In a thread with what clients without threads show as a reply. */
function relation({
  threadRoot,
  replyTo,
}: {
  threadRoot?: string | undefined
  replyTo?: string | undefined
}) {
  const inReplyTo = replyTo ?? threadRoot
  if (inReplyTo === undefined) return {}
  const reply = { 'm.in_reply_to': { event_id: inReplyTo } }
  if (threadRoot === undefined) return { 'm.relates_to': reply }
  return {
    'm.relates_to': { rel_type: 'm.thread', event_id: threadRoot, is_falling_back: true, ...reply },
  }
}

function replacement(eventId: string, part: FormattedPart): object {
  const next = { ...bodySchema.parse(part.body), 'm.mentions': {} }
  return {
    ...next,
    body: `* ${next.body}`,
    ...(next.formatted_body === undefined ? {} : { formatted_body: `* ${next.formatted_body}` }),
    'm.new_content': next,
    'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
  }
}

/** An edit that is tried again with a newer text must not be taken for the one before. */
function editTransaction(key: string, part: FormattedPart): string {
  return `${key}.${digest(JSON.stringify(part.body))}`
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function fileContent({ name, mimeType, data }: OutboundFile, url: string): object {
  return {
    msgtype: 'm.file',
    body: name,
    filename: name,
    url,
    info: { mimetype: mimeType, size: data.length },
    'm.mentions': {},
  }
}
