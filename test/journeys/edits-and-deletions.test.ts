import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, shown, type Talk, until } from '../support/chats/chat.ts'
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
const SLOW = { tokens: Array.from({ length: 600 }, (_, n) => `word${n} `), tokensPerSecond: 10 }
const AT_LENGTH = Array.from({ length: 1500 }, (_, n) => `long${n}`).join(' ')

describe.each(CHATS)('a person on %s who thinks again', (_name, startChat) => {
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
  const texts = (talk: Talk) => talk.answers().map(({ text }) => text)
  const lastAsked = () => String(model.requests.at(-1)?.body.messages.at(-1)?.content)
  const gone = (talk: Talk) =>
    until(
      chat,
      () => talk.answers().length === 0,
      () => texts(talk),
    )

  it('sees the answer under way begin anew in the same message', async () => {
    const talk = chat.group()
    model.script({ match: /of Spain/, ...SLOW })
    model.script({ match: /of Portugal/, text: 'Lisbon.' })
    const question = talk.say('the capital of Spain?', { mention: true })
    const first = await shown(chat, talk, 'word1')
    const asked = model.requests.at(-1)
    talk.edit(question, 'the capital of Portugal?', { mention: true })
    const answer = await shown(chat, talk, /^Lisbon\.$/)
    expect(answer.id).toBe(first.id)
    expect(talk.answers()).toHaveLength(1)
    await expect.poll(() => asked?.aborted).toBe(true)
  }, 30_000)

  it('sees an answer that was given done anew, shorter and longer than it was', async () => {
    const talk = chat.direct()
    model.script({ match: /at length/, times: 2, text: AT_LENGTH, tokensPerSecond: Number.POSITIVE_INFINITY })
    model.script({ match: /in short/, text: 'Short.' })
    const question = talk.say('at length')
    await until(
      chat,
      () => talk.answers().at(-1)?.text.includes('long1499'),
      () => texts(talk).map(({ length }) => length),
      25_000,
    )
    expect(talk.answers().length).toBeGreaterThan(1)
    const [first] = talk.answers()
    talk.edit(question, 'in short')
    await until(
      chat,
      () => texts(talk).join('') === 'Short.',
      () => texts(talk).map((text) => text.slice(0, 40)),
      25_000,
    )
    expect(talk.answers()[0]?.id).toBe(first?.id)
    talk.edit(question, 'at length again')
    await until(
      chat,
      () => talk.answers().at(-1)?.text.includes('long1499'),
      () => texts(talk).map(({ length }) => length),
      25_000,
    )
    const whole = texts(talk).join(' ')
    expect(whole.match(/long\d+/g)).toEqual(AT_LENGTH.split(' '))
    expect(lastAsked()).toBe('at length again')
  }, 90_000)

  it('is not answered anew by what changes no word', async () => {
    const talk = chat.direct()
    model.script({ text: 'Seen.' })
    const question = talk.say('see https://example.org')
    await shown(chat, talk, 'Seen.')
    const before = model.requests.length
    talk.touch(question)
    talk.edit(question, 'see https://example.org')
    model.script({ text: 'After.' })
    talk.say('next')
    await shown(chat, talk, 'After.', 2)
    expect(model.requests).toHaveLength(before + 1)
  })

  it('asks by an edit that adds the mention, and is not left alone by one that drops it', async () => {
    const talk = chat.group()
    model.script({ match: /five/, text: 'Ten.' })
    model.script({ match: /six/, text: 'Twelve.' })
    const question = talk.say('twice five?')
    talk.edit(question, 'twice five?', { mention: true })
    const answer = await shown(chat, talk, 'Ten.')
    expect(talk.belongsTo(question, answer)).toBe(true)
    // In a group, Telegram shows bots only what is for them.
    if (chat.platform === 'telegram') return
    talk.edit(question, 'twice six?')
    await shown(chat, talk, 'Twelve.')
    expect(talk.answers()).toHaveLength(1)
  })

  it('decides by the settings what becomes of an older answer', async () => {
    const talk = chat.direct()
    model.script({ match: /^one/, text: 'First.' })
    model.script({ match: /^two/, text: 'Second.' })
    model.script({ match: /changed/, text: 'Anew.' })
    const question = talk.say('one')
    await shown(chat, talk, 'First.')
    talk.say('two')
    await shown(chat, talk, 'Second.', 2)
    talk.edit(question, 'changed once')
    await shown(chat, talk, `${chat.commandPrefix}retry`, 3)
    expect(texts(talk)[0]).toBe('First.')
    await set({ edits: 'ignore' })
    talk.edit(question, 'changed twice')
    await vi.waitFor(async () => {
      const [row] = await query<{ text: string }>(`select text from messages where text like 'changed%'`)
      expect(row?.text).toBe('changed twice')
    })
    expect(texts(talk)[0]).toBe('First.')
    await set({ edits: 'redo' })
    talk.edit(question, 'changed for good')
    await shown(chat, talk, /^Anew\.$/)
    // What was asked of the author is asked no more.
    await until(
      chat,
      () => texts(talk).join(' ') === 'Anew. Second.',
      () => texts(talk),
    )
    model.script({ match: /three/, text: 'Third.' })
    talk.say('three')
    await shown(chat, talk, 'Third.')
    const told = model.requests.at(-1)?.body.messages.map(({ content }) => content)
    expect(told?.slice(1)).toEqual(['changed for good', 'Anew.', 'two', 'Second.', 'three'])
  }, 40_000)

  it('takes back a question that was answered: nobody, the model included, sees it again', async () => {
    const talk = chat.direct()
    model.script({ match: /secret/, text: 'The answer to the secret.' })
    const question = talk.say('a secret')
    await shown(chat, talk, 'The answer to the secret.')
    talk.takeBack(question)
    await gone(talk)
    model.script({ match: /next/, text: 'Clean.' })
    talk.say('next')
    await shown(chat, talk, 'Clean.')
    expect(JSON.stringify(model.requests.at(-1)?.body.messages)).not.toContain('secret')
    expect(await query(`select 1 from messages where text like '%a secret%'`)).toEqual([])
    expect(await query(`select 1 from answers where text like '%to the secret%'`)).toEqual([])
  }, 30_000)

  it.skipIf(_name === 'Telegram')(
    'takes back a question that is being answered',
    async () => {
      const talk = chat.group()
      model.script({ match: /for long/, ...SLOW })
      const question = talk.say('talk for long', { mention: true })
      await shown(chat, talk, 'word1')
      const asked = model.requests.at(-1)
      talk.takeBack(question)
      await gone(talk)
      await expect.poll(() => asked?.aborted).toBe(true)
      model.script({ match: /still there/, text: 'Still here.' })
      talk.say('still there?', { mention: true })
      await shown(chat, talk, 'Still here.')
      expect(talk.answers()).toHaveLength(1)
    },
    30_000,
  )

  it('corrects code in place, and its result goes with it', async () => {
    const talk = chat.direct()
    const run = (code: string) => `${chat.commandPrefix}run\n\`\`\`\n${code}\n\`\`\``
    const question = talk.say(`${chat.commandPrefix}run\n\`\`\`cobol\n1\n\`\`\``)
    await shown(chat, talk, /cobol/)
    talk.edit(question, run('for (let i = 0; i < 500; i++) console.log("line " + i)'))
    await until(
      chat,
      () => talk.answers().some(({ isFile }) => isFile),
      () => talk.answers(),
      20_000,
    )
    const before = talk.answers().find(({ text }) => text.includes('line 1'))
    talk.edit(question, run('6 * 7'))
    const answer = await shown(chat, talk, '42')
    expect(answer.id).toBe(before?.id)
    await until(
      chat,
      () => talk.answers().length === 1,
      () => talk.answers(),
    )
    talk.takeBack(question)
    await gone(talk)
  }, 60_000)

  it('may edit and take back across a restart of the hub', async () => {
    const talk = chat.direct()
    model.script({ match: /before/, text: 'As before.' })
    const question = talk.say('before')
    await shown(chat, talk, 'As before.')
    const running = hub.restart()
    talk.edit(question, 'while away')
    model.script({ match: /while away/, text: 'Noticed.' })
    await running
    // Discord tells nobody later what was edited while they were away.
    if (chat.platform === 'discord') {
      const probe = chat.group()
      model.script({ match: /back/, text: 'I am.' })
      probe.say('are you back?', { mention: true })
      await shown(chat, probe, 'I am.')
      talk.edit(question, 'while away, said again')
    }
    await shown(chat, talk, /^Noticed\.$/)
    expect(talk.answers()).toHaveLength(1)
    talk.takeBack(question)
    await gone(talk)
  }, 40_000)
})
