import {
  type DiscordChannel,
  type DiscordEmulatorOptions,
  type DiscordMessage,
  type DiscordUser,
  startDiscordEmulator,
} from '../../../src/simulator/discord/index.ts'
import { type Chat, labelled, type Talk } from './chat.ts'

export async function startDiscordChat(options: DiscordEmulatorOptions = {}): Promise<Chat> {
  const discord = await startDiscordEmulator(options)
  let made = 0
  const newPerson = (bot = false) => {
    made += 1
    return discord.addPerson({ name: `ana${made}`, bot })
  }
  const owner = newPerson()
  const guild = discord.addGuild({ name: 'Team', owner })
  const pings: string[] = []

  const talkIn = (channel: DiscordChannel, person: DiscordUser, direct: boolean): Talk => {
    const said = (id: string): DiscordMessage => {
      const found = discord.messages.get(id)
      if (!found) throw new Error(`no message ${id}`)
      return found
    }
    const speaker = (by: string | undefined) => {
      if (by === undefined || by === 'person') return person
      const other = newPerson(by === 'other-bot')
      discord.join(guild, other)
      return other
    }
    return {
      say: (text, { mention = false, by } = {}) =>
        discord.say(channel, speaker(by), mention ? `<@${discord.botUserId}> ${text}` : text).id,
      goOn: (_question, answer, text) =>
        discord.say(channel, person, direct ? text : { content: text, replyTo: said(answer.id) }).id,
      discuss([root = '', ...more]) {
        const other = speaker('other-person')
        const thread = discord.addThread(channel, other, {
          name: 'discussion',
          from: discord.say(channel, other, root),
        })
        for (const text of more) discord.say(thread, other, text)
        return (text) => discord.say(thread, person, `<@${discord.botUserId}> ${text}`).id
      },
      voice: (data, seconds) => discord.voiceMessage(channel, person, { data, durationSeconds: seconds }).id,
      attach: ({ name, mimeType, data }, text) =>
        discord.say(channel, person, { content: text, attachments: [{ name, contentType: mimeType, data }] })
          .id,
      redeliver: () => {
        const event = discord.lastEvent('MESSAGE_CREATE')
        if (event) discord.redeliver(event)
      },
      press(answer, label, by) {
        const presser = speaker(by)
        const { id } = labelled(buttonsOf(said(answer.id)), label)
        const interaction = discord.pressButton(said(answer.id), id, presser)
        return {
          acknowledged: () => interaction.state !== 'waiting',
          told: () =>
            channel.messages.find(
              (message) => message.ephemeralFor === presser.id && message.interaction?.id === interaction.id,
            )?.content,
        }
      },
      edit: (id, text, { mention = false } = {}) =>
        void discord.edit(said(id), mention ? `<@${discord.botUserId}> ${text}` : text),
      touch: (id) => discord.preview(said(id), 'https://example.org'),
      takeBack: (id) => discord.delete(said(id)),
      answers: () => {
        const seen = channel.messages.filter(
          (message) =>
            message.author.id === discord.botUserId &&
            message.deletedAt === undefined &&
            (message.ephemeralFor === undefined || message.ephemeralFor === person.id),
        )
        for (const message of seen) pings.push(...message.pings)
        return seen.map((message) => ({
          id: message.id,
          text: message.content,
          edits: message.revisions.length - 1,
          isFile: message.attachments.length > 0,
          buttons: buttonsOf(message).map(({ label }) => label),
        }))
      },
      belongsTo: (question, answer) => direct || said(answer.id).reference?.messageId === question,
    }
  }

  return {
    platform: 'discord',
    environment: {
      DISCORD_TOKEN: discord.token,
      DISCORD_APPLICATION_ID: discord.applicationId,
      DISCORD_API_URL: discord.apiUrl,
    },
    faults: discord.faults,
    commandPrefix: '/',
    group() {
      const person = newPerson()
      discord.join(guild, person)
      return talkIn(discord.addTextChannel(guild, { name: `team-${made}` }), person, false)
    },
    direct() {
      const person = newPerson()
      discord.join(guild, person)
      return talkIn(discord.dm(person), person, true)
    },
    pings: () => pings,
    cut: () => discord.cutGateway(),
    onRequest: discord.onRequest,
    onChange: discord.onChange,
    close: () => discord.close(),
  }
}

function buttonsOf({ components }: DiscordMessage): { id: string; label: string }[] {
  return components.flatMap((row) =>
    (Array.isArray(row.components) ? row.components : []).map((button: Record<string, unknown>) => ({
      id: String(button.custom_id),
      label: String(button.label),
    })),
  )
}
