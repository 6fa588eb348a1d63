import { ChannelType, type Client } from 'discord.js'
import type { ConnectionId } from '../../src/model/ids.ts'

export interface KnownChannel {
  readonly type: ChannelType
  readonly name?: string
  /** Of a thread: the channel it is in. */
  readonly parentId?: string
}

/** What decoding needs to know about the place around an event. */
export interface Surroundings {
  readonly connectionId: ConnectionId
  readonly applicationId: string
  readonly botId: string
  guildName(guildId: string): string | undefined
  channel(channelId: string): KnownChannel | undefined
  roleName(guildId: string, roleId: string): string | undefined
  /** The role that Discord made for the bot; people mention it instead of the bot. */
  ownRole(guildId: string): string | undefined
}

export function isThread(type: ChannelType | undefined): boolean {
  return (
    type === ChannelType.AnnouncementThread ||
    type === ChannelType.PublicThread ||
    type === ChannelType.PrivateThread
  )
}

/** Reads the SDK's own cache of guilds, channels and roles. */
export function surroundingsOf(
  client: Client,
  self: Pick<Surroundings, 'connectionId' | 'applicationId' | 'botId'>,
): Surroundings {
  return {
    ...self,
    guildName: (guildId) => client.guilds.cache.get(guildId)?.name,
    channel(channelId) {
      const channel = client.channels.cache.get(channelId)
      if (!channel) return undefined
      const name = 'name' in channel ? channel.name : null
      const parentId = channel.isThread() ? channel.parentId : null
      return {
        type: channel.type,
        ...(name === null ? {} : { name }),
        ...(parentId === null ? {} : { parentId }),
      }
    },
    roleName: (guildId, roleId) => client.guilds.cache.get(guildId)?.roles.cache.get(roleId)?.name,
    ownRole: (guildId) =>
      client.guilds.cache.get(guildId)?.roles.cache.find(({ tags }) => tags?.botId === self.botId)?.id,
  }
}
