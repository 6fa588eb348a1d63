import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, shown } from '../support/chats/chat.ts'
import { startTelegramChat } from '../support/chats/index.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'

describe('a model that asks for tools', () => {
  let chat: Chat
  let model: ModelEmulator
  let hub: TestHub

  const query = async (text: string) => (await hub.hub.storage.database.pool.query(text)).rows
  const call = (language: string, code: string) => ({
    name: 'run_code',
    arguments: JSON.stringify({ language, code }),
  })

  beforeAll(async () => {
    chat = await startTelegramChat()
    model = await startModelEmulator({ tokensPerSecond: 500 })
    hub = await startTestHub({ ...chat.environment, LLM_BASE_URL: model.baseUrl })
    await vi.waitFor(
      async () => {
        const [connection] = await hub.hub.storage.connections.list()
        expect(connection?.state, connection?.stateDetail).toBe('connected')
        const said = `insert into model_facts (model, abilities) select name, '{"tools": true}' from models
          on conflict do nothing returning model`
        expect(await query(said)).not.toEqual([])
      },
      { timeout: 15_000 },
    )
  }, 60_000)
  afterEach(() => model.clearScript())
  afterAll(async () => {
    await hub?.close()
    await chat?.close()
    await model?.close()
  })

  it('sees what its program printed, and people see program and output', async () => {
    const talk = chat.group()
    model.script({ text: 'Let me compute.', toolCalls: [call('javascript', 'console.log(6 * 7)')] })
    model.script({ text: 'It is forty-two.' })
    talk.say('what is six times seven?', { mention: true })
    const answer = await shown(chat, talk, 'forty-two')
    expect(answer.text).toMatch(
      /Let me compute\.[\s\S]*console\.log\(6 \* 7\)[\s\S]*42[\s\S]*It is forty-two\./,
    )
    const { tools, messages = [] } = model.requests.at(-1)?.body ?? {}
    expect(JSON.stringify(tools)).toContain('"name":"run_code"')
    expect(messages.slice(-2)).toMatchObject([
      { role: 'assistant', content: 'Let me compute.', tool_calls: [{ function: { name: 'run_code' } }] },
      { role: 'tool', content: '42\n' },
    ])
  }, 40_000)

  it('is told what was wrong with a call, several at once are made in order, and none is made for ever', async () => {
    const talk = chat.group()
    model.script({
      toolCalls: [
        call('cobol', 'X'),
        call('lua', 'print("second")'),
        { name: 'delete_all', arguments: '{}' },
        { name: 'run_code', arguments: '{"language": "lu' },
      ],
    })
    model.script({ toolCalls: [call('lua', 'error("no")')], times: 20 })
    talk.say('try things', { mention: true })
    await vi.waitFor(() => expect(model.requests.at(-1)?.body.tools ?? []).toEqual([]), { timeout: 20_000 })
    const { messages = [] } = model.requests.at(-1)?.body ?? {}
    const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => String(content))
    expect(results.slice(0, 4)).toEqual([
      expect.stringContaining('javascript, typescript, python, sql, lua'),
      'second\n',
      'Error: there is no tool delete_all.',
      'Error: the arguments are not JSON.',
    ])
    expect(results[4]).toMatch(/LuaError: no/)
    expect(results).toHaveLength(9)
  }, 60_000)

  it('finds a program that ran before its worker died already run', async () => {
    const talk = chat.group()
    model.script({ text: 'First ', toolCalls: [call('javascript', 'console.log("only " + "once")')] })
    model.script({ tokens: Array.from({ length: 80 }, (_, n) => `word${n} `), tokensPerSecond: 12 })
    talk.say('go on', { mention: true })
    await shown(chat, talk, 'word3')
    await hub.restart()
    await shown(chat, talk, 'word79')
    const kept = await query(
      `select count(*)::int as count, max(shown) as shown from tool_calls where shown like '%once%'`,
    )
    expect(kept).toMatchObject([{ count: 1 }])
    const [answer] = talk.answers()
    expect(answer?.text.match(/only once/g)).toHaveLength(1)
  }, 60_000)

  it('is offered none where the workspace forbids them', async () => {
    await query(`insert into settings (scope, scope_id, "values") values ('hub', '', '{"tools": []}')
       on conflict (scope, scope_id) do update set "values" = excluded."values"`)
    const talk = chat.group()
    model.script({ text: 'Plainly.' })
    talk.say('and now?', { mention: true })
    await shown(chat, talk, 'Plainly.')
    expect(model.requests.at(-1)?.body.tools).toBeUndefined()
  }, 40_000)
})
