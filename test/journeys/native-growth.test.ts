import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type SlackEmulator, startSlackEmulator } from '../../src/simulator/slack/index.ts'
import { startTelegramEmulator, type TelegramEmulator } from '../../src/simulator/telegram/index.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { watchWire } from '../support/wire-check.ts'

const LONG = Array.from({ length: 600 }, (_, n) => `word${n} `)
let model: ModelEmulator

beforeAll(async () => {
  model = await startModelEmulator({ tokensPerSecond: 500 })
})
afterEach(() => model.clearScript())
afterAll(() => model?.close())

const connected = (hub: TestHub) =>
  vi.waitFor(
    async () => {
      const [connection] = await hub.hub.storage.connections.list()
      expect(connection?.state, connection?.stateDetail).toBe('connected')
    },
    { timeout: 15_000 },
  )
const SOON = { timeout: 12_000, interval: 50 }

describe('answers that Slack streams', () => {
  let slack: SlackEmulator
  let hub: TestHub
  let wire: ReturnType<typeof watchWire>

  beforeAll(async () => {
    slack = await startSlackEmulator()
    wire = watchWire('slack', slack)
    hub = await startTestHub({
      SLACK_BOT_TOKEN: slack.team.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      LLM_BASE_URL: model.baseUrl,
    })
    await connected(hub)
  }, 40_000)
  afterEach(() => expect(wire.violations).toEqual([]))
  afterAll(async () => {
    await hub?.close()
    await slack?.close()
  })

  let asked = 0
  const ask = () => {
    asked += 1
    const person = slack.addPerson({ name: `maria${asked}` })
    const channel = slack.addChannel({ name: `general${asked}`, members: [person] })
    const root = slack.say(channel, person, { text: `<@${slack.team.botUserId}> talk` })
    const answers = () =>
      slack.messages(channel, { threadTs: root.ts }).filter(({ user }) => user === slack.team.botUserId)
    return { person, channel, root, answers }
  }

  it('grow in one message, which ends printed, with its buttons', async () => {
    model.script({ tokens: LONG.slice(0, 60), tokensPerSecond: 12 })
    const { answers } = ask()
    await vi.waitFor(() => expect(answers()[0]?.stream?.appends).toBeGreaterThan(1), SOON)
    expect(answers()[0]?.stream?.state).toBe('in_progress')
    await vi.waitFor(() => expect(answers()[0]?.text).toContain('word59'), SOON)
    await vi.waitFor(() => expect(JSON.stringify(answers()[0]?.blocks)).toContain('Retry'), SOON)
    expect(answers()).toHaveLength(1)
    expect(answers()[0]?.stream?.state).toBe('completed')
  }, 30_000)

  it('go on in the same message after a restart', async () => {
    model.script({ tokens: LONG.slice(0, 80), tokensPerSecond: 10 })
    const { answers } = ask()
    await vi.waitFor(() => expect(answers()[0]?.stream?.appends).toBeGreaterThan(1), SOON)
    model.script({ tokens: LONG.slice(0, 80) })
    await hub.restart()
    await vi.waitFor(() => expect(answers()[0]?.text).toContain('word79'), SOON)
    expect(answers()).toHaveLength(1)
  }, 40_000)

  it("stop by Slack's own button, for good", async () => {
    await connected(hub)
    model.script({ tokens: LONG, tokensPerSecond: 10 })
    const { answers, channel, root, person } = ask()
    await vi.waitFor(() => expect(answers()[0]?.stream?.appends).toBeGreaterThan(1), SOON)
    slack.stopSession(channel, root.ts, person)
    await vi.waitFor(() => expect(answers()[0]?.text).toMatch(/Stopped by/), SOON)
    await vi.waitFor(() => expect(model.requests.at(-1)?.aborted).toBe(true), SOON)
    expect(answers()).toHaveLength(1)
  }, 30_000)
})

describe('answers that Telegram shows as drafts, where the settings want it', () => {
  let telegram: TelegramEmulator
  let hub: TestHub
  let wire: ReturnType<typeof watchWire>

  beforeAll(async () => {
    telegram = await startTelegramEmulator()
    wire = watchWire('telegram', telegram)
    hub = await startTestHub({
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      LLM_BASE_URL: model.baseUrl,
    })
    await connected(hub)
    await hub.hub.storage.database.pool.query(
      `insert into settings (scope, scope_id, "values") values ('hub', '', '{"growth": "native"}')`,
    )
  }, 40_000)
  afterEach(() => expect(wire.violations).toEqual([]))
  afterAll(async () => {
    await hub?.close()
    await telegram?.close()
  })

  const ask = (firstName: string) => {
    const chat = telegram.privateChat(telegram.createPerson({ firstName }))
    const person = [...chat.members.values()].map((member) => member.person).find(({ isBot }) => !isBot)
    if (!person) throw new Error('nobody is there')
    telegram.say(chat, person, 'talk')
    const answers = () => chat.messages.filter(({ from, deleted }) => from.id === telegram.bot.id && !deleted)
    return { chat, answers }
  }

  it('grow beside the chat and are then sent once', async () => {
    model.script({ tokens: LONG.slice(0, 40), tokensPerSecond: 15 })
    const { chat, answers } = ask('Ana')
    await vi.waitFor(() => expect(chat.drafts[0]?.versions.length).toBeGreaterThan(3), SOON)
    expect(chat.drafts[0]?.canStop).toBe(true)
    expect(answers()).toEqual([])
    await vi.waitFor(() => expect(answers()[0]?.text).toContain('word39'), SOON)
    expect(answers()).toHaveLength(1)
    expect(answers()[0]?.versions).toHaveLength(1)
    expect(chat.drafts).toHaveLength(1)
  }, 30_000)

  it('stop by the button of the draft; what was said stays', async () => {
    model.script({ tokens: LONG, tokensPerSecond: 10 })
    const { chat, answers } = ask('Rui')
    await vi.waitFor(() => expect(chat.drafts[0]?.versions.length).toBeGreaterThan(3), SOON)
    const [draft] = chat.drafts
    if (draft) telegram.stopDraft(chat, draft)
    await vi.waitFor(() => expect(answers()[0]?.text).toMatch(/^word0[\s\S]*Stopped/), SOON)
    await vi.waitFor(() => expect(model.requests.at(-1)?.aborted).toBe(true), SOON)
    expect(answers()).toHaveLength(1)
  }, 30_000)
})
