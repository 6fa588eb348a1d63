import type {
  DiscordAttachment,
  DiscordChannel,
  DiscordEmulator,
  DiscordInteraction,
  DiscordMessage,
  DiscordModal,
  DiscordUser,
  RegisteredCommand,
} from '../discord/index.ts'
import type { PaneAction } from './action.ts'
import { commandOptions } from './discord-command-line.ts'
import { discordForm } from './discord-form.ts'
import { BOT_KEY, CAST, found, type Pane, SHOWN_MESSAGES, withMentions } from './pane.ts'
import type { BusySight, FileSight, MessageSight } from './sight.ts'

const LOADING = 1 << 7
const TYPING_LIFE_MS = 10_000
const ANSWER_WITHIN_MS = 3_000
/** How long the page keeps saying that a command got no answer. */
const FAILURE_SHOWN_MS = 60_000
const PUBLIC_THREAD = 11
const PRIVATE_THREAD = 12

export function createDiscordPane(discord: DiscordEmulator): Pane {
  const people = new Map<string, DiscordUser>()
  for (const { key, name } of CAST) people.set(key, discord.addPerson({ name }))
  const [owner] = people.values()
  const guild = discord.addGuild({ name: 'Acme', ...(owner ? { owner } : {}) })
  for (const one of people.values()) if (one !== owner) discord.join(guild, one)
  const general = discord.addTextChannel(guild, { name: 'general' })
  if (owner) discord.addThread(general, owner, { name: 'Weekend plans' })
  const direct = new Map([...people].map(([key, one]) => [discord.dm(one).id, key]))

  const person = (key: string): DiscordUser => found(people.get(key), 'this person')
  const keyOf = (userId: string): string =>
    userId === discord.botUserId ? BOT_KEY : ([...people].find(([, { id }]) => id === userId)?.[0] ?? userId)
  const shown = (): DiscordChannel[] =>
    [...discord.channels.values()].filter((one) => one.guildId === guild.id || direct.has(one.id))
  const channelOf = (id: string): DiscordChannel => found(discord.channels.get(id), 'this channel')
  const messageOf = (id: string): DiscordMessage => found(discord.messages.get(id), 'this message')
  const replyTo = (id: string | undefined) => (id === undefined ? {} : { replyTo: messageOf(id) })
  const written = [discord.bot, ...people.values()].map((user) => [user.globalName, `<@${user.id}>`] as const)
  const typed = (text: string): string => withMentions(text, written)
  const names = Object.fromEntries(
    [discord.bot, ...people.values()].map((user) => [user.id, user.globalName]),
  )

  const sightOf = (message: DiscordMessage): MessageSight => {
    const isWaiting = (message.flags & LOADING) !== 0
    const { interaction } = message
    return {
      id: message.id,
      channelId: message.channelId,
      author: { key: keyOf(message.author.id), name: message.author.globalName },
      at: message.createdAt,
      isEdited: message.editedAt !== undefined,
      isLive: isWaiting,
      onlyFor: message.ephemeralFor === undefined ? undefined : keyOf(message.ephemeralFor),
      replyTo: interaction ? undefined : message.reference?.messageId,
      threadChannel: message.threadId,
      source: message.author.bot ? undefined : sourceOf(message.content, names),
      lead:
        interaction?.type === 2 ? `${interaction.user.globalName} used ${leadOf(interaction)}` : undefined,
      body: isWaiting
        ? { kind: 'waiting', text: `${message.author.globalName} is thinking…`, failed: false }
        : {
            kind: 'discord',
            content: message.content,
            embeds: message.embeds,
            components: message.components,
            names,
          },
      files: message.attachments.map(fileSight),
      reactions: [...message.reactions].map(([emoji, users]) => ({ emoji, by: [...users].map(keyOf) })),
    }
  }

  /** What the person's client shows where the app has not answered an interaction. */
  const unanswered = (interaction: DiscordInteraction): MessageSight[] => {
    const age = Date.now() - interaction.createdAt
    if (interaction.state !== 'waiting' || interaction.type === 4 || age > FAILURE_SHOWN_MS) return []
    const failed = age > ANSWER_WITHIN_MS
    return [
      {
        id: `interaction-${interaction.id}`,
        channelId: interaction.channelId,
        author: { key: BOT_KEY, name: discord.bot.globalName },
        at: interaction.createdAt,
        isEdited: false,
        isLive: !failed,
        onlyFor: keyOf(interaction.person.id),
        lead: interaction.type === 2 ? `You used ${leadOf(interaction)}` : undefined,
        body: {
          kind: 'waiting',
          text: failed ? 'The application did not respond' : 'Sending command…',
          failed,
        },
        files: [],
        reactions: [],
      },
    ]
  }

  const busyIn = (channel: DiscordChannel): BusySight[] => {
    const last = discord.typing.findLast((entry) => entry.channelId === channel.id)
    if (!last || Date.now() - last.at > TYPING_LIFE_MS || last.userId !== discord.botUserId) return []
    const answered = channel.messages.some(({ author, createdAt }) => author.bot && createdAt >= last.at)
    return answered ? [] : [{ name: discord.bot.globalName, text: 'is typing' }]
  }

  const commandsOf = (type: number): RegisteredCommand[] => {
    const offered = [...discord.commands.values()].filter(
      (one) => one.type === type && (one.guildId === undefined || one.guildId === guild.id),
    )
    return [...new Map(offered.map((one) => [one.name, one])).values()]
  }

  const say = (action: Extract<PaneAction, { do: 'say' }>): void => {
    const channel = channelOf(action.channel)
    const command = /^\/([\w-]+)(?:\s+([\s\S]*))?$/.exec(action.text.trim())
    if (!command) {
      discord.say(channel, person(action.person), { content: typed(action.text), ...replyTo(action.replyTo) })
      return
    }
    const [, name = '', rest = ''] = command
    const registered = commandsOf(1).find((one) => one.name === name)
    if (!registered) throw new Error(`The bot has registered no command /${name} here.`)
    const options = commandOptions(registered.options, rest.trim())
    discord.slashCommand(channel, person(action.person), { name, options })
  }

  const modalOf = (id: string): DiscordModal =>
    found(
      discord.modals.find((modal) => modal.id === id),
      'this dialog',
    )
  const closed = new Set<string>()
  const listeners = new Set<() => void>()

  return {
    platform: 'discord',
    sight: () => ({
      place: guild.name,
      bot: { key: BOT_KEY, name: discord.bot.globalName },
      mention: `@${discord.bot.globalName} `,
      isConnected: [...discord.gateway.sessions.values()].some(({ socket }) => socket !== undefined),
      channels: shown().map((channel) => ({
        id: channel.id,
        name: direct.has(channel.id) ? discord.bot.globalName : channel.name,
        kind: direct.has(channel.id) ? 'direct' : isThread(channel) ? 'thread' : 'channel',
        parentId: channel.parentId,
        members: [BOT_KEY, ...(direct.has(channel.id) ? [direct.get(channel.id) ?? ''] : people.keys())],
        busy: busyIn(channel),
      })),
      commands: commandsOf(1).map(({ name, description }) => ({ name: `/${name}`, description })),
      messageCommands: commandsOf(3).map(({ name }) => name),
      forms: discord.modals
        .filter((modal) => modal.submittedAt === undefined && !closed.has(modal.id))
        .map((modal) => discordForm(modal, keyOf(modal.person.id))),
      notices: [],
    }),
    messages: () => [
      ...shown().flatMap((channel) =>
        channel.messages
          .filter(({ deletedAt }) => deletedAt === undefined)
          .slice(-SHOWN_MESSAGES)
          .map(sightOf),
      ),
      ...[...discord.interactions.values()].slice(-20).flatMap(unanswered),
    ],
    file(id) {
      const data = discord.readAttachment(id)
      const known = [...discord.messages.values()]
        .flatMap(({ attachments }) => attachments)
        .find((attachment) => attachment.id === id)
      return data && known ? { name: known.filename, mimetype: known.contentType, data } : undefined
    },
    async perform(action) {
      const by = person(action.person)
      switch (action.do) {
        case 'say':
          say(action)
          return undefined
        case 'attach':
          discord.say(channelOf(action.channel), by, {
            content: typed(action.text),
            attachments: [{ name: action.name, contentType: action.mimetype, data: action.data }],
            ...replyTo(action.replyTo),
          })
          return undefined
        case 'voice':
          discord.voiceMessage(channelOf(action.channel), by, {
            data: action.data,
            durationSeconds: action.durationMs / 1000,
          })
          return undefined
        case 'edit':
          discord.edit(owned(messageOf(action.message), by), typed(action.text))
          return undefined
        case 'delete':
          discord.delete(owned(messageOf(action.message), by))
          return undefined
        case 'react': {
          const message = messageOf(action.message)
          if (message.reactions.get(action.emoji)?.has(by.id)) discord.unreact(message, by, action.emoji)
          else discord.react(message, by, action.emoji)
          return undefined
        }
        case 'press':
          if (action.value === undefined) discord.pressButton(messageOf(action.message), action.control, by)
          else discord.select(messageOf(action.message), action.control, [action.value], by)
          return undefined
        case 'messageCommand':
          discord.messageCommand(action.name, messageOf(action.message), by)
          return undefined
        case 'openThread': {
          const from = messageOf(action.message)
          discord.addThread(channelOf(from.channelId), by, { name: action.name, from })
          return undefined
        }
        case 'submitForm':
          discord.submitModal(modalOf(action.form), action.values)
          return undefined
        case 'closeForm':
          closed.add(modalOf(action.form).id)
          for (const listener of listeners) listener()
          return undefined
      }
    },
    onChange(listener) {
      listeners.add(listener)
      const stop = discord.onChange(listener)
      return () => {
        listeners.delete(listener)
        stop()
      }
    },
  }
}

const isThread = ({ type }: DiscordChannel): boolean => type === PUBLIC_THREAD || type === PRIVATE_THREAD

function leadOf({ name, commandType }: { name: string; commandType: number | undefined }): string {
  return commandType === 1 ? `/${name}` : name
}

function owned(message: DiscordMessage, by: DiscordUser): DiscordMessage {
  if (message.author.id !== by.id) throw new Error('only who wrote a message may change it')
  return message
}

function sourceOf(content: string, names: Readonly<Record<string, string>>): string {
  return content.replace(/<@!?(\d+)>/g, (_, id: string) => `@${names[id] ?? id}`)
}

function fileSight(attachment: DiscordAttachment): FileSight {
  const { contentType } = attachment
  const isVoice = attachment.waveform !== undefined
  return {
    id: attachment.id,
    name: attachment.filename,
    mimetype: contentType,
    bytes: attachment.size,
    kind: isVoice ? 'voice' : contentType.startsWith('image/') ? 'image' : 'file',
    seconds: attachment.durationSeconds,
  }
}
