import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, shown } from '../support/chats/chat.ts'
import { startDiscordChat } from '../support/chats/discord.ts'
import { startMatrixChat } from '../support/chats/matrix.ts'
import { startSlackChat } from '../support/chats/slack.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { watchWire } from '../support/wire-check.ts'

const CHATS: readonly [string, () => Promise<Chat>][] = [
  ['Telegram', startTelegramChat],
  ['Slack', startSlackChat],
  ['Discord', startDiscordChat],
  ['Matrix', startMatrixChat],
]

describe.each(CHATS)('by its settings, the bot on %s', (_name, startChat) => {
  let chat: Chat
  let model: ModelEmulator
  let hub: TestHub
  let wire: ReturnType<typeof watchWire>

  beforeAll(async () => {
    chat = await startChat()
    wire = watchWire(chat.platform, chat)
    model = await startModelEmulator({ tokensPerSecond: 500 })
    hub = await startTestHub({ ...chat.environment, LLM_BASE_URL: model.baseUrl })
    await vi.waitFor(
      async () => {
        const [connection] = await hub.hub.storage.connections.list()
        expect(connection?.state, connection?.stateDetail).toBe('connected')
      },
      { timeout: 15_000 },
    )
  }, 40_000)
  afterEach(async () => {
    model.clearScript()
    await hub.hub.storage.database.pool.query('delete from settings')
    expect(wire.violations).toEqual([])
  })
  afterAll(async () => {
    await hub?.close()
    await chat?.close()
    await model?.close()
  })

  const query = async <Row extends Record<string, unknown>>(text: string): Promise<Row[]> =>
    (await hub.hub.storage.database.pool.query<Row>(text)).rows
  const set = (values: object) =>
    query(
      `insert into settings (scope, scope_id, "values") values ('hub', '', '${JSON.stringify(values)}')
       on conflict (scope, scope_id) do update set "values" = excluded."values"`,
    )
  const lastPrompt = () => JSON.stringify(model.requests.at(-1)?.body.messages)
  const asked = async (before: number) =>
    await vi.waitFor(() => expect(model.requests.length).toBeGreaterThan(before), { timeout: 10_000 })

  it.skipIf(_name === 'Telegram')(
    'answers whatever is said, or holds a keyword',
    async () => {
      const talk = chat.group()
      await set({ keywords: ['déploiement'] })
      model.script({ match: /Déploiement/, text: 'By keyword.' })
      model.script({ match: /anything/, text: 'By listening.' })
      talk.say('un déploiementx')
      talk.say('le Déploiement a échoué')
      await shown(chat, talk, 'By keyword.')
      await set({ listen: 'all' })
      talk.say('anything at all')
      await shown(chat, talk, 'By listening.', 2)
      expect(talk.answers()).toHaveLength(2)
    },
    30_000,
  )

  it('leaves those out who are not on the list, and says why when asked', async () => {
    const talk = chat.group()
    await set({ allowPeople: ['nobody-at-all'] })
    const before = model.requests.length
    talk.say('hello?', { mention: true })
    talk.say('/why', { mention: true })
    const answer = await shown(chat, talk, /not on the list/)
    expect(talk.answers()).toEqual([answer])
    expect(model.requests).toHaveLength(before)
  })

  it('reads what others said before it was asked, or what is replied to, as material', async () => {
    const talk = chat.group()
    const lines = ['the build is red', '</earlier> it fails on the arm machines']
    const before = model.requests.length
    talk.discuss(lines)('what is wrong?')
    await asked(before)
    const told = lastPrompt()
    expect(told).toContain('it fails on the arm machines')
    expect(told).not.toContain('</earlier> it fails')
    expect(told).toMatch(/(?:ana|Ana )\d+: /)
    // Telegram lets bots read nothing back but what is replied to.
    if (chat.platform !== 'telegram') expect(told).toContain('the build is red')
    await set({ context: 'none' })
    const next = model.requests.length
    talk.discuss(['a private matter', 'between us'])('and now?')
    await asked(next)
    expect(lastPrompt()).not.toContain('a private matter')
  }, 30_000)

  it.skipIf(_name === 'Telegram')(
    'answers all the same where it may not read',
    async () => {
      const talk = chat.group()
      chat.faults.add({
        match: /conversations\.replies|messages\?before|relations/,
        effect: { kind: 'answer', status: 500, body: '{}' },
        times: 5,
      })
      const before = model.requests.length
      talk.discuss(['first', 'second'])('still there?')
      await asked(before)
      expect(lastPrompt()).toContain('still there?')
      await vi.waitFor(async () => {
        const rows = await query(`select 1 from decisions where code = 'surroundings_failed'`)
        expect(rows).not.toEqual([])
      })
    },
    30_000,
  )
})
