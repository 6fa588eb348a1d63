import {
  type APIActionRowComponent,
  type APIButtonComponentWithCustomId,
  ButtonStyle,
  ComponentType,
  MessageFlags,
  type RawFile,
  Routes,
} from 'discord.js'
import { z } from 'zod'
import { createCallBudget } from '../../src/core/call-budget.ts'
import { externalId } from '../../src/model/ids.ts'
import type { Control, OutboundContent } from '../../src/model/outbound.ts'
import type { Bucket, CallBudget } from '../../src/ports/call-budget.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'
import type { Sender } from '../../src/ports/sender.ts'
import { createAdministers } from './administers.ts'
import { capabilities } from './capabilities.ts'
import { parseCredentials } from './credentials.ts'
import { createDownload } from './download.ts'
import { readEarlier } from './earlier.ts'
import { format } from './encode.ts'
import { discordCode } from './errors.ts'
import { createInteractionReplies } from './interaction-replies.ts'
import { createRest } from './rest.ts'
import { liveInteraction, type Payload, sentMessage, targetSchema } from './wire.ts'

const bodySchema = z.object({ content: z.string(), linkPreviews: z.literal(true).optional() })
const MAX_BUTTON_LABEL_LENGTH = 80
const BUTTONS_IN_ROW = 5
/** Neither names in the text nor the reply itself notify anybody; edits are parsed anew and need it too. */
const NO_PINGS = { parse: [], replied_user: false }

export function createSender(
  credentials: Credentials,
  _log: Logger,
  budget: CallBudget = createCallBudget(),
): Sender {
  const { token, apiUrl } = parseCredentials(credentials)
  const rest = createRest(token, apiUrl)
  const replies = createInteractionReplies(rest)

  const postToChannel: Sender['post'] = async ({ target, content, key, final }, signal) => {
    const { channel, replyTo } = targetSchema.parse(target)
    const { body, files } = payloadOf(content)
    const message = { ...body, nonce: key, enforce_nonce: true }
    const send = (reference: object) =>
      budget.call(bucketsOf('post', channel), { urgency: final ? 'final' : 'passing', of: key }, signal, () =>
        rest.call('POST', Routes.channelMessages(channel), {
          body: { ...message, ...reference },
          files,
          signal,
        }),
      )
    if (replyTo === undefined) return sent(await send({}))
    try {
      const reference = { message_id: replyTo, fail_if_not_exists: false }
      return sent(await send({ message_reference: reference }))
    } catch (error) {
      // Where the bot may not read the history it may still write.
      if (!rest.refusedWith(error, discordCode.noHistoryToReply, discordCode.missingPermissions)) throw error
      return sent(await send({}))
    }
  }

  return {
    capabilities: (target) => capabilities(liveInteraction(target) !== undefined),
    format,
    administers: createAdministers(rest),

    async post(request, signal) {
      const { target, content } = request
      const interaction = liveInteraction(target)
      if (interaction) {
        const id = await replies.post(interaction, payloadOf(content), request.private, signal)
        if (id !== undefined) return { externalId: externalId(id) }
      }
      return await postToChannel(request, signal)
    },

    async edit({ target, externalId: id, content, final }, signal) {
      const { body } = payloadOf(content)
      const interaction = liveInteraction(target)
      if (interaction && (await replies.edit(interaction, id, body, signal))) return
      const { channel } = targetSchema.parse(target)
      await budget.call(
        bucketsOf('edit', channel),
        { urgency: final ? 'final' : 'passing', of: id },
        signal,
        () => rest.call('PATCH', Routes.channelMessage(channel, id), { body, signal }),
      )
    },

    async remove(target, id, signal) {
      const interaction = liveInteraction(target)
      if (interaction && (await replies.remove(interaction, id, signal))) return
      const { channel } = targetSchema.parse(target)
      try {
        await rest.call('DELETE', Routes.channelMessage(channel, id), { signal })
      } catch (error) {
        if (!rest.refusedWith(error, discordCode.unknownMessage)) throw error
      }
    },

    async indicate(target, active, signal) {
      // An interaction shows by itself that work goes on.
      if (!active || liveInteraction(target)) return
      const { channel } = targetSchema.parse(target)
      await rest.call('POST', Routes.channelTyping(channel), { signal })
    },

    surroundings: (target, asked, signal) => readEarlier(rest, target, asked, signal),

    download: createDownload(rest, apiUrl),
  }
}

/**
 * This process learns from the headers how much of a bucket is left, and other processes from what is refused:
 * five of a kind in five seconds a channel, fifty calls a second over all.
 */
function bucketsOf(kind: 'post' | 'edit', channel: string): [Bucket, Bucket] {
  return [
    { name: `${kind} ${channel}`, pace: { burst: 5, perSecond: 0.95 } },
    { name: 'bot', pace: { burst: 20, perSecond: 45 } },
  ]
}

function sent(answer: unknown) {
  return { externalId: externalId(sentMessage.parse(answer).id) }
}

function payloadOf(content: OutboundContent): Payload {
  if (content.kind === 'file') {
    const { name, mimeType, data } = content.file
    const file: RawFile = { name, data, contentType: mimeType }
    return { body: { allowed_mentions: NO_PINGS }, files: [file] }
  }
  const { content: text, linkPreviews } = bodySchema.parse(content.part.body)
  return {
    body: {
      content: text,
      allowed_mentions: NO_PINGS,
      flags: linkPreviews ? 0 : MessageFlags.SuppressEmbeds,
      components: buttons(content.controls),
    },
    files: [],
  }
}

/** A message takes five rows of five buttons; an edit without any takes them away. */
function buttons(controls: readonly Control[]): APIActionRowComponent<APIButtonComponentWithCustomId>[] {
  const rows = Math.min(BUTTONS_IN_ROW, Math.ceil(controls.length / BUTTONS_IN_ROW))
  return Array.from({ length: rows }, (_, row) => ({
    type: ComponentType.ActionRow,
    components: controls.slice(row * BUTTONS_IN_ROW, (row + 1) * BUTTONS_IN_ROW).map(({ id, label }) => ({
      type: ComponentType.Button,
      style: ButtonStyle.Secondary,
      custom_id: id,
      label: label.slice(0, MAX_BUTTON_LABEL_LENGTH),
    })),
  }))
}
