import type { JsonObject } from './json.ts'
import { guildPermissions } from './permissions.ts'
import { timestamp } from './timestamp.ts'
import {
  channelType,
  type DiscordChannel,
  type DiscordGuild,
  type DiscordMember,
  type DiscordRole,
  type DiscordUser,
  type RegisteredCommand,
  type World,
} from './world.ts'

export function userJson(user: DiscordUser): JsonObject {
  return {
    id: user.id,
    username: user.username,
    global_name: user.globalName,
    discriminator: user.bot ? '0001' : '0',
    avatar: null,
    public_flags: 0,
    flags: 0,
    primary_guild: null,
    ...(user.bot ? { bot: true } : {}),
  }
}

export function memberJson(member: DiscordMember, withUser = true): JsonObject {
  return {
    ...(withUser ? { user: userJson(member.user) } : {}),
    nick: member.nick,
    avatar: null,
    banner: null,
    roles: member.roles,
    joined_at: timestamp(member.joinedAt),
    premium_since: null,
    communication_disabled_until: null,
    deaf: false,
    mute: false,
    flags: 0,
    pending: false,
  }
}

/** A member as interactions carry it: with what they may do in the channel. */
export function invokingMemberJson(guild: DiscordGuild, member: DiscordMember): JsonObject {
  return { ...memberJson(member), permissions: guildPermissions(guild, member.user.id).toString() }
}

function roleJson(role: DiscordRole, position: number): JsonObject {
  return {
    id: role.id,
    name: role.name,
    permissions: role.permissions.toString(),
    mentionable: role.mentionable,
    managed: role.managed,
    position,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    flags: 0,
  }
}

export function rolesJson(guild: DiscordGuild): JsonObject[] {
  return [...guild.roles.values()].map(roleJson)
}

export function channelJson(world: World, channel: DiscordChannel): JsonObject {
  if (channel.type === channelType.dm)
    return {
      id: channel.id,
      type: channel.type,
      flags: 0,
      last_message_id: channel.messages.at(-1)?.id ?? null,
      recipients: channel.recipient ? [userJson(channel.recipient)] : [],
    }
  if (channel.type !== channelType.text) return threadJson(world, channel)
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId,
    name: channel.name,
    topic: null,
    nsfw: false,
    position: 0,
    flags: 0,
    parent_id: null,
    rate_limit_per_user: 0,
    last_message_id: channel.messages.at(-1)?.id ?? null,
    permission_overwrites:
      channel.deniedToBot === 0n
        ? []
        : [{ id: world.bot.id, type: 1, allow: '0', deny: channel.deniedToBot.toString() }],
  }
}

export function threadJson(world: World, thread: DiscordChannel): JsonObject {
  const count = thread.messages.filter(({ deletedAt }) => deletedAt === undefined).length
  return {
    id: thread.id,
    type: thread.type,
    guild_id: thread.guildId,
    parent_id: thread.parentId,
    owner_id: thread.ownerId,
    name: thread.name,
    flags: 0,
    last_message_id: thread.messages.at(-1)?.id ?? null,
    message_count: count,
    total_message_sent: thread.messages.length,
    member_count: 1,
    rate_limit_per_user: 0,
    thread_metadata: {
      archived: thread.archived,
      archive_timestamp: timestamp(world.now()),
      auto_archive_duration: 1440,
      locked: thread.locked,
      create_timestamp: timestamp(world.now()),
    },
  }
}

export function guildJson(guild: DiscordGuild): JsonObject {
  return {
    id: guild.id,
    name: guild.name,
    owner_id: guild.ownerId,
    preferred_locale: guild.locale,
    roles: rolesJson(guild),
    icon: null,
    splash: null,
    discovery_splash: null,
    description: null,
    banner: null,
    home_header: null,
    vanity_url_code: null,
    application_id: null,
    afk_channel_id: null,
    afk_timeout: 300,
    system_channel_id: null,
    system_channel_flags: 0,
    rules_channel_id: null,
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    widget_enabled: false,
    widget_channel_id: null,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    nsfw_level: 0,
    nsfw: false,
    premium_tier: 0,
    premium_subscription_count: 0,
    premium_progress_bar_enabled: false,
    max_members: 500_000,
    max_presences: null,
    max_video_channel_users: 25,
    max_stage_video_channel_users: 50,
    region: 'deprecated',
    features: [],
    emojis: [],
    stickers: [],
    incidents_data: null,
  }
}

/** GUILD_CREATE's data. Without the members intent only the app's own member is listed. */
export function guildCreateJson(world: World, guild: DiscordGuild): JsonObject {
  const own = guild.members.get(world.bot.id)
  const isThread = ({ type }: DiscordChannel): boolean => type !== channelType.text
  return {
    ...guildJson(guild),
    unavailable: false,
    large: false,
    member_count: guild.members.size,
    joined_at: timestamp(own?.joinedAt ?? world.now()),
    members: own ? [memberJson(own)] : [],
    channels: guild.channels
      .filter((channel) => !isThread(channel))
      .map((channel) => channelJson(world, channel)),
    threads: guild.channels
      .filter((channel) => isThread(channel) && !channel.archived)
      .map((thread) => threadJson(world, thread)),
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  }
}

export function commandJson(world: World, command: RegisteredCommand): JsonObject {
  return {
    ...command.definition,
    id: command.id,
    application_id: world.applicationId,
    version: command.version,
    type: command.type,
    name: command.name,
    description: command.description,
    default_member_permissions: command.defaultMemberPermissions,
    dm_permission: command.definition.dm_permission ?? true,
    contexts: command.contexts,
    integration_types: command.definition.integration_types ?? [0],
    nsfw: command.definition.nsfw ?? false,
    ...(command.guildId === undefined ? {} : { guild_id: command.guildId }),
  }
}
