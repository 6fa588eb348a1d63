import { messageFlag } from './forms/message-form.ts'
import type { JsonObject } from './json.ts'
import { refreshMessage } from './message-log.ts'
import { channelJson } from './wire-guild.ts'
import {
  type ChannelType,
  channelType,
  type DiscordChannel,
  type DiscordMessage,
  type DiscordUser,
  type World,
} from './world.ts'

/** The one direct message channel of the app and a person, made on first use. */
export function openDirectMessages(world: World, person: DiscordUser): DiscordChannel {
  for (const channel of world.channels.values()) if (channel.recipient?.id === person.id) return channel
  return addChannel(world, { type: channelType.dm, name: person.globalName, recipient: person })
}

export function openTextChannel(world: World, guildId: string, name: string): DiscordChannel {
  const channel = addChannel(world, { type: channelType.text, name, guildId })
  emitChannel(world, 'CHANNEL_CREATE', channel)
  return channel
}

/** A thread made from a message has that message's id. */
export function openThread(
  world: World,
  parent: DiscordChannel,
  about: {
    readonly name: string
    readonly owner: DiscordUser
    readonly starter?: DiscordMessage
    readonly isPrivate?: boolean
  },
): DiscordChannel {
  const { starter } = about
  const thread = addChannel(world, {
    type: about.isPrivate ? channelType.privateThread : channelType.publicThread,
    name: about.name,
    guildId: parent.guildId,
    parentId: parent.id,
    ownerId: about.owner.id,
    id: starter?.id,
  })
  emitChannel(world, 'THREAD_CREATE', thread, { newly_created: true })
  if (starter) {
    starter.threadId = thread.id
    starter.flags |= messageFlag.hasThread
    refreshMessage(world, starter)
  }
  return thread
}

export function removeChannel(world: World, channel: DiscordChannel): void {
  world.channels.delete(channel.id)
  const guild = channel.guildId === undefined ? undefined : world.guilds.get(channel.guildId)
  const index = guild?.channels.indexOf(channel) ?? -1
  if (index >= 0) guild?.channels.splice(index, 1)
  for (const { id } of channel.messages) world.messages.delete(id)
  emitChannel(world, channel.parentId === undefined ? 'CHANNEL_DELETE' : 'THREAD_DELETE', channel)
}

export function emitChannel(
  world: World,
  type: string,
  channel: DiscordChannel,
  extra: JsonObject = {},
): void {
  if (channel.guildId !== undefined)
    world.emit({
      type,
      guildId: channel.guildId,
      intent: 1,
      data: { ...channelJson(world, channel), ...extra },
    })
  world.changed({ kind: 'channel', id: channel.id })
}

function addChannel(
  world: World,
  about: {
    readonly type: ChannelType
    readonly name: string
    readonly guildId?: string | undefined
    readonly parentId?: string
    readonly recipient?: DiscordUser
    readonly ownerId?: string
    readonly id?: string | undefined
  },
): DiscordChannel {
  const channel: DiscordChannel = {
    id: about.id ?? world.nextId(),
    type: about.type,
    guildId: about.guildId,
    parentId: about.parentId,
    recipient: about.recipient,
    ownerId: about.ownerId,
    messages: [],
    name: about.name,
    deniedToBot: 0n,
    archived: false,
    locked: false,
  }
  world.channels.set(channel.id, channel)
  if (about.guildId !== undefined) world.guilds.get(about.guildId)?.channels.push(channel)
  return channel
}
