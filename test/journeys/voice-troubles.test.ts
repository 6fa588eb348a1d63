import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ModelEmulator,
  startModelEmulator,
  startWhisperEmulator,
  type WhisperEmulator,
} from '../../src/simulator/models/index.ts'
import { type Chat, shown } from '../support/chats/chat.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { speak, speechMissing } from '../support/speech.ts'

/** What is wrong, the environment that makes it so, what is sent, and what the person is told. */
const TROUBLES: readonly [string, Readonly<Record<string, string>>, () => [Buffer, number], RegExp][] = [
  [
    'there is no speech server',
    { WHISPER_BASE_URL: '' },
    () => [speak('hello'), 1],
    /no speech server is connected/,
  ],
  [
    'the speech server is down',
    { WHISPER_BASE_URL: 'http://127.0.0.1:9/v1' },
    () => [speak('hello'), 1],
    /speech server/,
  ],
  ['there is no ffmpeg', { FFMPEG_PATH: '/nowhere/ffmpeg' }, () => [speak('hello'), 1], /no ffmpeg/],
  [
    'it is no sound',
    {},
    () => [Buffer.from('<html>this is a page</html>'.repeat(50)), 1],
    /any sound|damaged/,
  ],
  ['it lasts for hours', {}, () => [speak('hello'), 9_000], /too long/],
]

describe.skipIf(speechMissing)('a voice note that cannot be answered', () => {
  let model: ModelEmulator
  let whisper: WhisperEmulator

  beforeAll(async () => {
    model = await startModelEmulator()
    whisper = await startWhisperEmulator()
  })
  afterAll(async () => {
    await model?.close()
    await whisper?.close()
  })

  it.each(TROUBLES)(
    'because %s gets one clear sentence and costs no model call',
    async (_why, environment, note, told) => {
      let chat: Chat | undefined
      let hub: TestHub | undefined
      try {
        chat = await startTelegramChat()
        hub = await startTestHub({
          ...chat.environment,
          LLM_BASE_URL: model.baseUrl,
          WHISPER_BASE_URL: whisper.baseUrl,
          ...environment,
        })
        const talk = chat.direct()
        const [data, seconds] = note()
        const before = model.requests.length
        talk.voice(data, seconds)
        await shown(chat, talk, told)
        expect(talk.answers()).toHaveLength(1)
        expect(model.requests).toHaveLength(before)
        talk.say('can you read this?')
        await shown(chat, talk, /demo model/, 2)
      } finally {
        await hub?.close()
        await chat?.close()
      }
    },
    40_000,
  )
})
