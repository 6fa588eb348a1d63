import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ModelEmulator,
  startModelEmulator,
  startWhisperEmulator,
  type WhisperEmulator,
} from '../../src/simulator/models/index.ts'
import { type Chat, until } from '../support/chats/chat.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { longRecording, speechMissing } from '../support/speech.ts'

const MINUTES = 30

describe.skipIf(speechMissing)('a recording of half an hour', () => {
  let chat: Chat
  let model: ModelEmulator
  let whisper: WhisperEmulator
  let hub: TestHub

  beforeAll(async () => {
    model = await startModelEmulator()
    whisper = await startWhisperEmulator()
    chat = await startTelegramChat()
    hub = await startTestHub({
      ...chat.environment,
      LLM_BASE_URL: model.baseUrl,
      WHISPER_BASE_URL: whisper.baseUrl,
    })
  }, 40_000)
  afterAll(async () => {
    await hub?.close()
    await chat?.close()
    await model?.close()
    await whisper?.close()
  })

  it('is heard without a gap, in order, and answered', async () => {
    const talk = chat.direct()
    const startedAt = performance.now()
    whisper.script({ text: 'A piece of the meeting.', delayMs: 200, times: 100 })
    model.script({ text: 'All of it was heard.' })
    talk.voice(longRecording(MINUTES), MINUTES * 60)
    await until(
      chat,
      () => talk.answers().find(({ text }) => text.includes('All of it was heard.')),
      () => talk.answers(),
      180_000,
    )
    const lengths = whisper.requests.map(({ audio }) => audio?.durationMs ?? 0)
    const heardMs = lengths.reduce((sum, length) => sum + length, 0)
    process.stdout.write(
      `${JSON.stringify({ minutes: MINUTES, pieces: lengths.length, longestMs: Math.max(...lengths), heardMs, tookMs: Math.round(performance.now() - startedAt) })}\n`,
    )
    expect(Math.abs(heardMs - MINUTES * 60_000)).toBeLessThan(2_000)
    const shown = talk
      .answers()
      .map(({ text }) => text)
      .join('\n')
    expect(shown.match(/A piece of the meeting\./g)).toHaveLength(lengths.length)
  }, 240_000)
})
