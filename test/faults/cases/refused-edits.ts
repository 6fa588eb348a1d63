import type { FaultCase } from '../case.ts'
import { pause } from '../crowd.ts'
import { discordPart, matrixPart, slackPart, telegramPart } from '../parts.ts'
import { type Setting, withParts } from '../with-parts.ts'

/** Half a minute of an answer, of which a moment later a few words show. */
const GROWING = { tokens: Array.from({ length: 40 }, (_, n) => `w${n} `), tokensPerSecond: 8 }

/** No turn is left open, and calls about the refused place come to an end. */
async function comesToRest({ stage, expect, faults }: Setting, calls: () => number): Promise<void> {
  await expect('no turn left open', async () => (await openTurns(stage)) === 0, 40_000)
  const before = calls()
  await pause(4_000)
  const more = calls() - before
  if (more > 2) faults.push(`${more} calls in 4 s after the end`)
}

async function openTurns({ query }: Setting['stage']): Promise<number> {
  const [row] = await query<{ count: number }>(
    "select count(*)::int as count from turns where state in ('ready', 'working')",
  )
  return row?.count ?? 0
}
/** What an answer grows in is taken away from under it. */
export const refusedEdits: readonly FaultCase[] = [
  {
    numbers: [44],
    name: 'Telegram: message deleted, bot blocked, bot kicked while it answers',
    run: (settings) =>
      withParts(
        settings,
        async () => [await telegramPart()] as const,
        async (setting, { telegram }) => {
          const { stage, faults, expect } = setting
          stage.model.script({ times: 3, ...GROWING })
          let edits = 0
          telegram.onRequest(({ path }) => {
            if (/sendMessage|editMessageText/.test(path)) edits += 1
          })
          const [ana, rui, eva] = ['Ana', 'Rui', 'Eva'].map((firstName) =>
            telegram.createPerson({ firstName }),
          )
          if (!ana || !rui || !eva) return {}
          const [deleted, blocked] = [telegram.privateChat(ana), telegram.privateChat(rui)]
          const group = telegram.createGroup({ title: 'Team', creator: eva })
          telegram.say(deleted, ana, 'hello')
          telegram.say(blocked, rui, 'hello')
          telegram.say(group, eva, `@${telegram.bot.username} hello`)
          const answers = [deleted, blocked, group].map(
            (chat) => () => chat.messages.find(({ from }) => from.id === telegram.bot.id),
          )
          await expect('three answers begin', () =>
            answers.every((answer) => /w\d/.test(answer()?.text ?? '')),
          )
          const gone = answers[0]?.()
          if (gone) telegram.deleteMessage(gone)
          telegram.block(rui)
          telegram.setMember(group, telegram.bot, 'kicked', eva)
          await comesToRest(setting, () => edits)
          if (
            deleted.messages.filter(({ from, deleted: away }) => from.id === telegram.bot.id && !away)
              .length > 0
          )
            faults.push('what somebody deleted was shown again')
          telegram.unblock(rui)
          telegram.setMember(group, telegram.bot, 'member', eva)
          stage.model.script({ times: 3, text: 'Here again.' })
          telegram.say(deleted, ana, 'again')
          telegram.say(blocked, rui, 'again')
          telegram.say(group, eva, `@${telegram.bot.username} again`)
          for (const chat of [deleted, blocked, group])
            await expect(`an answer afterwards in ${chat.title ?? 'private'}`, () =>
              chat.messages.some(({ text }) => text === 'Here again.'),
            )
          return { note: `${edits} calls in all` }
        },
      ),
  },
  {
    numbers: [44],
    name: 'Slack: message deleted, channel archived, bot removed while it answers',
    run: (settings) =>
      withParts(
        settings,
        async () => [await slackPart()] as const,
        async (setting, { slack }) => {
          const { stage, faults, expect } = setting
          stage.model.script({ times: 3, ...GROWING })
          let calls = 0
          slack.onRequest(({ path }) => {
            if (/chat\.(postMessage|update)/.test(path)) calls += 1
          })
          const ana = slack.addPerson({ name: 'ana' })
          const channels = ['deleted', 'archived', 'removed'].map((name) =>
            slack.addChannel({ name, members: [ana] }),
          )
          const [deleted, archived, removed] = channels
          if (!deleted || !archived || !removed) return {}
          for (const channel of channels)
            slack.say(channel, ana, { text: `<@${slack.team.botUserId}> hello` })
          const answerIn = (channel: (typeof channels)[number]) =>
            [...channel.messages.values()].find(({ user }) => user === slack.team.botUserId)
          await expect('three answers begin', () =>
            channels.every((channel) => /w\d/.test(answerIn(channel)?.text ?? '')),
          )
          const gone = answerIn(deleted)
          if (gone) slack.delete(gone)
          slack.archive(archived)
          slack.removeMember(removed, slack.team.botUserId)
          await comesToRest(setting, () => calls)
          if (slack.messages(deleted).some(({ user }) => user === slack.team.botUserId))
            faults.push('what somebody deleted was shown again')
          slack.addMember(removed, slack.team.botUserId)
          stage.model.script({ times: 2, text: 'Here again.' })
          for (const channel of [deleted, removed]) {
            slack.say(channel, ana, { text: `<@${slack.team.botUserId}> again` })
            await expect(`an answer afterwards in ${channel.name}`, () =>
              slack.messages(channel).some(({ text }) => text === 'Here again.'),
            )
          }
          return { note: `${calls} calls in all` }
        },
      ),
  },
  {
    numbers: [44],
    name: 'Discord: message, channel, permission, interaction token gone while it answers',
    run: (settings) =>
      withParts(
        settings,
        async () => [await discordPart()] as const,
        async (setting, { discord }) => {
          const { stage, faults, expect } = setting
          stage.model.script({ times: 3, ...GROWING })
          let calls = 0
          discord.onRequest(({ method, path }) => {
            if (method !== 'GET' && /\/messages/.test(path)) calls += 1
          })
          const ana = discord.addPerson({ name: 'ana' })
          const guild = discord.addGuild({ name: 'Team', owner: ana })
          const channels = ['message', 'channel', 'permission'].map((name) =>
            discord.addTextChannel(guild, { name }),
          )
          const [message, channel, permission] = channels
          if (!message || !channel || !permission) return {}
          for (const place of channels) discord.say(place, ana, `<@${discord.botUserId}> hello`)
          const answerIn = (place: (typeof channels)[number]) =>
            place.messages.find(({ author }) => author.id === discord.botUserId)
          await expect('three answers begin', () =>
            channels.every((place) => /w\d/.test(answerIn(place)?.content ?? '')),
          )
          const gone = answerIn(message)
          if (gone) discord.delete(gone)
          discord.deleteChannel(channel)
          discord.denyBot(permission, (1n << 52n) - 1n)
          await comesToRest(setting, () => calls)
          discord.denyBot(permission, 0n)
          stage.model.script({ times: 2, text: 'Here again.' })
          for (const place of [message, permission]) {
            discord.say(place, ana, `<@${discord.botUserId}> again`)
            await expect(`an answer afterwards in ${place.name}`, () =>
              place.messages.some(({ content }) => content === 'Here again.'),
            )
          }
          const before = message.messages.length
          discord.addFault({
            match: /\/webhooks\//,
            times: Number.POSITIVE_INFINITY,
            effect: { kind: 'answer', status: 401, body: { code: 50_027, message: 'Invalid Webhook Token' } },
          })
          discord.slashCommand(message, ana, { name: 'run', options: { code: '1 + 1' } })
          await expect('a run whose token ended is answered in the channel', () =>
            message.messages
              .slice(before)
              .some(({ author, content }) => author.id === discord.botUserId && content.includes('2')),
          )
          if (faults.length === 0) await comesToRest(setting, () => calls)
          return { note: `${calls} calls in all` }
        },
      ),
  },
  {
    numbers: [44],
    name: 'Matrix: message redacted, bot kicked while it answers',
    run: (settings) =>
      withParts(
        settings,
        async () => [await matrixPart()] as const,
        async (setting, { matrix }) => {
          const { stage, expect } = setting
          stage.model.script({ times: 2, ...GROWING, tokensPerSecond: 4 })
          let calls = 0
          matrix.onRequest(({ path }) => {
            if (/\/send\/m\.room\.message/.test(path)) calls += 1
          })
          const ana = matrix.addPerson('ana')
          const rooms = ['redacted', 'kicked'].map((name) =>
            matrix.addRoom({ creator: ana, name, bot: 'joined', joinRule: 'public' }),
          )
          const [redacted, kicked] = rooms
          if (!redacted || !kicked) return {}
          for (const room of rooms) matrix.say(room, ana, '@brainall hello')
          const answerIn = (room: string) =>
            matrix.messages(room).find(({ sender }) => sender === matrix.botUserId)
          await expect('two answers begin', () =>
            rooms.every((room) => /w\d/.test(answerIn(room)?.body ?? '')),
          )
          const gone = answerIn(redacted)
          if (gone) matrix.redact(redacted, ana, gone.eventId)
          matrix.kick(kicked, ana, matrix.botUserId)
          await comesToRest(setting, () => calls)
          matrix.invite(kicked, ana, matrix.botUserId)
          await expect('the bot comes back', () => matrix.room(kicked).members[matrix.botUserId] === 'join')
          stage.model.script({ times: 2, text: 'Here again.' })
          for (const room of rooms) {
            matrix.say(room, ana, '@brainall again')
            await expect('an answer afterwards', () =>
              matrix.messages(room).some(({ body }) => body === 'Here again.'),
            )
          }
          return { note: `${calls} calls in all` }
        },
      ),
  },
]
