import type { DiscordAttachment } from './attachment.ts'
import { messageFlag } from './forms/message-form.ts'
import { type JsonObject, toJson } from './json.ts'
import { timestamp } from './timestamp.ts'
import { memberJson, threadJson, userJson } from './wire-guild.ts'
import type { DiscordMessage, MessageInteraction, World } from './world.ts'
import { requireChannel } from './world.ts'

export interface MessageView {
  /** The nonce is told to the sender and on the gateway, and lost afterwards. */
  readonly nonce?: boolean
  /** False leaves out what apps without the message content intent do not get. */
  readonly content?: boolean
  /** The message it refers to, one level deep. Default true. */
  readonly reference?: boolean
}

/** A message as the API shows it. Attachment links are signed anew each time. */
export function messageJson(world: World, message: DiscordMessage, view: MessageView = {}): JsonObject {
  const visible = view.content !== false
  const { interaction, reference } = message
  return {
    id: message.id,
    channel_id: message.channelId,
    type: message.type,
    author: userJson(message.author),
    content: visible ? message.content : '',
    embeds: visible ? message.embeds : [],
    components: visible ? message.components : [],
    attachments: visible
      ? message.attachments.map((one) => attachmentJson(world, message.channelId, one, message.flags))
      : [],
    timestamp: timestamp(message.createdAt),
    edited_timestamp: message.editedAt === undefined ? null : timestamp(message.editedAt),
    flags: message.flags,
    mentions: message.mentions.flatMap((id) => {
      const user = world.users.get(id)
      if (!user) return []
      const member =
        message.guildId === undefined ? undefined : world.guilds.get(message.guildId)?.members.get(id)
      return [{ ...userJson(user), member: member && memberJson(member, false) }]
    }),
    mention_roles: message.mentionRoles,
    mention_everyone: message.mentionEveryone,
    pinned: false,
    tts: false,
    ...(view.nonce && message.nonce !== undefined ? { nonce: message.nonce } : {}),
    ...(message.reactions.size > 0 ? { reactions: reactionsJson(world, message) } : {}),
    ...(reference
      ? {
          message_reference: {
            type: 0,
            channel_id: reference.channelId,
            message_id: reference.messageId,
            guild_id: message.guildId,
          },
        }
      : {}),
    ...(reference && view.reference !== false
      ? { referenced_message: referencedJson(world, reference.messageId, view) }
      : {}),
    ...(message.threadId === undefined
      ? {}
      : { thread: threadJson(world, requireChannel(world, message.threadId)) }),
    ...(interaction
      ? {
          application_id: world.applicationId,
          webhook_id: world.applicationId,
          interaction_metadata: interactionMetadataJson(interaction, message.guildId),
        }
      : {}),
  }
}

/** Whether the app gets the content without the message content intent. */
export function isContentExempt(world: World, message: DiscordMessage): boolean {
  return (
    message.guildId === undefined ||
    message.author.id === world.bot.id ||
    message.mentions.includes(world.bot.id)
  )
}

export function attachmentJson(
  world: World,
  channelId: string,
  attachment: DiscordAttachment,
  messageFlags: number,
): JsonObject {
  const url = world.media.link(channelId, attachment)
  return {
    id: attachment.id,
    filename: attachment.filename,
    size: attachment.size,
    url,
    proxy_url: url,
    content_type: attachment.contentType,
    ...(attachment.description === undefined ? {} : { description: attachment.description }),
    ...(attachment.durationSeconds === undefined ? {} : { duration_secs: attachment.durationSeconds }),
    ...(attachment.waveform === undefined ? {} : { waveform: attachment.waveform }),
    ...(messageFlags & messageFlag.ephemeral ? { ephemeral: true } : {}),
  }
}

function referencedJson(world: World, id: string, view: MessageView): JsonObject | null {
  const message = world.messages.get(id)
  if (!message || message.deletedAt !== undefined) return null
  const content = view.content !== false || isContentExempt(world, message)
  return messageJson(world, message, { reference: false, content })
}

function reactionsJson(world: World, message: DiscordMessage) {
  return [...message.reactions].map(([name, users]) => ({
    emoji: { id: null, name },
    count: users.size,
    count_details: { burst: 0, normal: users.size },
    burst_colors: [],
    me: users.has(world.bot.id),
    me_burst: false,
    burst_me: false,
    burst_count: 0,
  }))
}

function interactionMetadataJson(interaction: MessageInteraction, guildId: string | undefined) {
  return toJson({
    id: interaction.id,
    type: interaction.type,
    user: userJson(interaction.user),
    authorizing_integration_owners: { '0': guildId ?? '0' },
    original_response_message_id: interaction.originalResponseMessageId,
    interacted_message_id: interaction.interactedMessageId,
    ...(interaction.type === 2 ? { name: interaction.name, command_type: interaction.commandType } : {}),
  })
}
