import type { DiscordChannel, DiscordGuild, DiscordUser, World } from './world.ts'

export const permission = {
  administrator: 1n << 3n,
  manageGuild: 1n << 5n,
  addReactions: 1n << 6n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  manageMessages: 1n << 13n,
  embedLinks: 1n << 14n,
  attachFiles: 1n << 15n,
  readMessageHistory: 1n << 16n,
  mentionEveryone: 1n << 17n,
  manageThreads: 1n << 34n,
  createPublicThreads: 1n << 35n,
  createPrivateThreads: 1n << 36n,
  sendMessagesInThreads: 1n << 38n,
} as const

const allPermissions = (1n << 52n) - 1n

/** What a new guild's @everyone role may do; pinging everyone is on by default there. */
export const everyonePermissions =
  permission.addReactions |
  permission.viewChannel |
  permission.sendMessages |
  permission.embedLinks |
  permission.attachFiles |
  permission.readMessageHistory |
  permission.mentionEveryone |
  permission.createPublicThreads |
  permission.sendMessagesInThreads

export function guildPermissions(guild: DiscordGuild, userId: string): bigint {
  if (guild.ownerId === userId) return allPermissions
  const member = guild.members.get(userId)
  if (!member) return 0n
  let bits = guild.roles.get(guild.id)?.permissions ?? 0n
  for (const roleId of member.roles) bits |= guild.roles.get(roleId)?.permissions ?? 0n
  return bits & permission.administrator ? allPermissions : bits
}

/** The app's own permissions in a channel; a thread follows its parent. Direct messages allow all but moderation. */
export function botPermissions(world: World, channel: DiscordChannel): bigint {
  if (channel.guildId === undefined) return everyonePermissions & ~permission.createPublicThreads
  const guild = world.guilds.get(channel.guildId)
  if (!guild?.members.has(world.bot.id)) return 0n
  const bits = guildPermissions(guild, world.bot.id)
  if (bits === allPermissions) return bits
  const parent = channel.parentId === undefined ? undefined : world.channels.get(channel.parentId)
  return bits & ~channel.deniedToBot & ~(parent?.deniedToBot ?? 0n)
}

/** Whether a person can see the channel: a member of its guild, or its recipient. */
export function canSee(world: World, channel: DiscordChannel, person: DiscordUser): boolean {
  if (channel.guildId === undefined) return channel.recipient?.id === person.id
  return world.guilds.get(channel.guildId)?.members.has(person.id) ?? false
}
