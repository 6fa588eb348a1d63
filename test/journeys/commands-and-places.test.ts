import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type DiscordEmulator, startDiscordEmulator } from '../../src/simulator/discord/index.ts'
import { type MatrixEmulator, startMatrixEmulator } from '../../src/simulator/matrix/index.ts'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type SlackEmulator, startSlackEmulator } from '../../src/simulator/slack/index.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { watchWire } from '../support/wire-check.ts'

const CODE =
  'const names = ["Ana", "Bea"]\nfor (const name of names) console.log("Hello " + name)\nnames.length'

describe('a hub on several platforms at once', () => {
  let discord: DiscordEmulator
  let slack: SlackEmulator
  let matrix: MatrixEmulator
  let model: ModelEmulator
  let hub: TestHub
  const wires: ReturnType<typeof watchWire>[] = []

  beforeAll(async () => {
    discord = await startDiscordEmulator()
    slack = await startSlackEmulator()
    matrix = await startMatrixEmulator()
    model = await startModelEmulator({ tokensPerSecond: 500 })
    wires.push(watchWire('discord', discord), watchWire('slack', slack), watchWire('matrix', matrix))
    hub = await startTestHub({
      DISCORD_TOKEN: discord.token,
      DISCORD_APPLICATION_ID: discord.applicationId,
      DISCORD_API_URL: discord.apiUrl,
      SLACK_BOT_TOKEN: slack.team.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      MATRIX_HOMESERVER_URL: matrix.url,
      MATRIX_ACCESS_TOKEN: matrix.accessToken,
      // Nothing listens there: a platform that is down stops no other.
      TELEGRAM_BOT_TOKEN: '123456:nobody',
      TELEGRAM_API_ROOT: 'http://127.0.0.1:9',
      LLM_BASE_URL: model.baseUrl,
    })
    await vi.waitFor(
      async () => {
        const states = (await hub.hub.storage.connections.list()).map(
          ({ platform, state }) => `${platform} ${state}`,
        )
        expect(states.toSorted()).toEqual([
          'discord connected',
          'matrix connected',
          'slack connected',
          'telegram down',
        ])
      },
      { timeout: 20_000 },
    )
  }, 60_000)
  afterAll(async () => {
    await hub?.close()
    await Promise.all([discord?.close(), slack?.close(), matrix?.close(), model?.close()])
    for (const wire of wires) expect(wire.violations).toEqual([])
  }, 30_000)

  it('tells in /readyz which platform is down, and is ready all the same', async () => {
    const response = await fetch(`${hub.url}/readyz`)
    expect(response.status).toBe(200)
    expect(await response.text()).toMatch(/telegram/)
  })

  it('runs what a person writes into the dialog of Discord’s /run', async () => {
    const ana = discord.addPerson({ name: 'ana' })
    const guild = discord.addGuild({ name: 'Team', owner: ana })
    const channel = discord.addTextChannel(guild, { name: 'code' })
    await discord.waitFor(() => [...discord.commands.values()].some(({ name }) => name === 'run'))
    discord.slashCommand(channel, ana, { name: 'run' })
    const dialog = await discord.waitFor(() => discord.modals[0])
    const sent = discord.submitModal(dialog, { language: ['javascript'], code: CODE })
    const answer = await discord.waitFor(
      () => channel.messages.find(({ content }) => content.includes('Hello Bea')),
      { timeoutMs: 10_000 },
    )
    expect(answer.content).toContain('2')
    expect(sent.originalMessageId).toBe(answer.id)
  })

  it('answers a Discord command only for the asker to see', async () => {
    const bob = discord.addPerson({ name: 'bob' })
    const guild = discord.addGuild({ name: 'Others', owner: bob })
    const channel = discord.addTextChannel(guild, { name: 'general' })
    discord.slashCommand(channel, bob, { name: 'help' })
    const answer = await discord.waitFor(
      () => channel.messages.find(({ content }) => content.includes('/run')),
      {
        timeoutMs: 10_000,
      },
    )
    expect(answer.ephemeralFor).toBe(bob.id)
  })

  it('runs what a person writes into the form of Slack’s /run', async () => {
    const ana = slack.addPerson({ name: 'ana' })
    const channel = slack.addChannel({ name: 'code', members: [ana] })
    await slack.slashCommand(channel, ana, { command: '/run', text: '' })
    const form = await slack.until(() => slack.views[0])
    expect(await slack.submitModal(form.id, { language: 'javascript', code: CODE })).toEqual({ acked: true })
    await slack.messageWhere(channel, ({ text }) => text.includes('Hello Bea'), { timeoutMs: 10_000 })
  })

  it('says once in an encrypted Matrix room that it cannot read it', async () => {
    const ana = matrix.addPerson('ana')
    const room = matrix.addRoom({ creator: ana, bot: 'joined', encrypted: true, name: 'Secrets' })
    matrix.sayEncrypted(room, ana, 'a secret')
    const notice = await matrix.waitForMessage(room, ({ sender }) => sender === matrix.botUserId, {
      timeoutMs: 10_000,
    })
    expect(notice.body).toMatch(/encrypted/)
    matrix.sayEncrypted(room, ana, 'a secret')
    const open = matrix.addRoom({ creator: ana, bot: 'joined', direct: true })
    model.script({ text: 'Here I can read.' })
    matrix.say(open, ana, 'and here?')
    await matrix.waitForMessage(open, ({ body }) => body === 'Here I can read.', { timeoutMs: 10_000 })
    expect(matrix.messages(room).filter(({ sender }) => sender === matrix.botUserId)).toHaveLength(1)
  })

  it('joins a Matrix room it is invited to, and answers there', async () => {
    const bea = matrix.addPerson('bea')
    const room = matrix.addRoom({ creator: bea, bot: 'invited', direct: true })
    model.script({ text: 'Thanks for having me.' })
    matrix.say(room, bea, 'welcome')
    await matrix.waitForMessage(room, ({ body }) => body === 'Thanks for having me.', { timeoutMs: 15_000 })
  })
})
