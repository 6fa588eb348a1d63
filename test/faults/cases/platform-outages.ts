import type { FaultCase } from '../case.ts'
import { pause } from '../crowd.ts'
import { matrixPart, slackPart, telegramPart } from '../parts.ts'
import { withParts } from '../with-parts.ts'

/** Half a minute of an answer, of which a moment later a few words show. */
const GROWING = { tokens: Array.from({ length: 40 }, (_, n) => `w${n} `), tokensPerSecond: 8 }
const WHOLE = GROWING.tokens.join('').trim()

/** Places that move and accounts that change. */
export const platformOutages: readonly FaultCase[] = [
  {
    numbers: [46],
    name: 'Telegram: the group becomes a supergroup while the bot answers',
    run: (settings) =>
      withParts(
        settings,
        async () => [await telegramPart()] as const,
        async (setting, { telegram }) => {
          const { stage, expect } = setting
          stage.model.script(GROWING)
          const ana = telegram.createPerson({ firstName: 'Ana' })
          const group = telegram.createGroup({ title: 'Team', creator: ana })
          telegram.say(group, ana, `@${telegram.bot.username} hello`)
          await expect('the answer begins', () =>
            group.messages.some(({ from, text }) => from.id === telegram.bot.id && /w\d/.test(text)),
          )
          const grown = telegram.migrate(group)
          await expect(
            'the whole answer',
            () => [...group.messages, ...grown.messages].some(({ text }) => text.trim() === WHOLE),
            30_000,
          )
          stage.model.script({ text: 'Here too.' })
          telegram.say(grown, ana, `@${telegram.bot.username} and here?`)
          await expect('an answer in the supergroup', () =>
            grown.messages.some(({ text }) => text === 'Here too.'),
          )
          return {}
        },
      ),
  },
  {
    numbers: [46],
    name: 'Telegram: the token is rotated while the bot answers',
    run: (settings) =>
      withParts(
        settings,
        async () => [await telegramPart()] as const,
        async ({ stage, hub, expect }, { telegram }) => {
          const ana = telegram.createPerson({ firstName: 'Ana' })
          stage.model.script(GROWING)
          const talk = telegram.privateChat(ana)
          telegram.say(talk, ana, 'hello')
          await expect('another answer begins', () => talk.messages.some(({ text }) => /w\d/.test(text)))
          const token = `${telegram.bot.id}:AAnother-token-for-the-same-bot-0123456789`
          telegram.rotateToken(token)
          await expect(
            'it is shown',
            async () => {
              const rows = await stage.query("select 1 from connections where state = 'rejected'")
              return rows.length === 1
            },
            45_000,
          )
          hub.signal('SIGTERM')
          await hub.ended
          await stage.start({ TELEGRAM_BOT_TOKEN: token })
          await expect(
            'the answer under way is finished',
            () => talk.messages.some(({ text }) => text.trim() === WHOLE),
            60_000,
          )
          return {}
        },
      ),
  },
  {
    numbers: [46],
    name: 'Matrix: the room is upgraded; Slack: channel renamed, app uninstalled',
    run: (settings) =>
      withParts(
        settings,
        async () => [await matrixPart(), await slackPart()] as const,
        async (setting, { matrix }, { slack }) => {
          const { stage, expect } = setting
          const ana = matrix.addPerson('ana')
          const room = matrix.addRoom({ creator: ana, bot: 'joined', joinRule: 'public', name: 'Team' })
          stage.model.script({ text: 'Old room.' })
          matrix.say(room, ana, '@brainall hello')
          await expect('an answer', () => matrix.messages(room).some(({ body }) => body === 'Old room.'))
          const next = matrix.upgradeRoom(room, ana)
          await expect('the bot follows', () => matrix.room(next).members[matrix.botUserId] === 'join')
          stage.model.script({ text: 'New room.' })
          matrix.say(next, ana, '@brainall hello')
          await expect('an answer in the new room', () =>
            matrix.messages(next).some(({ body }) => body === 'New room.'),
          )

          const rui = slack.addPerson({ name: 'rui' })
          const channel = slack.addChannel({ name: 'before', members: [rui] })
          const mention = `<@${slack.team.botUserId}> hello`
          stage.model.script({ text: 'Before.' })
          slack.say(channel, rui, { text: mention })
          await expect('an answer in Slack', () =>
            slack.messages(channel).some(({ text }) => text === 'Before.'),
          )
          slack.rename(channel, 'after')
          stage.model.script({ text: 'After.' })
          slack.say(channel, rui, { text: mention })
          await expect('an answer in the renamed channel', () =>
            slack.messages(channel).some(({ text }) => text === 'After.'),
          )
          stage.model.script(GROWING)
          slack.say(channel, rui, { text: mention })
          await expect('an answer begins', () => slack.messages(channel).some(({ text }) => /w\d/.test(text)))
          let calls = 0
          slack.onRequest(({ path }) => {
            if (/chat\./.test(path)) calls += 1
          })
          slack.uninstall(slack.team)
          await pause(12_000)
          if (calls > 30) return { faults: [`${calls} calls after the app was removed`] }
          stage.model.script({ text: 'Still here.' })
          matrix.say(next, ana, '@brainall and now?')
          await expect('the other platform', () =>
            matrix.messages(next).some(({ body }) => body === 'Still here.'),
          )
          return { note: `${calls} calls after the app was removed` }
        },
      ),
  },
]
