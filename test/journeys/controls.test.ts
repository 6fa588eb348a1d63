import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, type Seen, shown, type Talk, until } from '../support/chats/chat.ts'
import { startDiscordChat, startSlackChat, startTelegramChat } from '../support/chats/index.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { watchWire } from '../support/wire-check.ts'

const CHATS: readonly [string, () => Promise<Chat>][] = [
  ['Telegram', startTelegramChat],
  ['Slack', startSlackChat],
  ['Discord', startDiscordChat],
]
const LONG = Array.from({ length: 600 }, (_, n) => `word${n} `)

/** Where the platform tells of no deletion, a button takes answers back; it has tests of its own. */
const ofTheseTests = ({ buttons }: Seen): readonly string[] => buttons.filter((label) => label !== '🗑')

describe.each(CHATS)('buttons under an answer on %s', (_name, startChat) => {
  let chat: Chat
  let model: ModelEmulator
  let hub: TestHub
  let wire: ReturnType<typeof watchWire>

  beforeAll(async () => {
    chat = await startChat()
    wire = watchWire(chat.platform, chat)
    model = await startModelEmulator({ tokensPerSecond: 500 })
    hub = await startTestHub({ ...chat.environment, LLM_BASE_URL: model.baseUrl })
    await connected()
  }, 40_000)
  afterEach(() => {
    model.clearScript()
    expect(wire.violations).toEqual([])
  })
  afterAll(async () => {
    await hub?.close()
    await chat?.close()
    await model?.close()
  })

  const connected = () =>
    vi.waitFor(
      async () => {
        const [connection] = await hub.hub.storage.connections.list()
        expect(connection?.state, connection?.stateDetail).toBe('connected')
      },
      { timeout: 15_000 },
    )
  const buttons = (talk: Talk, ...labels: string[]): Promise<Seen> =>
    until(
      chat,
      () => talk.answers().find((one) => ofTheseTests(one).join() === labels.join()),
      () => talk.answers(),
    )
  const query = async (text: string) => (await hub.hub.storage.database.pool.query(text)).rows
  const voices = async () => await query('select value, round from feedback order by at')
  const set = (values: object) =>
    query(
      `insert into settings (scope, scope_id, "values") values ('hub', '', '${JSON.stringify(values)}')
       on conflict (scope, scope_id) do update set "values" = excluded."values"`,
    )

  it('stop it for who asked, and for nobody else; it says by whom', async () => {
    const talk = chat.group()
    model.script({ tokens: LONG, tokensPerSecond: 10 })
    talk.say('talk for long', { mention: true })
    await shown(chat, talk, 'word1')
    const growing = await buttons(talk, '⏹ Stop')
    const refused = talk.press(growing, 'Stop', 'other-person')
    await vi.waitFor(() => expect(refused.told()).toMatch(/^Only who asked/))
    const before = talk.answers()[0]?.text.length ?? 0
    await until(
      chat,
      () => (talk.answers()[0]?.text.length ?? 0) > before,
      () => talk.answers(),
    )
    expect(model.requests.at(-1)?.aborted).toBe(false)
    const pressed = talk.press(growing, 'Stop')
    await shown(chat, talk, /stopped by \S/i)
    expect(pressed.acknowledged()).toBe(true)
    expect(pressed.told()).toBeUndefined()
    await expect.poll(() => model.requests.at(-1)?.aborted).toBe(true)
    await buttons(talk, '🔄 Retry')
  }, 30_000)

  it('can stop what has said nothing yet', async () => {
    const talk = chat.direct()
    model.script({ text: 'Too late.', firstTokenDelayMs: 20_000 })
    talk.say('think hard')
    const waiting = await buttons(talk, '⏹ Stop')
    expect(waiting.text).toContain('…')
    talk.press(waiting, 'Stop')
    await shown(chat, talk, /stopped/i)
    expect(talk.answers()).toHaveLength(1)
    await expect.poll(() => model.requests.at(-1)?.aborted).toBe(true)
  }, 30_000)

  it('redo it in place, also after a restart, for who asked', async () => {
    const talk = chat.group()
    model.script({ text: 'First try.' })
    talk.say('say something', { mention: true })
    await shown(chat, talk, 'First try.')
    const answer = await buttons(talk, '🔄 Retry', '👍', '👎')
    await hub.restart()
    await connected()
    const refused = talk.press(answer, 'Retry', 'other-person')
    await vi.waitFor(() => expect(refused.told()).toMatch(/^Only who asked/))
    model.script({ text: 'Second try.' })
    const pressed = talk.press(answer, 'Retry')
    const again = await shown(chat, talk, 'Second try.')
    expect(again.id).toBe(answer.id)
    expect(pressed.acknowledged()).toBe(true)
  }, 30_000)

  it('keep what everybody thinks of it, one voice each', async () => {
    await query('delete from feedback')
    const talk = chat.group()
    model.script({ text: 'Judge me.' })
    talk.say('say something', { mention: true })
    await shown(chat, talk, 'Judge me.')
    const answer = await buttons(talk, '🔄 Retry', '👍', '👎')
    const up = talk.press(answer, '👍')
    await vi.waitFor(() => expect(up.told()).toContain('👍'))
    const other = talk.press(answer, '👍', 'other-person')
    await vi.waitFor(() => expect(other.told()).toContain('👍'))
    const down = talk.press(answer, '👎')
    await vi.waitFor(() => expect(down.acknowledged()).toBe(true))
    await vi.waitFor(async () =>
      expect((await voices()).map(({ value }) => value).toSorted()).toEqual(['down', 'up']),
    )
    const taken = talk.press(answer, '👎')
    await vi.waitFor(() => expect(taken.acknowledged()).toBe(true))
    await vi.waitFor(async () => expect(await voices()).toEqual([{ value: 'up', round: 1 }]))
  }, 30_000)

  it.skipIf(_name !== 'Telegram')(
    'obey who manages the place, and no forged id from elsewhere',
    async () => {
      const talk = chat.group()
      model.script({ tokens: LONG, tokensPerSecond: 10 })
      talk.say('talk for long', { mention: true, by: 'other-person' })
      const growing = await buttons(talk, '⏹ Stop')
      const [row] = await query('select id from answers order by created_at desc limit 1')
      const elsewhere = chat.direct()
      model.script({ text: 'Harmless.' })
      elsewhere.say('hello')
      const harmless = await buttons(elsewhere, '🔄 Retry', '👍', '👎')
      const forged = `stop:${Buffer.from(String(row.id).replaceAll('-', ''), 'hex').toString('base64url')}`
      await fetch(
        `${chat.environment.TELEGRAM_API_ROOT}/bot${chat.environment.TELEGRAM_BOT_TOKEN}/sendMessage`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            chat_id: Number(
              (
                await query(
                  `select external_id from channels where kind = 'direct' order by created_at desc limit 1`,
                )
              )[0].external_id,
            ),
            text: 'Press me',
            reply_markup: { inline_keyboard: [[{ text: 'Forged', callback_data: forged }]] },
          }),
        },
      )
      const bait = await shown(chat, elsewhere, 'Press me', 2)
      expect(bait.id).not.toBe(harmless.id)
      const pressed = elsewhere.press(bait, 'Forged')
      await vi.waitFor(() => expect(pressed.told()).toBe('This button does nothing any more.'))
      expect(talk.answers()[0]?.text).not.toMatch(/stopped/i)
      talk.press(growing, 'Stop')
      await shown(chat, talk, /stopped by \S/i)
    },
    30_000,
  )

  it('are as many as the settings want', async () => {
    try {
      await set({ buttons: 'none' })
      const none = chat.direct()
      model.script({ tokens: ['No ', 'buttons ', 'here.'], tokensPerSecond: 2 })
      none.say('hello')
      await shown(chat, none, 'No ')
      expect(none.answers().flatMap(ofTheseTests)).toEqual([])
      const done = await shown(chat, none, 'here.')
      expect(ofTheseTests(done)).toEqual([])
      await set({ buttons: 'stop-only' })
      const few = chat.direct()
      model.script({ tokens: LONG.slice(0, 30), tokensPerSecond: 10 })
      few.say('hello')
      await buttons(few, '⏹ Stop')
      const last = await shown(chat, few, 'word29')
      expect(ofTheseTests(last)).toEqual([])
    } finally {
      await set({})
    }
  }, 30_000)

  it('say how far it is, or nothing, before the whole answer, where the settings want it so', async () => {
    const story = 'One two three.'
    try {
      await set({ streaming: 'progress' })
      const progress = chat.direct()
      model.script({ tokens: LONG.slice(0, 40), tokensPerSecond: 6 })
      progress.say('hello')
      await shown(chat, progress, /Thinking…/)
      await shown(chat, progress, /Writing… \d+ words/)
      expect(progress.answers()[0]?.text).not.toContain('word1')
      const whole = await shown(chat, progress, 'word39')
      expect(whole.text).not.toMatch(/Writing|Thinking/)
      expect(progress.answers()).toHaveLength(1)
      await set({ streaming: 'final' })
      const final = chat.direct()
      model.script({ text: story, tokensPerSecond: 3 })
      final.say('hello')
      expect(
        (
          await until(
            chat,
            () => final.answers()[0],
            () => final.answers(),
          )
        ).text,
      ).toContain(story)
      expect(final.answers()[0]?.edits).toBe(0)
    } finally {
      await set({})
    }
  }, 30_000)

  it('run the programs of an answer, and give a failed one back to the model', async () => {
    const talk = chat.group()
    model.script({
      text: 'Two ways:\n\n```js\nconsole.log("from " + "one")\n```\n\n```lua\nerror("no way")\n```\n\nand no code: `x`',
    })
    talk.say('show me code', { mention: true })
    const both = await buttons(talk, '▶ Run 1', '▶ Run 2', '🔄 Retry', '👍', '👎')
    talk.press(both, 'Run 1', 'other-person')
    const first = await shown(chat, talk, 'from one')
    expect(ofTheseTests(first)).toEqual(['🔄 Retry'])
    talk.press(both, 'Run 2')
    const failed = await buttons(talk, '🔧 Fix', '🔄 Retry')
    expect(failed.text).toContain('main.lua:1')
    model.script({ text: 'Never divide by nothing:\n\n```py\nprint(1)\n```' })
    talk.press(failed, 'Fix')
    await buttons(talk, '▶ Run', '🔄 Retry', '👍', '👎')
    const { messages = [] } = model.requests.at(-1)?.body ?? {}
    expect(JSON.stringify(messages.at(-1))).toMatch(/error\(.*no way.*LuaError: no way/)
    expect(JSON.stringify(messages)).toContain('show me code')
  }, 60_000)
})
