import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDeadLetterStore } from '../../src/db/dead-letters.ts'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, shown, type Talk } from '../support/chats/chat.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'

const LONG = { tokens: Array.from({ length: 400 }, (_, n) => `word${n} `), tokensPerSecond: 20 }

describe('messages that arrive while the bot is at work', () => {
  let chat: Chat
  let model: ModelEmulator
  let hub: TestHub

  const start = async (environment: Readonly<Record<string, string>> = {}) => {
    hub = await startTestHub({ ...chat.environment, LLM_BASE_URL: model.baseUrl, ...environment })
  }
  beforeEach(async () => {
    chat = await startTelegramChat()
    model = await startModelEmulator({ tokensPerSecond: 500 })
  })
  afterEach(async () => {
    await hub.close()
    await chat.close()
    await model.close()
  })

  const query = async <Row extends Record<string, unknown>>(text: string): Promise<Row[]> =>
    (await hub.hub.storage.database.pool.query<Row>(text)).rows
  const set = (during: string) =>
    query(`insert into settings (scope, scope_id, "values") values ('hub', '', '{"during": "${during}"}')`)
  const texts = (talk: Talk) => talk.answers().map(({ text }) => text)
  const decisionsOn = async (text: string): Promise<string[]> => {
    const rows = await query<{ code: string }>(
      `select d.code from decisions d join messages m on m.id = d.message_id where m.text = '${text}' order by d.seq`,
    )
    return rows.map(({ code }) => code)
  }
  const lastAsked = () => String(model.requests.at(-1)?.body.messages.at(-1)?.content)

  it('are answered one after another, in order', async () => {
    await start()
    const talk = chat.direct()
    for (let n = 0; n < 20; n++) model.script({ match: new RegExp(`number ${n}$`), text: `Answer ${n}.` })
    for (let n = 0; n < 20; n++) talk.say(`number ${n}`)
    await shown(chat, talk, 'Answer 19.', 20)
    expect(texts(talk)).toEqual(Array.from({ length: 20 }, (_, n) => `Answer ${n}.`))
  }, 40_000)

  it('are answered together where the workspace merges', async () => {
    await start()
    await set('merge')
    const talk = chat.direct()
    model.script({ match: /^first$/, tokens: LONG.tokens.slice(0, 30), tokensPerSecond: 20 })
    model.script({ text: 'Both of you.' })
    talk.say('first')
    await shown(chat, talk, 'word1')
    talk.say('second')
    talk.say('third')
    await shown(chat, talk, 'Both of you.', 2)
    expect(lastAsked()).toBe('second\nthird')
    expect(talk.answers()).toHaveLength(2)
    expect(await decisionsOn('third')).toContain('merged')
    model.script({ text: 'Later.' })
    talk.say('fourth')
    await shown(chat, talk, 'Later.', 3)
    expect(model.requests.at(-1)?.body.messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ])
  }, 30_000)

  it('interrupt the answer, which is redone in place with both', async () => {
    await start()
    await set('interrupt')
    const talk = chat.direct()
    model.script(LONG)
    talk.say('a long story')
    await shown(chat, talk, 'word3')
    model.script({ text: 'A short one then.' })
    talk.say('no, a short one')
    await shown(chat, talk, /^A short one then\.$/)
    expect(talk.answers()).toHaveLength(1)
    expect(lastAsked()).toBe('a long story\nno, a short one')
    expect(await decisionsOn('no, a short one')).toContain('joined')
    model.script({ text: 'Afresh.' })
    talk.say('and now?')
    await shown(chat, talk, 'Afresh.', 2)
  }, 30_000)

  it('beyond the backlog are refused politely, with their number; what was taken is answered', async () => {
    await start({ MAX_CONVERSATION_BACKLOG: '2' })
    const talk = chat.direct()
    model.script({ tokens: LONG.tokens.slice(0, 40), tokensPerSecond: 20 })
    talk.say('one')
    await shown(chat, talk, 'word1')
    model.script({ text: 'Second answer.' })
    talk.say('two')
    talk.say('three')
    expect((await shown(chat, talk, /busy/)).text).toContain('3')
    await shown(chat, talk, 'Second answer.')
    expect(await decisionsOn('three')).toContain('busy')
    expect(talk.answers()).toHaveLength(3)
  }, 30_000)

  it('keep their decisions, from the first delivery to the answer', async () => {
    await start()
    const talk = chat.direct()
    model.script({ text: 'Once.' })
    const question = talk.say('hello')
    await shown(chat, talk, 'Once.')
    await vi.waitFor(async () => expect(await decisionsOn('hello')).toContain('answered'))
    talk.redeliver(question)
    await vi.waitFor(async () => expect(await decisionsOn('hello')).toContain('duplicate'), {
      timeout: 10_000,
    })
    const codes = new Set(await decisionsOn('hello'))
    expect([...codes]).toEqual([
      'received',
      'addressed',
      'queued',
      'started',
      'model',
      'answered',
      'duplicate',
    ])
    talk.say('/why')
    expect((await shown(chat, talk, 'received', 2)).text).toMatch(/answered as \d+/)
  }, 20_000)

  it('are put aside when they end their worker five times, and the conversation goes on', async () => {
    await start()
    const talk = chat.direct()
    model.script({ trouble: { kind: 'hang' } })
    model.script({ text: 'Good morning.' })
    talk.say('poison')
    await vi.waitFor(() => expect(model.requests).toHaveLength(1), { timeout: 10_000 })
    // As if five workers had died over it.
    await query('update turns set deaths = 5')
    await query(
      `update conversations set lease_fence = lease_fence + 1, lease_until = now() - interval '1 s'`,
    )
    await shown(chat, talk, /put it aside/)
    talk.say('hello')
    await shown(chat, talk, 'Good morning.', 2)
    const [letter] = await createDeadLetterStore(hub.hub.storage.database.db).list({ limit: 5 })
    expect(letter).toMatchObject({ reason: 'quarantined', told: true })
  }, 30_000)

  it('that failed for good are listed with their reason, and can be tried again or discarded', async () => {
    await start()
    const talk = chat.direct()
    const letters = createDeadLetterStore(hub.hub.storage.database.db)
    model.script({ times: 6, trouble: { kind: 'answer', status: 500 } })
    talk.say('one')
    talk.say('two')
    await vi.waitFor(async () => expect(await letters.count()).toBe(2), { timeout: 15_000 })
    const [two, one] = await letters.list({ limit: 10 })
    expect(one).toMatchObject({ step: 'reply', reason: expect.stringMatching(/^model_/), told: true })
    if (!one || !two) throw new Error('nothing is listed')
    expect(await letters.discard(two.turnId, 'test')).toBe(true)
    expect(await letters.discard(two.turnId, 'test')).toBe(false)
    model.script({ text: 'At last.' })
    const step = await letters.retry(one.turnId, 'test')
    if (step) await hub.hub.queue.wake(step)
    await shown(chat, talk, /^At last\.$/)
    expect(talk.answers()).toHaveLength(2)
    expect(await letters.count()).toBe(0)
  }, 30_000)
})
