import { emitChannel, openDirectMessages, openTextChannel, openThread, removeChannel } from './channels.ts'
import { messageFlag } from './forms/message-form.ts'
import { autocomplete, messageCommand, slashCommand, useComponent } from './invocations.ts'
import {
  addReaction,
  amendMessage,
  createMessage,
  deleteMessage,
  refreshMessage,
  removeReaction,
} from './message-log.ts'
import { submitModal } from './modals.ts'
import { canSee, everyonePermissions } from './permissions.ts'
import { storeAttachment } from './uploads.ts'
import { guildCreateJson } from './wire-guild.ts'
import {
  boundLog,
  type DiscordChannel,
  type DiscordGuild,
  type DiscordMessage,
  type DiscordRole,
  type DiscordUser,
  requireChannel,
  type World,
} from './world.ts'

export interface OutgoingFile {
  readonly name: string
  readonly contentType: string
  readonly data: Buffer
}

export interface Saying {
  readonly content?: string
  readonly replyTo?: DiscordMessage
  /** Whether the reply notifies the author it answers. Default true, as in the client. */
  readonly notifyReplied?: boolean
  readonly attachments?: readonly OutgoingFile[]
}

/** What the people of the emulated Discord can do. Acts their client would not allow throw. */
export type People = ReturnType<typeof createPeople>

export function createPeople(world: World) {
  const addPerson = (about: { name: string; locale?: string; bot?: boolean }): DiscordUser => {
    const user: DiscordUser = {
      id: world.nextId(),
      username: about.name.toLowerCase().replace(/[^a-z0-9_.]+/g, '_'),
      globalName: about.name,
      bot: about.bot ?? false,
      locale: about.locale ?? 'en-US',
      acceptsDms: true,
    }
    world.users.set(user.id, user)
    return user
  }

  const announce = (guild: DiscordGuild): void => {
    world.emit({ type: 'GUILD_CREATE', guildId: guild.id, intent: 1, data: guildCreateJson(world, guild) })
    world.changed({ kind: 'guild', id: guild.id })
  }

  const join = (guild: DiscordGuild, user: DiscordUser, roles: readonly DiscordRole[] = []): void => {
    guild.members.set(user.id, { user, roles: roles.map(({ id }) => id), joinedAt: world.now(), nick: null })
    if (user === world.bot) announce(guild)
    else world.changed({ kind: 'guild', id: guild.id })
  }

  const speak = (channel: DiscordChannel, person: DiscordUser, saying: Saying, flags = 0): DiscordMessage => {
    requireInside(channel, person)
    const content = (saying.content ?? '').trim()
    // The client's own limit; Nitro doubles it.
    if ([...content].length > 4000) throw new Error('a person can write at most 4000 characters')
    if (content === '' && !saying.attachments?.length) throw new Error('nothing to say')
    return createMessage(world, channel, {
      author: person,
      content,
      flags,
      attachments: (saying.attachments ?? []).map((file) => storeAttachment(world, file)),
      repliedTo: saying.replyTo,
      allowedMentions:
        saying.notifyReplied === false
          ? { parse: ['users', 'roles', 'everyone'], replied_user: false }
          : undefined,
    })
  }

  const requireInside = (channel: DiscordChannel, person: DiscordUser): void => {
    if (!world.channels.has(channel.id)) throw new Error(`channel ${channel.name} is gone`)
    if (!canSee(world, channel, person)) throw new Error(`${person.username} is not in ${channel.name}`)
  }

  const requireOwn = (message: DiscordMessage, person: DiscordUser): void => {
    if (message.deletedAt !== undefined) throw new Error(`message ${message.id} is deleted`)
    if (message.author.id !== person.id)
      throw new Error(`${person.username} did not write message ${message.id}`)
  }

  return {
    addPerson,
    /** A guild with the app in it, unless `withBot` is false; its owner is made where none is given. */
    addGuild(about: { name: string; owner?: DiscordUser; withBot?: boolean; locale?: string }): DiscordGuild {
      const id = world.nextId()
      const owner = about.owner ?? addPerson({ name: `${about.name} owner` })
      const everyone: DiscordRole = {
        id,
        name: '@everyone',
        permissions: everyonePermissions,
        mentionable: false,
        managed: false,
      }
      const guild: DiscordGuild = {
        id,
        name: about.name,
        ownerId: owner.id,
        locale: about.locale ?? 'en-US',
        roles: new Map([[id, everyone]]),
        members: new Map(),
        channels: [],
      }
      world.guilds.set(id, guild)
      join(guild, owner)
      if (about.withBot !== false) join(guild, world.bot)
      return guild
    },
    addRole(
      guild: DiscordGuild,
      about: { name: string; permissions?: bigint; mentionable?: boolean },
    ): DiscordRole {
      const role = {
        id: world.nextId(),
        name: about.name,
        permissions: about.permissions ?? 0n,
        mentionable: about.mentionable ?? false,
        managed: false,
      }
      guild.roles.set(role.id, role)
      return role
    },
    /** Also how the app is added to a guild later: with the emulator's `bot`. */
    join,
    /** Takes the app out of a guild: its calls there are refused with 50001. */
    removeBot(guild: DiscordGuild): void {
      if (!guild.members.has(world.bot.id)) return
      world.emit({ type: 'GUILD_DELETE', guildId: guild.id, intent: 1, data: { id: guild.id } })
      guild.members.delete(world.bot.id)
      world.changed({ kind: 'guild', id: guild.id })
    },
    addTextChannel: (guild: DiscordGuild, about: { name: string }): DiscordChannel =>
      openTextChannel(world, guild.id, about.name),
    addThread: (
      channel: DiscordChannel,
      person: DiscordUser,
      about: { name: string; from?: DiscordMessage; isPrivate?: boolean },
    ): DiscordChannel =>
      openThread(world, channel, {
        name: about.name,
        owner: person,
        ...(about.from ? { starter: about.from } : {}),
        ...(about.isPrivate ? { isPrivate: true } : {}),
      }),
    /** The direct message channel of a person and the app. */
    dm: (person: DiscordUser): DiscordChannel => openDirectMessages(world, person),
    renameChannel(channel: DiscordChannel, name: string): void {
      channel.name = name
      emitChannel(world, channel.parentId === undefined ? 'CHANNEL_UPDATE' : 'THREAD_UPDATE', channel)
    },
    deleteChannel: (channel: DiscordChannel): void => removeChannel(world, channel),
    /** Locking keeps the app from waking the thread by writing (50083). */
    archiveThread(thread: DiscordChannel, about: { locked?: boolean } = {}): void {
      thread.archived = true
      thread.locked = about.locked ?? false
      emitChannel(world, 'THREAD_UPDATE', thread)
    },
    /** Denies the app permissions in a channel; 0n gives all back. */
    denyBot(channel: DiscordChannel, permissions: bigint): void {
      channel.deniedToBot = permissions
      emitChannel(world, 'CHANNEL_UPDATE', channel)
    },

    say: (channel: DiscordChannel, person: DiscordUser, saying: Saying | string): DiscordMessage =>
      speak(channel, person, typeof saying === 'string' ? { content: saying } : saying),
    /** OGG Opus, as the mobile clients record it. */
    voiceMessage(
      channel: DiscordChannel,
      person: DiscordUser,
      voice: { data: Buffer; durationSeconds: number; waveform?: string },
    ): DiscordMessage {
      requireInside(channel, person)
      const file = { name: 'voice-message.ogg', contentType: 'audio/ogg', data: voice.data }
      const waveform = voice.waveform ?? Buffer.alloc(64, 128).toString('base64')
      return createMessage(world, channel, {
        author: person,
        content: '',
        flags: messageFlag.voiceMessage,
        attachments: [storeAttachment(world, file, { durationSeconds: voice.durationSeconds, waveform })],
      })
    },
    edit(message: DiscordMessage, content: string): void {
      requireOwn(message, message.author)
      amendMessage(world, message, { content: content.trim() })
    },
    /** A link's preview appears: a change that nobody edited. */
    preview(message: DiscordMessage, url: string): void {
      message.embeds = [{ type: 'link', url, title: 'A page' }]
      refreshMessage(world, message)
    },
    delete: (message: DiscordMessage): void => deleteMessage(world, message),
    react(message: DiscordMessage, person: DiscordUser, emoji: string): void {
      requireInside(requireChannel(world, message.channelId), person)
      addReaction(world, message, person, emoji)
    },
    unreact: (message: DiscordMessage, person: DiscordUser, emoji: string): void =>
      removeReaction(world, message, person, emoji),
    startTyping(channel: DiscordChannel, person: DiscordUser): void {
      requireInside(channel, person)
      const at = world.now()
      world.typing.push({ channelId: channel.id, userId: person.id, at })
      boundLog(world.typing)
      world.emit({
        type: 'TYPING_START',
        guildId: channel.guildId,
        intent: channel.guildId === undefined ? 1 << 14 : 1 << 11,
        data: {
          channel_id: channel.id,
          guild_id: channel.guildId,
          user_id: person.id,
          timestamp: Math.floor(at / 1000),
        },
      })
      world.changed({ kind: 'typing', id: channel.id })
    },

    slashCommand: bound(slashCommand),
    autocomplete: bound(autocomplete),
    messageCommand: bound(messageCommand),
    pressButton: (message: DiscordMessage, customId: string, person: DiscordUser) =>
      useComponent(world, message, customId, person),
    select: (message: DiscordMessage, customId: string, values: readonly string[], person: DiscordUser) =>
      useComponent(world, message, customId, person, values),
    /** Values by custom id; a field not named keeps what the app prefilled. */
    submitModal: bound(submitModal),
  }

  function bound<Args extends unknown[], Result>(act: (world: World, ...args: Args) => Result) {
    return (...args: Args): Result => act(world, ...args)
  }
}
