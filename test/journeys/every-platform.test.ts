import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type ModelEmulator,
  startModelEmulator,
  startWhisperEmulator,
  type WhisperEmulator,
} from '../../src/simulator/models/index.ts'
import { type Chat, shown, until } from '../support/chats/chat.ts'
import { startDiscordChat } from '../support/chats/discord.ts'
import { startMatrixChat } from '../support/chats/matrix.ts'
import { startSlackChat } from '../support/chats/slack.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { silence, speak, speechMissing } from '../support/speech.ts'
import { watchWire } from '../support/wire-check.ts'

const CHATS: readonly [string, () => Promise<Chat>][] = [
  ['Telegram', startTelegramChat],
  ['Slack', startSlackChat],
  ['Discord', startDiscordChat],
  ['Matrix', startMatrixChat],
]

/** Everything that would notify somebody, in all the ways a model may write it. */
const PINGS =
  'Hello @everyone @here @room <!channel> <!here> <@U123ABC> <@123456789012345678> <@&123456789012345678> @user_number_1'

describe.each(CHATS)('a person on %s', (_name, startChat) => {
  let chat: Chat
  let model: ModelEmulator
  let whisper: WhisperEmulator
  let hub: TestHub
  let wire: ReturnType<typeof watchWire>

  beforeAll(async () => {
    chat = await startChat()
    wire = watchWire(chat.platform, chat)
    model = await startModelEmulator({ tokensPerSecond: 500 })
    whisper = await startWhisperEmulator()
    hub = await startTestHub({
      ...chat.environment,
      LLM_BASE_URL: model.baseUrl,
      WHISPER_BASE_URL: whisper.baseUrl,
    })
    await vi.waitFor(
      async () => {
        const [connection] = await hub.hub.storage.connections.list()
        expect(connection?.state, connection?.stateDetail).toBe('connected')
      },
      { timeout: 15_000 },
    )
  }, 40_000)
  afterEach(() => {
    model.clearScript()
    expect(wire.violations).toEqual([])
  })
  afterAll(async () => {
    await hub?.close()
    await chat?.close()
    await model?.close()
    await whisper?.close()
  })

  const lastPrompt = () => model.requests.at(-1)?.body.messages ?? []

  it('is answered where it mentions the bot, in one message that grows', async () => {
    const talk = chat.group()
    model.script({ tokens: Array.from({ length: 40 }, (_, n) => `word${n} `), tokensPerSecond: 14 })
    const question = talk.say('count for me', { mention: true })
    const answer = await shown(chat, talk, 'word39')
    expect(talk.answers()).toHaveLength(1)
    expect(answer.edits).toBeGreaterThan(0)
    expect(talk.belongsTo(question, answer)).toBe(true)
    expect(String(lastPrompt().at(-1)?.content)).toMatch(/^[^:@<]+: count for me$/)
  }, 30_000)

  it('is answered in a direct message, without mentioning the bot', async () => {
    const talk = chat.direct()
    model.script({ text: 'Straight back.' })
    talk.say('hello')
    await shown(chat, talk, 'Straight back.')
    expect(lastPrompt().at(-1)?.content).toBe('hello')
  })

  it('goes on in the conversation that a mention opened', async () => {
    const talk = chat.group()
    model.script({ text: 'First answer.' })
    const question = talk.say('first', { mention: true })
    const first = await shown(chat, talk, 'First answer.')
    model.script({ text: 'Second answer.' })
    const more = talk.goOn(question, first, 'and more?')
    const second = await shown(chat, talk, 'Second answer.', 2)
    expect(talk.belongsTo(more, second)).toBe(true)
    expect(lastPrompt().map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user'])
  })

  it('is left alone where it speaks to others; other bots and the bot itself are no company', async () => {
    const talk = chat.group()
    const before = model.requests.length
    talk.say('not for the bot')
    if (chat.platform !== 'slack') talk.say('beep', { by: 'other-bot', mention: chat.platform !== 'matrix' })
    model.script({ text: 'Only this.' })
    talk.say('for the bot', { mention: true })
    await shown(chat, talk, 'Only this.')
    expect(talk.answers()).toHaveLength(1)
    expect(model.requests).toHaveLength(before + 1)
  })

  it('is answered once, however often the message arrives', async () => {
    const talk = chat.direct()
    const before = model.requests.length
    model.script({ text: 'Once.' })
    const question = talk.say('hello')
    talk.redeliver(question)
    await shown(chat, talk, 'Once.')
    talk.redeliver(question)
    model.script({ text: 'After.' })
    talk.say('next')
    await shown(chat, talk, 'After.', 2)
    expect(talk.answers()).toHaveLength(2)
    expect(model.requests).toHaveLength(before + 2)
  })

  it('pings nobody by what the model writes', async () => {
    const talk = chat.group()
    model.script({
      text: `${PINGS}\n\n\`${PINGS}\`\n\n\`\`\`\n${PINGS}\n\`\`\`\n\n[${PINGS}](https://example.org)`,
    })
    talk.say('shout', { mention: true })
    await shown(chat, talk, 'Hello')
    talk.answers()
    expect(chat.pings()).toEqual([])
  })

  it('gets a long answer in several messages, with nothing lost', async () => {
    const talk = chat.direct()
    const words = Array.from({ length: 2500 }, (_, n) => `w${n}`)
    const text = Array.from({ length: 50 }, (_, n) => words.slice(n * 50, n * 50 + 50).join(' ')).join('\n\n')
    model.script({ text, tokensPerSecond: Number.POSITIVE_INFINITY })
    talk.say('at length')
    await until(
      chat,
      () => talk.answers().at(-1)?.text.includes('w2499'),
      () => talk.answers().map((answer) => answer.text.length),
      25_000,
    )
    const whole = talk
      .answers()
      .map((answer) => answer.text)
      .join(' ')
    expect(talk.answers().length).toBeGreaterThan(1)
    expect(whole.match(/w\d+/g)).toEqual(words)
  }, 40_000)

  it('runs code by a command, with output, value and the line of an error', async () => {
    const talk = chat.direct()
    const p = chat.commandPrefix
    talk.say(`${p}run ts\n\`\`\`ts\nenum Colour { Red = 3 }\nconsole.log("hi", Colour.Red)\n6 * 7\n\`\`\``)
    const answer = await shown(chat, talk, '42')
    expect(answer.text).toContain('hi 3')
    talk.say(`${p}run\n\`\`\`js\nconst a = 1\na.b.c\n\`\`\``)
    expect((await shown(chat, talk, 'TypeError', 2)).text).toMatch(/:2\b/)
  })

  it('gets long output as a file', async () => {
    const talk = chat.direct()
    talk.say(
      `${chat.commandPrefix}run\n\`\`\`\nfor (let i = 0; i < 500; i++) console.log("line " + i)\n\`\`\``,
    )
    await until(
      chat,
      () => talk.answers().find(({ isFile }) => isFile),
      () => talk.answers(),
    )
  })

  it('gets help after a mention, and learns why', async () => {
    const talk = chat.group()
    talk.say('/help', { mention: true })
    await shown(chat, talk, `${chat.commandPrefix}run`)
    talk.say('/why', { mention: true })
    await shown(chat, talk, /command/, 2)
  })

  it('stops an answer under way', async () => {
    const talk = chat.direct()
    model.script({ tokens: Array.from({ length: 600 }, (_, n) => `word${n} `), tokensPerSecond: 10 })
    talk.say('talk for long')
    await shown(chat, talk, 'word1')
    talk.say(`${chat.commandPrefix}stop`)
    await shown(chat, talk, /stopped\.?\W*$/i)
    await expect.poll(() => model.requests.at(-1)?.aborted).toBe(true)
  }, 30_000)

  it('is told honestly when the model server fails', async () => {
    const talk = chat.direct()
    model.script({ times: 9, trouble: { kind: 'answer', status: 500, body: 'secret details' } })
    talk.say('hello?')
    const answer = await shown(chat, talk, /model/i)
    expect(answer.text).not.toContain('secret details')
    expect(talk.answers()).toHaveLength(1)
  })

  it.skipIf(speechMissing)(
    'is heard: a voice note is quoted and answered',
    async () => {
      const talk = chat.direct()
      whisper.script({ text: 'What is the capital of Portugal?' })
      model.script({ match: /capital of Portugal/, text: 'Lisbon.' })
      talk.voice(speak('What is the capital of Portugal?'), 2)
      const answer = await shown(chat, talk, 'Lisbon.')
      expect(answer.text).toContain('capital of Portugal')
      expect(whisper.requests.at(-1)?.audio).toMatchObject({
        container: 'wav',
        sampleRate: 16_000,
        channels: 1,
      })
    },
    30_000,
  )

  it.skipIf(speechMissing)('is told that nothing was heard, without a model call', async () => {
    const talk = chat.direct()
    const before = model.requests.length
    talk.voice(silence(2), 2)
    await shown(chat, talk, /no words/)
    expect(model.requests).toHaveLength(before)
  })
})
