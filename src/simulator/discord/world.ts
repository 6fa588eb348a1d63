import type { DiscordAttachment } from './attachment.ts'
import type { JsonObject } from './json.ts'
import type { Media } from './media.ts'

export interface DiscordUser {
  readonly id: string
  readonly username: string
  readonly globalName: string
  readonly bot: boolean
  readonly locale: string
  /** False: the app's direct messages to this person are refused with 50007. */
  acceptsDms: boolean
}

export interface DiscordRole {
  readonly id: string
  readonly name: string
  readonly mentionable: boolean
  readonly managed: boolean
  permissions: bigint
}

export interface DiscordMember {
  readonly user: DiscordUser
  readonly roles: string[]
  readonly joinedAt: number
  nick: string | null
}

export interface DiscordGuild {
  readonly id: string
  readonly ownerId: string
  readonly locale: string
  /** By id; the @everyone role has the guild's id. */
  readonly roles: Map<string, DiscordRole>
  /** By user id. The app is gone from here after it was removed. */
  readonly members: Map<string, DiscordMember>
  /** Text channels and threads, in the order of creation. */
  readonly channels: DiscordChannel[]
  name: string
}

export const channelType = { text: 0, dm: 1, publicThread: 11, privateThread: 12 } as const
export type ChannelType = (typeof channelType)[keyof typeof channelType]

export interface DiscordChannel {
  readonly id: string
  readonly type: ChannelType
  /** Absent in direct messages. */
  readonly guildId: string | undefined
  /** The channel a thread hangs in. */
  readonly parentId: string | undefined
  /** The other side of a direct message. */
  readonly recipient: DiscordUser | undefined
  readonly ownerId: string | undefined
  /** Oldest first, deleted ones included; bounded by the emulator's `historyLimit`. */
  readonly messages: DiscordMessage[]
  name: string
  deniedToBot: bigint
  archived: boolean
  locked: boolean
}

export interface MessageRevision {
  readonly at: number
  readonly content: string
  /** What this revision alone would have pinged. */
  readonly pings: readonly string[]
}

export interface MessageInteraction {
  readonly id: string
  /** 2 command, 3 component, 5 modal submission. */
  readonly type: number
  readonly user: DiscordUser
  readonly name: string
  readonly commandType: number | undefined
  readonly originalResponseMessageId: string | undefined
  readonly interactedMessageId: string | undefined
}

export interface DiscordMessage {
  readonly id: string
  readonly channelId: string
  readonly guildId: string | undefined
  readonly author: DiscordUser
  readonly createdAt: number
  readonly type: number
  readonly nonce: string | number | undefined
  /** The reply's or thread starter's target. */
  readonly reference: { readonly channelId: string; readonly messageId: string } | undefined
  /** Set on what an interaction produced. */
  readonly interaction: MessageInteraction | undefined
  /** The only person who sees this message. */
  readonly ephemeralFor: string | undefined
  /** Emoji to the ids of those who reacted. */
  readonly reactions: Map<string, Set<string>>
  /** Every text it had, the first included; the middle is dropped past 1000. */
  readonly revisions: MessageRevision[]
  content: string
  embeds: readonly JsonObject[]
  components: readonly JsonObject[]
  attachments: readonly DiscordAttachment[]
  flags: number
  editedAt: number | undefined
  deletedAt: number | undefined
  mentions: readonly string[]
  mentionRoles: readonly string[]
  mentionEveryone: boolean
  /**
   * Everything that any revision pinged, as written: `@everyone`, `@here`, `<@user>`, `<@&role>`.
   * A reply that notifies the author it answers counts as `<@author>`.
   */
  pings: readonly string[]
  threadId: string | undefined
}

export interface RegisteredCommand {
  readonly id: string
  readonly version: string
  /** Absent for a global command. */
  readonly guildId: string | undefined
  /** 1 slash, 2 user, 3 message. */
  readonly type: number
  readonly name: string
  readonly description: string
  readonly options: readonly JsonObject[]
  /** Bits as a decimal string; null lets everyone use it. */
  readonly defaultMemberPermissions: string | null
  readonly contexts: readonly number[] | null
  /** As the app sent it. */
  readonly definition: JsonObject
}

export type InteractionState = 'waiting' | 'deferred' | 'answered' | 'modal' | 'choices'

export interface DiscordInteraction {
  readonly id: string
  readonly token: string
  /** 2 command, 3 component, 4 autocomplete, 5 modal submission. */
  readonly type: number
  readonly person: DiscordUser
  readonly channelId: string
  readonly guildId: string | undefined
  readonly createdAt: number
  /** Command name (with subcommands) or custom id. */
  readonly name: string
  readonly sourceMessageId: string | undefined
  readonly commandType: number | undefined
  state: InteractionState
  /** The callback type the app answered with, and when. */
  callbackType: number | undefined
  answeredAt: number | undefined
  /** What `@original` means. */
  originalMessageId: string | undefined
  followUpIds: string[]
  choices: readonly JsonObject[] | undefined
  modal: DiscordModal | undefined
}

export interface ModalField {
  readonly customId: string
  readonly label: string
  readonly type: number
  readonly required: boolean
  readonly minLength: number
  readonly maxLength: number
  readonly value: string
  readonly placeholder: string
}

export interface DiscordModal {
  readonly id: string
  readonly interactionId: string
  readonly person: DiscordUser
  readonly channelId: string
  readonly customId: string
  readonly title: string
  readonly components: readonly JsonObject[]
  readonly fields: readonly ModalField[]
  readonly openedAt: number
  submittedAt: number | undefined
}

export interface TypingEntry {
  readonly channelId: string
  readonly userId: string
  readonly at: number
}

export interface Change {
  readonly kind: 'message' | 'channel' | 'guild' | 'typing' | 'commands' | 'interaction' | 'modal' | 'gateway'
  readonly id: string
}

/** One event for the gateway, before a session's intents are applied. */
export interface OutgoingEvent {
  readonly type: string
  readonly guildId: string | undefined
  /** The intent bit it needs; 0 reaches every session. */
  readonly intent: number
  readonly data: JsonObject
  /** What sessions without the message content intent get instead. */
  readonly dataWithoutContent?: JsonObject
}

export interface World {
  readonly applicationId: string
  readonly bot: DiscordUser
  readonly users: Map<string, DiscordUser>
  readonly guilds: Map<string, DiscordGuild>
  /** Every channel and thread, direct messages included. */
  readonly channels: Map<string, DiscordChannel>
  readonly messages: Map<string, DiscordMessage>
  readonly commands: Map<string, RegisteredCommand>
  /** Files given to commands, which belong to no message. */
  readonly picked: Map<string, DiscordAttachment>
  readonly interactions: Map<string, DiscordInteraction>
  readonly modals: DiscordModal[]
  readonly typing: TypingEntry[]
  readonly media: Media
  /** Whether the app may read what people write without mentioning it (the portal's switch). */
  readonly readsContent: boolean
  readonly historyLimit: number
  now(): number
  nextId(): string
  emit(event: OutgoingEvent): void
  changed(change: Change): void
}

const logLimit = 10_000

/** Drops the oldest entries of a log past its bound. */
export function boundLog(log: unknown[]): void {
  if (log.length > logLimit) log.splice(0, log.length - logLimit)
}

/** Drops the oldest entry of a map past its bound. */
export function boundMap<Value>(map: Map<string, Value>): void {
  if (map.size <= logLimit) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}

export function requireChannel(world: World, id: string): DiscordChannel {
  const channel = world.channels.get(id)
  if (!channel) throw new Error(`no channel ${id}`)
  return channel
}
