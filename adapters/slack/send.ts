import { z } from 'zod'
import { createCallBudget } from '../../src/core/call-budget.ts'
import { HubError } from '../../src/model/errors.ts'
import { type ExternalId, externalId } from '../../src/model/ids.ts'
import type { Control, FormattedPart, PostRequest } from '../../src/model/outbound.ts'
import type { CallBudget } from '../../src/ports/call-budget.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'
import type { Sender } from '../../src/ports/sender.ts'
import { blocksOf } from './blocks.ts'
import { capabilities } from './capabilities.ts'
import { parseCredentials } from './credentials.ts'
import { format } from './encode.ts'
import { download, upload } from './files.ts'
import { createFindPosted, metadataOf } from './find-posted.ts'
import { canRespond, respond } from './response-url.ts'
import { createSessions } from './sessions.ts'
import { createSpeakers } from './speakers.ts'
import { createStreams } from './stream.ts'
import { createSurroundings } from './surroundings.ts'
import { isDirect, type SlackTarget, targetSchema } from './target.ts'

const bodySchema = z.object({ text: z.string(), linkPreviews: z.literal(true).optional() })
const postedSchema = z.object({ ts: z.string() })
/** Guests and bots have neither word. */
const accountSchema = z.object({
  user: z.object({ is_admin: z.boolean().default(false), is_owner: z.boolean().default(false) }),
})
const postedPrivatelySchema = z.object({ message_ts: z.string() })

/** Ephemeral messages and edits show none anyway. */
const unfurl = (previews: boolean) => ({ unfurl_links: previews, unfurl_media: previews })

/** What Slack gives no handle to: shown once, to change no more. */
const PRIVATE = 'private:'
const RESPONSE = 'response:'
const FILE = 'file:'
const GONE: ReadonlySet<string> = new Set(['platform_message_gone', 'attachment_gone'])

/** Slack shows one after another; English, since a status has no reader of its own. */
const STATUS_TEXTS = ['is thinking…', 'is still at it…', 'is writing…'] as const

/** `chat.postMessage`: one a second in a channel; `chat.update`: fifty a minute in a workspace (tier 3). */
const POST_PACE = { burst: 2, perSecond: 0.95 }
const UPDATE_PACE = { burst: 10, perSecond: 40 / 60 }

export function createSender(
  credentials: Credentials,
  log: Logger,
  budget: CallBudget = createCallBudget(),
): Sender {
  const { botTokens, apiUrl } = parseCredentials(credentials)
  const speakerFor = createSpeakers({ botTokens, apiUrl, log })
  const findPosted = createFindPosted(speakerFor)
  const streams = createStreams({ speakerFor, budget })
  const sessions = createSessions({ speakerFor, budget })
  const surroundings = createSurroundings(speakerFor)

  const postText = async (
    { team, channel, threadTs }: SlackTarget,
    body: Content,
    { key, final, content }: PostRequest,
    signal: AbortSignal,
  ): Promise<ExternalId> => {
    const { call } = await speakerFor(team, signal)
    const message = {
      channel,
      ...body,
      ...unfurl(content.kind === 'text' && bodySchema.parse(content.part.body).linkPreviews === true),
      ...metadataOf(key),
      ...threaded(threadTs),
    }
    const sent = await budget.call(
      [{ name: `post ${team}` }, { name: `post ${team} ${channel}`, pace: POST_PACE }],
      { urgency: final ? 'final' : 'passing', of: key },
      signal,
      () => call('chat.postMessage', signal, (client) => client.chat.postMessage(message)),
    )
    return externalId(postedSchema.parse(sent).ts)
  }

  const postPrivately = async (
    { team, channel, threadTs, user = '' }: SlackTarget,
    body: Content,
    signal: AbortSignal,
  ): Promise<ExternalId> => {
    const { call } = await speakerFor(team, signal)
    const message = { channel, user, ...body, ...threaded(threadTs) }
    const sent = await call('chat.postEphemeral', signal, (client) => client.chat.postEphemeral(message))
    return externalId(`${PRIVATE}${postedPrivatelySchema.parse(sent).message_ts}`)
  }

  const post = async (request: PostRequest, signal: AbortSignal): Promise<ExternalId> => {
    const { content, key } = request
    const target = targetSchema.parse(request.target)
    const { team, channel, threadTs } = target
    if (content.kind === 'file') {
      const { call } = await speakerFor(team, signal)
      const id = await upload({ file: content.file, channel, threadTs, apiUrl, call, signal })
      return externalId(`${FILE}${id}`)
    }
    const body = contentOf(content.part, content.controls)
    const answer = async (type: 'ephemeral' | 'in_channel'): Promise<ExternalId> => {
      await respond(target, { ...body, response_type: type }, apiUrl, signal)
      return externalId(`${RESPONSE}${key}`)
    }
    // A direct message is private already, and there an ordinary message stays.
    if (request.private && !isDirect(channel) && target.user !== undefined) {
      if (!canRespond(target, apiUrl)) return await postPrivately(target, body, signal)
      try {
        return await answer('ephemeral')
      } catch (error) {
        if (!isRefusal(error)) throw error
        return await postPrivately(target, body, signal)
      }
    }
    try {
      return await postText(target, body, request, signal)
    } catch (error) {
      // Commands can be given where the bot is no member; what it answers there can never be edited.
      const elsewhere = error instanceof HubError && error.code === 'platform_forbidden'
      if (!elsewhere || !(request.final || request.private) || !canRespond(target, apiUrl)) throw error
      return await answer(request.private ? 'ephemeral' : 'in_channel')
    }
  }

  return {
    capabilities: (target) => capabilities(targetSchema.parse(target).threadTs !== undefined),
    format,
    surroundings: (target, asked, signal) => surroundings(targetSchema.parse(target), asked, signal),
    findPosted: (target, key, signal) => findPosted(targetSchema.parse(target), key, signal),
    async administers(team, user, signal) {
      const { call } = await speakerFor(team, signal)
      const told = await call('users.info', signal, (client) => client.users.info({ user }))
      const { is_admin: isAdmin, is_owner: isOwner } = accountSchema.parse(told).user
      return isAdmin || isOwner
    },
    download: (reference, signal) => download({ reference, speakerFor, apiUrl, signal }),

    async post(request, signal) {
      return { externalId: await post(request, signal) }
    },

    async edit({ target, externalId: id, content, final }, signal) {
      if (!isMessage(id)) throw new HubError('platform_message_gone', 'Slack lets nobody edit this message')
      const parsed = targetSchema.parse(target)
      const { team, channel } = parsed
      const { call } = await speakerFor(team, signal)
      const body = { blocks: [], ...contentOf(content.part, content.controls) }
      if (streams.isLive(id)) await streams.stop(parsed, id, content.controls, signal)
      const update = () =>
        budget.call(
          [{ name: `update ${team}`, pace: UPDATE_PACE }],
          { urgency: final ? 'final' : 'passing', of: id },
          signal,
          () => call('chat.update', signal, (client) => client.chat.update({ channel, ts: id, ...body })),
        )
      try {
        await update()
      } catch (error) {
        if (!isStreamed(error)) throw error
        // Begun by a process that is gone.
        await streams.stop(parsed, id, content.controls, signal)
        await update()
      }
    },

    grow: ({ target, ...request }, signal) =>
      streams.grow(targetSchema.parse(target), { target, ...request }, signal),

    async remove(target, id, signal) {
      // What is private vanishes by itself.
      if (id.startsWith(PRIVATE)) return
      const parsed = targetSchema.parse(target)
      const { team, channel } = parsed
      const { call } = await speakerFor(team, signal)
      if (streams.isLive(id)) await streams.stop(parsed, id, [], signal)
      try {
        if (id.startsWith(FILE)) {
          const file = id.slice(FILE.length)
          await call('files.delete', signal, (client) => client.files.delete({ file }))
        } else if (isMessage(id)) {
          await call('chat.delete', signal, (client) => client.chat.delete({ channel, ts: id }))
        } else throw new HubError('platform_rejected', 'Slack gives no handle to remove this')
      } catch (error) {
        if (!(error instanceof HubError) || !GONE.has(error.code)) throw error
      }
    },

    async indicate(target, active, signal) {
      const { team, channel, threadTs } = targetSchema.parse(target)
      if (threadTs === undefined) return
      const { call } = await speakerFor(team, signal)
      const shown = active ? { status: STATUS_TEXTS[0], loading_messages: [...STATUS_TEXTS] } : { status: '' }
      await call('assistant.threads.setStatus', signal, (client) =>
        client.assistant.threads.setStatus({ channel_id: channel, thread_ts: threadTs, ...shown }),
      )
      await sessions.show({ team, channel, threadTs }, active, signal)
    },
  }
}

interface Content {
  readonly text: string
  readonly blocks?: ReturnType<typeof blocksOf>
}

function contentOf(part: FormattedPart, controls: readonly Control[]): Content {
  const { text } = bodySchema.parse(part.body)
  return controls.length === 0 ? { text } : { text, blocks: blocksOf(text, controls) }
}

function threaded(threadTs: string | undefined): { thread_ts?: string } {
  return threadTs === undefined ? {} : { thread_ts: threadTs }
}

function isMessage(id: string): boolean {
  return /^\d+\.\d+$/.test(id)
}

function isStreamed(error: unknown): boolean {
  return error instanceof HubError && error.code === 'platform_still_growing'
}

function isRefusal(error: unknown): boolean {
  return error instanceof HubError && error.code === 'platform_rejected'
}
