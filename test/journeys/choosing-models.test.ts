import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, shown } from '../support/chats/chat.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'

describe('a workspace and its models', () => {
  let chat: Chat
  let model: ModelEmulator
  let hub: TestHub

  beforeEach(async () => {
    chat = await startTelegramChat()
    model = await startModelEmulator({
      tokensPerSecond: 2000,
      models: [
        { id: 'big', contextLength: 1_300 },
        { id: 'small', contextLength: 32_768 },
      ],
    })
    hub = await startTestHub({ ...chat.environment, LLM_BASE_URL: model.baseUrl, LLM_MODEL: 'big' })
  })
  afterEach(async () => {
    await hub.close()
    await chat.close()
    await model.close()
  })
  const asked = () => model.requests.at(-1)?.body

  it('remembers what no longer fits by a summary, until one of its turns is edited', async () => {
    const summaries = () =>
      model.requests.filter(({ body }) => JSON.stringify(body.messages[0]).includes('You keep the memory'))
    model.script({
      match: (request) => JSON.stringify(request.messages[0]).includes('You keep the memory'),
      times: 9,
      text: 'Ana likes blue boats.',
    })
    const talk = chat.direct()
    const questions: string[] = []
    for (let n = 1; n <= 6; n++) {
      const question = `question ${n} ${'with much to say about boats '.repeat(25)}`
      model.script({ match: new RegExp(`^question ${n} `), text: `Answer ${n}: ${'word '.repeat(120)}.` })
      questions.push(talk.say(question))
      await shown(chat, talk, `Answer ${n}`, n)
    }
    expect(summaries().length).toBeGreaterThanOrEqual(1)
    expect(JSON.stringify(asked()?.messages[0])).toContain('Ana likes blue boats.')
    expect(JSON.stringify(asked()?.messages)).not.toContain('question 1 ')
    const { rows } = await hub.hub.storage.database.pool.query('select text from summaries')
    expect(rows).toEqual([{ text: 'Ana likes blue boats.' }])
    const before = summaries().length
    await hub.hub.storage.database.pool.query(
      "update messages set text = 'question 1, said otherwise' where text like 'question 1 %'",
    )
    model.script({ match: /^the last$/, text: 'Answer 7.' })
    talk.say('the last')
    await shown(chat, talk, 'Answer 7', 7)
    expect(summaries().length).toBeGreaterThan(before)
  }, 40_000)

  it('is asked for variables of the system prompt, and shows reasoning where it is wanted', async () => {
    await hub.hub.storage.database.pool.query(
      `insert into settings (scope, values) values ('hub', '{"systemPrompt": "You serve {person} on {platform}. {unknown}", "reasoning": "shown"}')`,
    )
    model.script({ text: '<think>Let me see.\nIt is four.</think>\n\nFour.' })
    const talk = chat.direct()
    talk.say('two and two?')
    const answer = await shown(chat, talk, 'Four.')
    expect(answer.text).toContain('Let me see.')
    expect(answer.text).not.toContain('<think>')
    expect(asked()?.messages[0]?.content).toMatch(/^You serve Ana \d+ on telegram\. \{unknown\}$/)
  }, 20_000)

  it('may be switched by who runs the group, and by anybody for themselves', async () => {
    const group = chat.group()
    group.say('/model small', { mention: true, by: 'other-person' })
    await shown(chat, group, /only those who run this place/)
    group.say('/model small', { mention: true })
    await shown(chat, group, /\*?small\*? answers here/, 2)
    const talk = chat.direct()
    talk.say('/model me small')
    await shown(chat, talk, /answers you, wherever/)
    model.script({ text: 'Hello.' })
    talk.say('hello')
    await shown(chat, talk, 'Hello.', 2)
    expect(asked()?.model).toBe('small')
  }, 20_000)

  it('says how many answers are ahead where its server gives one at a time', async () => {
    const { models } = hub.hub.storage
    await vi.waitFor(async () => expect((await models.list())[0]?.models).toHaveLength(2))
    const [server] = await models.list()
    if (!server) throw new Error('no server')
    await models.change(server.id, { concurrency: 1 })
    const slow = { tokens: Array.from({ length: 20 }, (_, n) => `w${n} `), tokensPerSecond: 5 }
    model.script({ match: /^first$/, ...slow })
    const first = chat.direct()
    first.say('first')
    await shown(chat, first, 'w0')
    model.script({ match: /^second$/, text: 'My turn.' })
    const second = chat.direct()
    second.say('second')
    await shown(chat, second, '1 answer is ahead of yours')
    await shown(chat, first, 'w19')
    const answer = await shown(chat, second, 'My turn.')
    expect(answer.text).not.toContain('ahead')
    expect(second.answers()).toHaveLength(1)
  }, 30_000)

  it('is rehearsed with another model, side by side, then tried on a share', async () => {
    const talk = chat.direct()
    for (let n = 1; n <= 2; n++) {
      model.script({ text: `Big answer ${n}.` })
      talk.say(`question ${n}`)
      await shown(chat, talk, `Big answer ${n}.`, n)
    }
    const { rehearsals, database } = hub.hub.storage
    const { rows } = await database.pool.query('select id from workspaces')
    model.script({ match: /^question/, times: 2, text: 'Small answer.' })
    await vi.waitFor(async () => {
      const ended = await database.pool.query("select 1 from turns where state = 'done'")
      expect(ended.rows).toHaveLength(2)
    })
    const plan = {
      workspaceId: rows[0].id,
      model: 'small',
      systemPrompt: undefined,
      turns: 10,
      startedBy: 'test',
    }
    const id = await rehearsals.start(plan)
    if (id === undefined) throw new Error('there was nothing to rehearse')
    const done = await vi.waitFor(
      async () => {
        const found = await rehearsals.find(id)
        expect(found?.items.every(({ after }) => after !== undefined)).toBe(true)
        return found
      },
      { timeout: 20_000, interval: 300 },
    )
    expect(done?.items.map(({ question, before, after }) => [question, before.text, after?.text])).toEqual([
      ['question 1', 'Big answer 1.', 'Small answer.'],
      ['question 2', 'Big answer 2.', 'Small answer.'],
    ])
    expect(done?.items[0]?.after).toMatchObject({ model: 'small', promptTokens: expect.any(Number) })
    expect(talk.answers()).toHaveLength(2)
    await database.pool.query(
      `insert into settings (scope, scope_id, values) values ('workspace', $1, '{"trial": {"model": "small", "percent": 100}}')`,
      [rows[0].id],
    )
    model.script({ text: 'On trial.' })
    talk.say('and now?')
    await shown(chat, talk, 'On trial.', 3)
    expect(asked()?.model).toBe('small')
  }, 40_000)
})
