import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import { type Chat, shown } from '../support/chats/chat.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'

const OVERFLOW = {
  error: {
    message: "This model's maximum context length is 4096 tokens. However, you requested more.",
    type: 'BadRequestError',
    param: 'input_tokens',
    code: 400,
  },
}

describe('a model that fails', () => {
  let chat: Chat
  let first: ModelEmulator
  let second: ModelEmulator
  let hub: TestHub

  beforeEach(async () => {
    chat = await startTelegramChat()
    first = await startModelEmulator({ tokensPerSecond: 500 })
    second = await startModelEmulator({ tokensPerSecond: 500 })
    hub = await startTestHub({ ...chat.environment, LLM_BASE_URL: first.baseUrl })
  })
  afterEach(async () => {
    await hub.close()
    await chat.close()
    await first.close()
    await second.close()
  })

  const addSecond = async () => {
    const { models } = hub.hub.storage
    await models.add({ name: 'second', purpose: 'chat', baseUrl: second.baseUrl })
    await models.refresh(new AbortController().signal)
    expect(await models.choose({ name: undefined })).toHaveLength(2)
  }

  it.each([
    ['refuses the key', { kind: 'answer', status: 401, body: { error: { message: 'no', code: 401 } } }],
    [
      'is a proxy with a page',
      { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
    ],
    [
      'asks for an hour of rest',
      { kind: 'answer', status: 429, headers: { 'retry-after': '3600' }, body: {} },
    ],
  ] as const)(
    'on a server that %s is answered for by the other server that lists it',
    async (_why, trouble) => {
      await addSecond()
      first.script({ times: Number.POSITIVE_INFINITY, trouble })
      second.script({ text: 'From the second.' })
      const talk = chat.direct()
      talk.say('hello')
      await shown(chat, talk, /^From the second\.$/)
      expect(talk.answers()).toHaveLength(1)
      talk.say('/why')
      await shown(chat, talk, 'asked again', 2)
    },
    20_000,
  )

  it('in mid-answer is gone on from by the other server, in the same message', async () => {
    await addSecond()
    const words = Array.from({ length: 30 }, (_, n) => `word${n} `)
    first.script({
      tokens: words,
      tokensPerSecond: 20,
      trouble: { kind: 'cut', afterTokens: 20, how: 'reset' },
    })
    second.script({ for: 'continuation', text: words.join('') })
    const talk = chat.direct()
    talk.say('count')
    await shown(chat, talk, 'word29')
    expect(talk.answers().map(({ text }) => text.trim())).toEqual([words.join('').trim()])
  }, 20_000)

  it('because the conversation is too long is asked once more with less of it', async () => {
    const talk = chat.direct()
    for (let n = 1; n <= 4; n++) {
      first.script({ text: `${'long '.repeat(100)}${n}.` })
      talk.say(`question ${n} ${'with much to say '.repeat(30)}`)
      await shown(chat, talk, `${n}.`, n)
    }
    const before = first.requests.length
    // What is left out is put into a summary, which is a call of its own.
    const match = /^and (in the end|again)\?$/
    const asked = () =>
      first.requests.slice(before).filter(({ body }) => match.test(String(body.messages.at(-1)?.content)))
    first.script({ match, trouble: { kind: 'answer', status: 400, body: OVERFLOW } })
    first.script({ match, text: 'It fits now.' })
    talk.say('and in the end?')
    await shown(chat, talk, /^It fits now\.$/, 5)
    const [refused, taken] = asked()
    expect(taken?.promptTokens).toBeLessThan((refused?.promptTokens ?? 0) * 0.8)
    first.script({ match, times: 2, trouble: { kind: 'answer', status: 400, body: OVERFLOW } })
    talk.say('and again?')
    await shown(chat, talk, /too long for the model/, 6)
  }, 30_000)

  it('with a rest asked for is left alone that long, then asked', async () => {
    const asked: number[] = []
    first.onRequest(({ path }) => {
      if (path.includes('completions')) asked.push(performance.now())
    })
    first.script({ trouble: { kind: 'answer', status: 429, headers: { 'retry-after': '3' }, body: {} } })
    first.script({ text: 'Rested.' })
    const talk = chat.direct()
    talk.say('hello')
    await shown(chat, talk, 'Rested.')
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(3_000)
    first.script({ trouble: { kind: 'answer', status: 429, headers: { 'retry-after': '3600' }, body: {} } })
    talk.say('hello again')
    await shown(chat, talk, /too busy/, 2)
    talk.say('and now?')
    await shown(chat, talk, /too busy/, 3)
    await vi.waitFor(() => expect(asked).toHaveLength(3))
  }, 20_000)
})
