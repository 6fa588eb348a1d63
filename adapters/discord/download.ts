import { Routes } from 'discord.js'
import { z } from 'zod'
import { bodyOf } from '../../src/core/response-body.ts'
import { HubError } from '../../src/model/errors.ts'
import type { Sender } from '../../src/ports/sender.ts'
import { MAX_DOWNLOAD_BYTES } from './capabilities.ts'
import type { Rest } from './rest.ts'

const referenceSchema = z.object({
  url: z.string(),
  channelId: z.string(),
  /** Absent for a file that was given to a command: its link cannot be renewed. */
  messageId: z.string().optional(),
  attachmentId: z.string(),
})
const attached = z.object({
  attachments: z.array(z.object({ id: z.string(), url: z.string() })).default([]),
})
const messageSchema = attached.extend({
  message_snapshots: z.array(z.object({ message: attached })).default([]),
})
type Reference = z.infer<typeof referenceSchema>

const CDN_ORIGINS = ['https://cdn.discordapp.com', 'https://media.discordapp.net']
/** Until the answer begins; reading it has the caller's signal. */
const ANSWER_LIMIT_MS = 30_000

/**
 * Links are signed and expire after a day; an expired one is asked for anew. They carry their own right: no
 * token goes to the CDN, and only to Discord's is asked (or to the configured API's own host).
 */
export function createDownload(rest: Rest, apiUrl: string): Sender['download'] {
  const origins = new Set([...CDN_ORIGINS, new URL(apiUrl).origin])

  const freshLink = async (reference: Reference, signal: AbortSignal): Promise<string> => {
    if (reference.messageId === undefined) throw gone()
    const route = Routes.channelMessage(reference.channelId, reference.messageId)
    const answer = await rest.call('GET', route, { signal }).catch((error: unknown) => {
      throw error instanceof HubError && error.retry.kind === 'never' ? gone() : error
    })
    const message = messageSchema.parse(answer)
    const all = [
      ...message.attachments,
      ...message.message_snapshots.flatMap((snapshot) => snapshot.message.attachments),
    ]
    const found = all.find(({ id }) => id === reference.attachmentId)
    if (!found) throw gone()
    return found.url
  }

  const open = async (url: string, signal: AbortSignal): Promise<Response> => {
    if (!URL.canParse(url) || !origins.has(new URL(url).origin)) {
      throw new HubError('attachment_gone', "an attachment's link does not lead to Discord")
    }
    const headers = new AbortController()
    const timer = setTimeout(() => headers.abort(), ANSWER_LIMIT_MS)
    try {
      return await fetch(url, { signal: AbortSignal.any([signal, headers.signal]), redirect: 'manual' })
    } catch {
      throw unreachable()
    } finally {
      clearTimeout(timer)
    }
  }

  return async (given, signal) => {
    const reference = referenceSchema.parse(given)
    let response = await open(reference.url, signal)
    if (response.status === 403 || response.status === 404) {
      await response.body?.cancel()
      response = await open(await freshLink(reference, signal), signal)
    }
    const size = Number(response.headers.get('content-length') ?? 0)
    if (response.ok && response.body && size <= MAX_DOWNLOAD_BYTES) {
      const mimeType = response.headers.get('content-type')
      return { stream: bodyOf(response, signal), ...(mimeType === null ? {} : { mimeType }) }
    }
    await response.body?.cancel()
    if (response.status >= 500 || response.status === 429) throw unreachable()
    if (!response.ok) throw gone()
    throw new HubError('attachment_too_large', 'an attachment is larger than the hub takes from Discord')
  }
}

function gone(): HubError {
  return new HubError('attachment_gone', 'Discord no longer has this attachment')
}

function unreachable(): HubError {
  return new HubError('platform_unreachable', 'an attachment could not be fetched from Discord', {
    retry: { kind: 'later' },
  })
}
