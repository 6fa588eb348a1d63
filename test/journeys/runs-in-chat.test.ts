import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type DiscordEmulator, startDiscordEmulator } from '../../src/simulator/discord/index.ts'
import { type MatrixEmulator, startMatrixEmulator } from '../../src/simulator/matrix/index.ts'
import { type SlackEmulator, startSlackEmulator } from '../../src/simulator/slack/index.ts'
import { startTelegramEmulator, type TelegramEmulator } from '../../src/simulator/telegram/index.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { watchWire } from '../support/wire-check.ts'

// The first Python program of a hub waits for its start image.
vi.setConfig({ testTimeout: 60_000 })
const TIME = { timeoutMs: 45_000 }
const PROGRAM = Buffer.from('import sys\nprint("sum", sum(map(int, sys.argv[1:])))')
/** What output must never do in a chat. */
const HOSTILE = [
  "const E = String.fromCharCode(27), A = '@', L = '<', T = String.fromCharCode(96)",
  "console.log(A + 'everyone', A + 'here', L + '!channel>', L + A + 'U0000000001>', L + A + '123456789012345678>', A + 'room')",
  "console.log(T.repeat(3), T + 'x' + T, '*b* _i_ ~s~ ||sp|| [l](http:' + '//x.test)', L + 'b>h' + L + '/b>', '&' + 'amp;')",
  "console.log(E + '[31m' + 're' + 'd' + E + '[0m' + E + ']0;title' + String.fromCharCode(7) + E + '[2J')",
  "console.log(String.fromCharCode(0x202e) + 'gpj.exe' + String.fromCharCode(0x2066, 8, 0, 13) + '# heading')",
].join('\n')
/** Controls but line breaks, and what turns the direction of text. */
const STEERING = /(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u

describe('code that runs in chats', () => {
  let discord: DiscordEmulator
  let slack: SlackEmulator
  let telegram: TelegramEmulator
  let matrix: MatrixEmulator
  let hub: TestHub
  const wires: ReturnType<typeof watchWire>[] = []

  beforeAll(async () => {
    discord = await startDiscordEmulator()
    slack = await startSlackEmulator()
    telegram = await startTelegramEmulator()
    matrix = await startMatrixEmulator()
    wires.push(
      watchWire('discord', discord),
      watchWire('slack', slack),
      watchWire('telegram', telegram),
      watchWire('matrix', matrix),
    )
    hub = await startTestHub({
      DISCORD_TOKEN: discord.token,
      DISCORD_APPLICATION_ID: discord.applicationId,
      DISCORD_API_URL: discord.apiUrl,
      SLACK_BOT_TOKEN: slack.team.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      MATRIX_HOMESERVER_URL: matrix.url,
      MATRIX_ACCESS_TOKEN: matrix.accessToken,
      PUBLIC_URL: 'https://hub.example.org',
    })
    await discord.waitFor(() => [...discord.commands.values()].some(({ name }) => name === 'run'))
    await vi.waitFor(
      async () => {
        const states = (await hub.hub.storage.connections.list()).map(({ state }) => state)
        expect(states).toEqual(Array.from({ length: 4 }, () => 'connected'))
      },
      { timeout: 20_000 },
    )
  }, 60_000)
  afterAll(async () => {
    await hub?.close()
    await Promise.all([discord?.close(), slack?.close(), telegram?.close(), matrix?.close()])
    for (const wire of wires) expect(wire.violations).toEqual([])
  }, 30_000)

  describe('on Discord', () => {
    const place = () => {
      const ana = discord.addPerson({ name: 'ana' })
      const guild = discord.addGuild({ name: 'Team', owner: ana })
      return { ana, guild, channel: discord.addTextChannel(guild, { name: 'code' }) }
    }
    const answer = (channel: { readonly messages: readonly { content: string }[] }, text: string) =>
      discord.waitFor(() => channel.messages.find(({ content }) => content.includes(text)), TIME)

    it('runs anybody’s message from its menu, and says where none holds code', async () => {
      const { ana, guild, channel } = place()
      const bob = discord.addPerson({ name: 'bob' })
      discord.join(guild, bob)
      const said = discord.say(channel, bob, { content: 'look:\n```lua\nprint(6 * 7)\n```\nnice' })
      const talk = discord.say(channel, bob, { content: 'good morning' })
      discord.messageCommand('Run this code', said, ana)
      const shown = await answer(channel, '42')
      expect(shown.content).toContain('](<https://hub.example.org/admin/runs/')
      discord.messageCommand('Run this code', talk, ana)
      await answer(channel, 'no code in that message')
    })

    it('runs an attached file, with arguments, from the command and beside a mention', async () => {
      const { ana, channel } = place()
      const file = { name: 'sum.py', contentType: 'text/x-python; charset=utf-8', data: PROGRAM }
      discord.slashCommand(channel, ana, { name: 'run', options: { file, arguments: '1 2 3' } })
      await answer(channel, 'sum 6')
      const said = discord.say(channel, ana, { content: 'mine', attachments: [file] })
      discord.say(channel, ana, { content: `<@${discord.bot.id}> /run`, replyTo: said })
      await answer(channel, 'sum 0')
      discord.say(channel, ana, { content: `<@${discord.bot.id}> /run 20 30`, attachments: [file] })
      await answer(channel, 'sum 50')
    }, 60_000)

    it('keeps colours and makes everything else harmless', async () => {
      const { ana, channel } = place()
      discord.say(channel, ana, { content: `<@${discord.bot.id}> /run\n\`\`\`js\n${HOSTILE}\n\`\`\`` })
      const { content } = await answer(channel, 'red')
      expect(content).toContain('```ansi\n')
      expect(content).toContain('\u001b[31mred\u001b[0m')
      expect(stripVTControlCharacters(content)).not.toMatch(STEERING)
      expect(content).not.toMatch(/@everyone|@here|<@\d/)
      expect(content.match(/```/g)).toHaveLength(2)
    })

    it('says which languages there are', async () => {
      const { ana, channel } = place()
      discord.say(channel, ana, { content: `<@${discord.bot.id}> /run cobol DISPLAY "x"` })
      await answer(channel, 'I cannot run “cobol”. Languages: JavaScript, TypeScript, Python, SQL, Lua.')
    })
  })

  describe('on Slack', () => {
    it('runs anybody’s message by its shortcut, in the thread of that message', async () => {
      const [ana, bob] = [slack.addPerson({ name: 'ana' }), slack.addPerson({ name: 'bob' })]
      const channel = slack.addChannel({ name: 'code', members: [ana, bob] })
      const said = slack.say(channel, bob, { text: 'look ```js\n6 * 7``` nice' })
      expect(await slack.messageShortcut(said, ana, 'brainall_run_message')).toEqual({ acked: true })
      const shown = await slack.messageWhere(channel, ({ text }) => text.includes('42'), TIME)
      expect(shown.threadTs).toBe(said.ts)
      expect(shown.text).toContain('<https://hub.example.org/admin/runs/')
      const file = slack.shareFile(channel, bob, { name: 'sum.py', mimetype: 'text/x-python', data: PROGRAM })
      expect(await slack.messageShortcut(file, ana, 'brainall_run_message')).toEqual({ acked: true })
      await slack.messageWhere(channel, ({ text }) => text.includes('sum 0'), TIME)
    })

    it('runs what a thread begins with, and a file beside a mention', async () => {
      const ana = slack.addPerson({ name: 'ana' })
      const channel = slack.addChannel({ name: 'files', members: [ana] })
      const file = { name: 'sum.py', mimetype: 'text/x-python', data: PROGRAM }
      const root = slack.shareFile(channel, ana, file)
      slack.say(channel, ana, { text: `<@${slack.team.botUserId}> /run`, threadTs: root.ts })
      const shown = await slack.messageWhere(channel, ({ text }) => text.includes('sum 0'), TIME)
      expect(shown.threadTs).toBe(root.ts)
      slack.shareFile(channel, ana, { ...file, text: `<@${slack.team.botUserId}> /run 4 5` })
      await slack.messageWhere(channel, ({ text }) => text.includes('sum 9'), TIME)
    })

    it('makes output harmless', async () => {
      const ana = slack.addPerson({ name: 'ana' })
      const channel = slack.addChannel({ name: 'harm', members: [ana] })
      slack.say(channel, ana, { text: `<@${slack.team.botUserId}> /run \`\`\`js\n${HOSTILE}\n\`\`\`` })
      const { text } = await slack.messageWhere(channel, (one) => one.text.includes('red'), TIME)
      expect(text).not.toMatch(/<!|<@/)
      expect(text).not.toMatch(STEERING)
      expect(text).toContain('&lt;!channel&gt;')
    })
  })

  describe('on Telegram', () => {
    it('runs an attached file, a replied-to one and replied-to code; output is harmless', async () => {
      const ana = telegram.createPerson({ firstName: 'Ana' })
      const group = telegram.createSupergroup({ title: 'Code', creator: ana, members: [] })
      telegram.setMember(group, telegram.bot, 'member', ana)
      const shown = (text: string) =>
        telegram.waitFor(
          () => group.messages.find((one) => one.from.id === telegram.bot.id && one.text.includes(text)),
          TIME.timeoutMs,
        )
      const file = { fileName: 'sum.py', mimeType: 'text/x-python', data: PROGRAM }
      const own = telegram.document(group, ana, { ...file, caption: '/run 1 2' })
      await shown('sum 3')
      telegram.say(group, ana, { text: '/run', replyTo: own })
      await shown('sum 0')
      telegram.say(group, ana, { text: `/run\n\`\`\`js\n${HOSTILE}\n\`\`\`` })
      const hostile = await shown('red')
      expect(hostile.text).not.toMatch(STEERING)
    })
  })

  describe('on Matrix', () => {
    it('runs an attached file, a replied-to one and replied-to code; output is harmless', async () => {
      const ana = matrix.addPerson('ana')
      const room = matrix.addRoom({ creator: ana, bot: 'joined', name: 'Code' })
      const shown = (text: string) =>
        matrix.waitForMessage(
          room,
          ({ sender, body }) => sender === matrix.botUserId && body.includes(text),
          TIME,
        )
      const file = { fileName: 'sum.py', mimetype: 'text/x-python', data: PROGRAM }
      const own = matrix.file(room, ana, { ...file, caption: '!run 1 2' })
      await shown('sum 3')
      matrix.say(room, ana, { body: '!run', replyTo: own })
      await shown('sum 0')
      const code = matrix.say(room, ana, 'look\n```lua\nreturn 6 * 7\n```\nnice')
      matrix.say(room, ana, { body: '!run', replyTo: code })
      await shown('42')
      matrix.say(room, ana, `!run\n\`\`\`js\n${HOSTILE}\n\`\`\``)
      const hostile = await shown('red')
      expect(hostile.body).not.toMatch(STEERING)
    })
  })
})
