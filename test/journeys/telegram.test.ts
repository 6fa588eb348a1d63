import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type ModelEmulator,
  startModelEmulator,
  startWhisperEmulator,
  type WhisperEmulator,
} from '../../src/simulator/models/index.ts'
import {
  startTelegramEmulator,
  type TelegramChat,
  type TelegramEmulator,
  type TelegramMessage,
} from '../../src/simulator/telegram/index.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { silence, speak, speechMissing } from '../support/speech.ts'
import { watchWire } from '../support/wire-check.ts'

describe('a person on Telegram', () => {
  let telegram: TelegramEmulator
  let model: ModelEmulator
  let whisper: WhisperEmulator
  let hub: TestHub
  let wire: ReturnType<typeof watchWire>

  beforeAll(async () => {
    telegram = await startTelegramEmulator()
    wire = watchWire('telegram', telegram)
    model = await startModelEmulator({ tokensPerSecond: 400 })
    whisper = await startWhisperEmulator()
    hub = await startTestHub({
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      LLM_BASE_URL: model.baseUrl,
      WHISPER_BASE_URL: whisper.baseUrl,
    })
  })
  afterEach(() => {
    expect(wire.violations).toEqual([])
    model.clearScript()
  })
  afterAll(async () => {
    await hub?.close()
    await telegram?.close()
    await model?.close()
    await whisper?.close()
  })

  const answers = (chat: TelegramChat): TelegramMessage[] =>
    chat.messages.filter((message) => message.from.id === telegram.bot.id && !message.deleted)
  const newPerson = (firstName: string) => {
    const person = telegram.createPerson({
      firstName,
      username: `${firstName.toLowerCase()}_${Math.random().toString(36).slice(2, 8)}`,
    })
    return { person, chat: telegram.privateChat(person) }
  }
  /** Waits until the chat shows the answer number `count` with this text in it. */
  const shown = async (chat: TelegramChat, text: string | RegExp, count = 1): Promise<TelegramMessage> => {
    const fits = (answer: TelegramMessage) =>
      typeof text === 'string' ? answer.text.includes(text) : text.test(answer.text)
    try {
      return await telegram.waitFor(
        () =>
          answers(chat)[count - 1] &&
          answers(chat)
            .slice(count - 1)
            .find(fits),
        10_000,
      )
    } catch (cause) {
      const seen = answers(chat).map((message) => message.text)
      throw new Error(`not shown: ${text}; shown: ${JSON.stringify(seen)}`, { cause })
    }
  }

  it('is answered in a direct message, in one message that grows', async () => {
    const { person, chat } = newPerson('Ana')
    model.script({ text: 'one two three four five six seven eight nine ten', tokensPerSecond: 5 })
    telegram.say(chat, person, 'count please')
    const answer = await shown(chat, 'ten')
    expect(answer.versions.length).toBeGreaterThan(1)
    expect(answers(chat)).toHaveLength(1)
    expect(chat.actions.length).toBeGreaterThan(0)
  })

  it('is answered in a group when it mentions the bot, as a reply, without its name in the prompt', async () => {
    const { person } = newPerson('Bea')
    const group = telegram.createGroup({ title: 'Team', creator: person })
    model.script({ match: /weather/, text: 'Sunny.' })
    const question = telegram.say(group, person, `@${telegram.bot.username} how is the weather?`)
    const answer = await shown(group, 'Sunny.')
    expect(answer.replyTo).toBe(question.id)
    const prompt = model.requests.at(-1)?.body.messages.at(-1)?.content
    expect(prompt).toBe('Bea: how is the weather?')
  })

  it('goes on in the same conversation when it replies to the answer, and starts another with a new mention', async () => {
    const { person } = newPerson('Caio')
    const group = telegram.createGroup({ title: 'Chain', creator: person })
    model.script({ text: 'First answer.' })
    telegram.say(group, person, `@${telegram.bot.username} first question`)
    const first = await shown(group, 'First answer.')
    model.script({ text: 'Second answer.' })
    telegram.say(group, person, { text: 'and then?', replyTo: first })
    await shown(group, 'Second answer.', 2)
    const roles = (offset: number) => model.requests.at(offset)?.body.messages.map(({ role }) => role)
    expect(roles(-1)).toEqual(['system', 'user', 'assistant', 'user'])
    model.script({ text: 'Third answer.' })
    telegram.say(group, person, `@${telegram.bot.username} something else`)
    await shown(group, 'Third answer.', 3)
    expect(roles(-1)).toEqual(['system', 'user'])
  })

  it('is answered once when Telegram delivers the same message again', async () => {
    const { person, chat } = newPerson('Duda')
    model.script({ text: 'Only once.', times: 5 })
    const message = telegram.say(chat, person, 'hello')
    for (const update of telegram.updatesOf(message)) {
      telegram.redeliver(update)
      telegram.duplicate(update)
    }
    await shown(chat, 'Only once.')
    model.clearScript()
    model.script({ text: 'After.' })
    telegram.say(chat, person, 'next')
    await shown(chat, 'After.', 2)
    expect(answers(chat)).toHaveLength(2)
  })

  it('runs code and shows output, value and the line of an error', async () => {
    const { person, chat } = newPerson('Eva')
    telegram.say(
      chat,
      person,
      '/run ts\n```ts\nenum Colour { Red = 3 }\nconsole.log("hi", Colour.Red)\n6 * 7\n```',
    )
    const answer = await shown(chat, '42')
    expect(answer.text).toContain('hi 3')
    telegram.say(chat, person, '/run\nconst a = 1\na.b.c')
    const failed = await shown(chat, 'TypeError', 2)
    expect(failed.text).toMatch(/:2\b/)
  })

  it('gets a long output as a file', async () => {
    const { person, chat } = newPerson('Fred')
    telegram.say(chat, person, '/run for (let i = 0; i < 500; i++) console.log("line " + i)')
    const file = await telegram.waitFor(() => answers(chat).find((message) => message.media), 10_000)
    expect(file).toBeDefined()
  })

  it('gets help, usage and why at once', async () => {
    const { person, chat } = newPerson('Gil')
    telegram.say(chat, person, '/help')
    await shown(chat, '/run')
    telegram.say(chat, person, '/usage')
    await shown(chat, 'today', 2)
    telegram.say(chat, person, '/why')
    await shown(chat, 'command', 3)
  })

  it('stops a running answer, which says so', async () => {
    const { person, chat } = newPerson('Hugo')
    model.script({ tokens: Array.from({ length: 400 }, (_, n) => `word${n} `), tokensPerSecond: 10 })
    telegram.say(chat, person, 'talk for long')
    const answer = await shown(chat, 'word1')
    telegram.say(chat, person, '/stop')
    await telegram.waitFor(() => /stopped/i.test(answer.text), 10_000)
    await expect.poll(() => model.requests.at(-1)?.aborted).toBe(true)
  })

  it('is told honestly when the model server fails', async () => {
    const { person, chat } = newPerson('Ines')
    model.script({ times: 9, trouble: { kind: 'answer', status: 500, body: 'boom' } })
    telegram.say(chat, person, 'hello?')
    const answer = await shown(chat, /./)
    expect(answer.text).not.toContain('boom')
    expect(answers(chat)).toHaveLength(1)
  })

  it.skipIf(speechMissing)('is heard: a voice note is quoted and answered', async () => {
    const { person, chat } = newPerson('Joana')
    whisper.script({ text: 'What is the capital of Portugal?' })
    model.script({ match: /capital of Portugal/, text: 'Lisbon.' })
    telegram.voice(chat, person, { data: speak('What is the capital of Portugal?'), durationSeconds: 2 })
    const answer = await shown(chat, 'Lisbon.')
    expect(answer.text).toContain('What is the capital of Portugal?')
    expect(whisper.requests.at(-1)?.audio).toMatchObject({
      container: 'wav',
      sampleRate: 16_000,
      channels: 1,
    })
  })

  it.skipIf(speechMissing)('is told that nothing was heard, without a model call', async () => {
    const { person, chat } = newPerson('Kai')
    const before = model.requests.length
    telegram.voice(chat, person, { data: silence(2), durationSeconds: 2 })
    await shown(chat, 'no words')
    expect(model.requests).toHaveLength(before)
  })
})
