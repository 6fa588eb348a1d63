import {
  type APIAttachment,
  type APIMessage,
  type APIUser,
  type ChannelType,
  type GatewayMessageEventExtraFields,
  MessageFlags,
  MessageReferenceType,
  MessageType,
} from 'discord.js'
import { externalId } from '../../src/model/ids.ts'
import type {
  Addressed,
  ConversationHint,
  InboundAttachment,
  InboundDeletion,
  InboundEdit,
  InboundMessage,
  InboundPerson,
  InboundWorkspace,
  QuotedMessage,
} from '../../src/model/inbound.ts'
import { type ReadText, readText } from './mention-text.ts'
import { isThread, type Surroundings } from './surroundings.ts'

/** All direct messages of a connection. */
export const DIRECT_WORKSPACE: InboundWorkspace = {
  externalId: externalId('direct'),
  name: 'Direct messages',
}

/** A message of the gateway, or of the history with its guild added. */
export type SaidMessage = Omit<APIMessage, 'mentions'> & Partial<GatewayMessageEventExtraFields>

/** Only people's own messages: no bots, no webhooks, none of Discord's announcements. */
function isByPerson(message: SaidMessage): boolean {
  return (
    message.author !== undefined &&
    message.author.bot !== true &&
    message.author.system !== true &&
    message.webhook_id === undefined &&
    (message.type === MessageType.Default || message.type === MessageType.Reply)
  )
}

/** undefined: nothing for the hub. */
export function decodeMessage(message: SaidMessage, around: Surroundings): InboundMessage | undefined {
  if (!isByPerson(message)) return undefined
  const said = saidIn(message, around)
  const { text, attachments, addressed: how } = said
  if (text === '' && attachments.length === 0 && (how === 'none' || how === 'direct')) return undefined
  return { kind: 'message', ...said, eventId: message.id, at: new Date(message.timestamp) }
}

function saidIn(message: SaidMessage, around: Surroundings): Omit<InboundMessage, 'kind' | 'eventId' | 'at'> {
  const read = textOf(message, around)
  const attachments = attachmentsOf(message)
  const replyTo = repliedTo(message)
  const { guild_id: guildId, channel_id: channelId } = message
  const conversation = conversationOf(guildId, channelId, around, message.channel_type, replyTo)
  const { parentId } = around.channel(channelId) ?? {}
  return {
    ...base(message, around),
    messageId: externalId(message.id),
    text: read.text,
    addressed: addressed(message, read, around),
    conversation,
    attachments,
    target: {
      channel: externalId(channelId),
      ...(guildId === undefined ? {} : { replyTo: message.id, self: around.botId }),
      ...(conversation.kind === 'keyed' && guildId !== undefined
        ? { thread: true, ...(parentId === undefined ? {} : { parent: parentId }) }
        : {}),
    },
    ...(replyTo === undefined ? {} : { replyTo: externalId(replyTo) }),
    ...(replyTo === undefined || !message.referenced_message
      ? {}
      : { quoted: quotedOf(message.referenced_message, around, guildId) }),
  }
}

/** A message that another one, or a command, is about. Discord tells its guild only with what is about it. */
export function quotedOf(
  message: APIMessage,
  around: Surroundings,
  guildId: string | undefined,
): QuotedMessage {
  const said: SaidMessage = { ...message, ...(guildId === undefined ? {} : { guild_id: guildId }) }
  const by = message.author.id === around.botId ? 'you' : personOf(message.author).name
  return { text: textOf(said, around).text, by, attachments: attachmentsOf(said) }
}

/**
 * Updates also tell of previews and threads: only a new edit time is an edit. Nobody can make a message empty: where
 * it seems so, the bot may not read it any more, since it no longer mentions the bot.
 */
export function decodeEdit(message: SaidMessage, around: Surroundings): InboundEdit | undefined {
  if (!message.edited_timestamp || !isByPerson(message)) return undefined
  if (!message.content && (message.attachments ?? []).length === 0) return undefined
  return {
    kind: 'edit',
    ...saidIn(message, around),
    eventId: `${message.id}:${message.edited_timestamp}`,
    at: new Date(message.edited_timestamp),
    saidAt: new Date(message.timestamp),
  }
}

/** Discord does not say who deleted, nor whose message it was. */
export function decodeDeletion(
  deleted: { readonly id: string; readonly channel_id: string; readonly guild_id?: string },
  author: InboundPerson | undefined,
  around: Surroundings,
): InboundDeletion {
  return {
    kind: 'deletion',
    connectionId: around.connectionId,
    ...placeOf(deleted.guild_id, deleted.channel_id, around, author?.name),
    person: author ?? { externalId: externalId('unknown'), name: 'unknown' },
    eventId: `${deleted.id}:deleted`,
    at: new Date(),
    messageId: externalId(deleted.id),
  }
}

export function personOf(user: APIUser, nick?: string | null): InboundPerson {
  return { externalId: externalId(user.id), name: nick ?? user.global_name ?? user.username }
}

export function placeOf(
  guildId: string | undefined,
  channelId: string,
  around: Surroundings,
  personName: string | undefined,
) {
  if (guildId === undefined) {
    return {
      workspace: DIRECT_WORKSPACE,
      channel: {
        externalId: externalId(channelId),
        kind: 'direct' as const,
        ...(personName === undefined ? {} : { name: personName }),
      },
    }
  }
  const guildName = around.guildName(guildId)
  const { name: channelName, parentId } = around.channel(channelId) ?? {}
  return {
    workspace: { externalId: externalId(guildId), ...(guildName === undefined ? {} : { name: guildName }) },
    channel: {
      externalId: externalId(channelId),
      kind: 'group' as const,
      ...(channelName === undefined ? {} : { name: channelName }),
      ...(parentId === undefined ? {} : { within: externalId(parentId) }),
    },
  }
}

export function conversationOf(
  guildId: string | undefined,
  channelId: string,
  around: Surroundings,
  told: ChannelType | undefined,
  replyTo: string | undefined,
): ConversationHint {
  if (guildId === undefined) return { kind: 'keyed', key: 'direct', opens: false }
  if (isThread(told ?? around.channel(channelId)?.type)) return { kind: 'keyed', key: 'thread', opens: false }
  return { kind: 'reply-chain', ...(replyTo === undefined ? {} : { replyTo: externalId(replyTo) }) }
}

function base(message: SaidMessage, around: Surroundings) {
  const person = personOf(message.author, message.member?.nick)
  return {
    connectionId: around.connectionId,
    ...placeOf(message.guild_id, message.channel_id, around, person.name),
    person,
  }
}

function textOf(message: SaidMessage, around: Surroundings): ReadText {
  const people = new Map(
    (message.mentions ?? []).map((user) => [user.id, personOf(user, user.member?.nick).name]),
  )
  const forwarded = (message.message_snapshots ?? []).map((snapshot) => snapshot.message.content)
  const content = [message.content ?? '', ...forwarded].filter((text) => text !== '').join('\n\n')
  return readText({ content, guildId: message.guild_id, people }, around)
}

function repliedTo({ type, message_reference: reference }: SaidMessage): string | undefined {
  if (type !== MessageType.Reply || reference?.type === MessageReferenceType.Forward) return undefined
  return reference?.message_id
}

function addressed(message: SaidMessage, read: ReadText, around: Surroundings): Addressed {
  if (message.guild_id === undefined) return 'direct'
  if (read.named) return 'mention'
  if (message.referenced_message?.author.id === around.botId && repliedTo(message) !== undefined)
    return 'reply'
  // A reply that notifies the bot, to a message that is gone.
  return (message.mentions ?? []).some(({ id }) => id === around.botId) ? 'mention' : 'none'
}

function attachmentsOf(message: SaidMessage): InboundAttachment[] {
  const isVoice = ((message.flags ?? 0) & MessageFlags.IsVoiceMessage) !== 0
  const forwarded = (message.message_snapshots ?? []).flatMap((snapshot) => snapshot.message.attachments)
  const files = [...(message.attachments ?? []), ...forwarded]
  return files.map((file) => attachmentOf(file, message.channel_id, message.id, isVoice))
}

/** `messageId` is absent for a file that was given to a command. */
export function attachmentOf(
  file: APIAttachment,
  channelId: string,
  messageId?: string,
  isVoice = false,
): InboundAttachment {
  return {
    kind: isVoice ? 'voice' : kindOf(file.content_type),
    externalId: externalId(file.id),
    name: file.filename,
    sizeBytes: file.size,
    // The link expires; with the rest the sender asks for a new one.
    reference: {
      url: file.url,
      channelId,
      ...(messageId === undefined ? {} : { messageId }),
      attachmentId: file.id,
    },
    ...(file.content_type === undefined ? {} : { mimeType: file.content_type }),
    ...(file.duration_secs === undefined ? {} : { durationMs: Math.round(file.duration_secs * 1000) }),
  }
}

function kindOf(contentType: APIAttachment['content_type']): InboundAttachment['kind'] {
  const family = contentType?.split('/')[0]
  return family === 'audio' || family === 'image' || family === 'video' ? family : 'file'
}
