import type { DiscordAttachment } from './attachment.ts'
import type { AllowedMentions } from './forms/message-form.ts'
import type { JsonObject } from './json.ts'
import { findMentions, mentioningText } from './mentions.ts'
import { invokingMemberJson, memberJson } from './wire-guild.ts'
import { isContentExempt, messageJson } from './wire-message.ts'
import type {
  DiscordChannel,
  DiscordMessage,
  DiscordUser,
  MessageInteraction,
  MessageRevision,
  World,
} from './world.ts'
import { requireChannel } from './world.ts'

const revisionLimit = 1000

export interface Draft {
  readonly author: DiscordUser
  readonly content: string
  readonly type?: number
  readonly flags?: number
  readonly embeds?: readonly JsonObject[]
  readonly components?: readonly JsonObject[]
  readonly attachments?: readonly DiscordAttachment[]
  readonly nonce?: string | number | undefined
  readonly repliedTo?: DiscordMessage | undefined
  readonly allowedMentions?: AllowedMentions | null | undefined
  readonly interaction?: MessageInteraction
  readonly ephemeralFor?: string | undefined
}

export interface Amendment {
  readonly content?: string
  readonly flags?: number
  readonly embeds?: readonly JsonObject[]
  readonly components?: readonly JsonObject[]
  readonly attachments?: readonly DiscordAttachment[]
  readonly allowedMentions?: AllowedMentions | null | undefined
  /** Filling a deferred answer is no edit to whoever reads it. */
  readonly isFirstText?: boolean
}

export function createMessage(world: World, channel: DiscordChannel, draft: Draft): DiscordMessage {
  const { author, content, repliedTo } = draft
  const components = draft.components ?? []
  const found = findMentions(world, channel, {
    author,
    text: mentioningText(content, components),
    allowed: draft.allowedMentions,
    repliedTo,
  })
  // Nobody but its reader sees an ephemeral message, so it notifies nobody.
  const pings = draft.ephemeralFor === undefined ? found.pings : []
  const createdAt = world.now()
  const message: DiscordMessage = {
    id: world.nextId(),
    channelId: channel.id,
    guildId: channel.guildId,
    author,
    createdAt,
    type: draft.type ?? (repliedTo ? 19 : 0),
    nonce: draft.nonce,
    reference: repliedTo && { channelId: repliedTo.channelId, messageId: repliedTo.id },
    interaction: draft.interaction,
    ephemeralFor: draft.ephemeralFor,
    reactions: new Map(),
    revisions: [{ at: createdAt, content, pings }],
    content,
    embeds: draft.embeds ?? [],
    components,
    attachments: draft.attachments ?? [],
    flags: draft.flags ?? 0,
    editedAt: undefined,
    deletedAt: undefined,
    mentions: found.users,
    mentionRoles: found.roles,
    mentionEveryone: found.everyone,
    pings,
    threadId: undefined,
  }
  channel.messages.push(message)
  world.messages.set(message.id, message)
  if (channel.messages.length > world.historyLimit) {
    const dropped = channel.messages.shift()
    if (dropped) world.messages.delete(dropped.id)
  }
  if (channel.archived && !channel.locked) channel.archived = false
  emitMessage(world, message, 'MESSAGE_CREATE')
  return message
}

export function amendMessage(world: World, message: DiscordMessage, amendment: Amendment): void {
  const channel = requireChannel(world, message.channelId)
  const at = world.now()
  if (amendment.flags !== undefined) message.flags = amendment.flags
  if (amendment.embeds) message.embeds = amendment.embeds
  if (amendment.attachments) message.attachments = amendment.attachments
  if (amendment.components) message.components = amendment.components
  if (amendment.content !== undefined || amendment.components) {
    message.content = amendment.content ?? message.content
    reparse(world, channel, message, amendment.allowedMentions, at)
  }
  if (!amendment.isFirstText) message.editedAt = at
  emitMessage(world, message, 'MESSAGE_UPDATE')
}

/** Says again what the message is, without an edit: Discord does so for embeds and threads. */
export function refreshMessage(world: World, message: DiscordMessage): void {
  emitMessage(world, message, 'MESSAGE_UPDATE')
}

export function deleteMessage(world: World, message: DiscordMessage): void {
  if (message.deletedAt !== undefined) return
  message.deletedAt = world.now()
  if (message.ephemeralFor === undefined)
    world.emit({
      type: 'MESSAGE_DELETE',
      guildId: message.guildId,
      intent: message.guildId === undefined ? 1 << 12 : 1 << 9,
      data: { id: message.id, channel_id: message.channelId, guild_id: message.guildId },
    })
  world.changed({ kind: 'message', id: message.id })
}

export function addReaction(world: World, message: DiscordMessage, user: DiscordUser, emoji: string): void {
  const users = message.reactions.get(emoji) ?? new Set<string>()
  if (users.has(user.id)) return
  users.add(user.id)
  message.reactions.set(emoji, users)
  emitReaction(world, message, user, emoji, 'MESSAGE_REACTION_ADD')
}

export function removeReaction(
  world: World,
  message: DiscordMessage,
  user: DiscordUser,
  emoji: string,
): void {
  const users = message.reactions.get(emoji)
  if (!users?.delete(user.id)) return
  if (users.size === 0) message.reactions.delete(emoji)
  emitReaction(world, message, user, emoji, 'MESSAGE_REACTION_REMOVE')
}

function reparse(
  world: World,
  channel: DiscordChannel,
  message: DiscordMessage,
  allowed: AllowedMentions | null | undefined,
  at: number,
): void {
  const found = findMentions(world, channel, {
    author: message.author,
    text: mentioningText(message.content, message.components),
    allowed,
    repliedTo:
      message.type === 19 && message.reference ? world.messages.get(message.reference.messageId) : undefined,
  })
  message.mentions = found.users
  message.mentionRoles = found.roles
  message.mentionEveryone = found.everyone
  const pings = message.ephemeralFor === undefined ? found.pings : []
  message.pings = [...new Set([...message.pings, ...pings])]
  const revision: MessageRevision = { at, content: message.content, pings }
  if (message.revisions.length >= revisionLimit) message.revisions.splice(revisionLimit / 2, 1)
  message.revisions.push(revision)
}

function emitMessage(world: World, message: DiscordMessage, type: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE'): void {
  // The gateway never carries ephemeral messages.
  if (message.ephemeralFor === undefined) {
    const guild = message.guildId === undefined ? undefined : world.guilds.get(message.guildId)
    const member = guild?.members.get(message.author.id)
    const around: JsonObject = guild
      ? {
          guild_id: guild.id,
          channel_type: requireChannel(world, message.channelId).type,
          member: member && memberJson(member, false),
        }
      : { channel_type: 1 }
    const nonce = type === 'MESSAGE_CREATE'
    const exempt = isContentExempt(world, message)
    world.emit({
      type,
      guildId: message.guildId,
      intent: guild ? 1 << 9 : 1 << 12,
      data: { ...messageJson(world, message, { nonce }), ...around },
      dataWithoutContent: { ...messageJson(world, message, { nonce, content: exempt }), ...around },
    })
  }
  world.changed({ kind: 'message', id: message.id })
}

function emitReaction(
  world: World,
  message: DiscordMessage,
  user: DiscordUser,
  emoji: string,
  type: string,
): void {
  const guild = message.guildId === undefined ? undefined : world.guilds.get(message.guildId)
  const member = guild?.members.get(user.id)
  world.emit({
    type,
    guildId: message.guildId,
    intent: guild ? 1 << 10 : 1 << 13,
    data: {
      user_id: user.id,
      message_id: message.id,
      channel_id: message.channelId,
      guild_id: message.guildId,
      emoji: { id: null, name: emoji },
      burst: false,
      type: 0,
      ...(type === 'MESSAGE_REACTION_ADD'
        ? {
            message_author_id: message.author.id,
            member: guild && member && invokingMemberJson(guild, member),
          }
        : {}),
    },
  })
  world.changed({ kind: 'message', id: message.id })
}

/** Whether an amended message would show nothing at all. */
export function isEmpty(message: {
  readonly content: string
  readonly embeds: readonly unknown[]
  readonly attachments: readonly unknown[]
  readonly components: readonly unknown[]
}): boolean {
  return (
    message.content === '' &&
    message.embeds.length === 0 &&
    message.attachments.length === 0 &&
    message.components.length === 0
  )
}
