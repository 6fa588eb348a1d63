import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ModelEmulator,
  startModelEmulator,
  startWhisperEmulator,
  type WhisperEmulator,
} from '../../src/simulator/models/index.ts'
import { type Chat, shown, until } from '../support/chats/chat.ts'
import { startTelegramChat } from '../support/chats/telegram.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { longRecording, speechMissing } from '../support/speech.ts'

describe.skipIf(speechMissing)('a recording of eight minutes', () => {
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

  it('is heard in pieces cut at its pauses, with progress, and answered as a whole', async () => {
    const talk = chat.direct()
    const progress = new Set<string>()
    const stop = chat.onChange(() => {
      for (const { text } of talk.answers()) {
        const [minutes] = /\d+ of 8 minutes/.exec(text) ?? []
        if (minutes !== undefined) progress.add(minutes)
      }
    })
    whisper.script({ text: 'First words.', delayMs: 2_500, times: 2 })
    whisper.script({ text: 'More words.', delayMs: 500, times: 20 })
    model.script({ text: 'I heard all of it.' })
    talk.voice(longRecording(8), 480)
    const answer = await shown(chat, talk, 'I heard all of it.')
    stop()
    const lengths = whisper.requests.map(({ audio }) => audio?.durationMs ?? 0)
    expect(lengths.length).toBeGreaterThanOrEqual(4)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(150_000)
    expect(Math.abs(lengths.reduce((sum, length) => sum + length, 0) - 480_000)).toBeLessThan(2_000)
    expect(answer.text.match(/First words\./g)).toHaveLength(2)
    expect(answer.text.match(/More words\./g)).toHaveLength(lengths.length - 2)
    expect(progress.size).toBeGreaterThan(0)
  }, 60_000)

  it('goes on with what was not heard yet when the speech server fails in the middle', async () => {
    const talk = chat.direct()
    const before = whisper.requests.length
    whisper.clearScript()
    whisper.script({ text: 'Heard once.', times: 3 })
    whisper.script({ trouble: 'cut', times: 1 })
    whisper.script({ text: 'Heard later.', times: 20 })
    model.script({ text: 'Complete.' })
    talk.voice(longRecording(8), 480)
    const answer = await until(
      chat,
      () => talk.answers().find(({ text }) => text.includes('Complete.')),
      () => talk.answers(),
      45_000,
    )
    const asked = whisper.requests.slice(before)
    const pieces = (answer.text.match(/Heard (once|later)\./g) ?? []).length
    expect(asked.length).toBeLessThan(pieces * 2)
    expect(answer.text.match(/Heard once\./g)).toHaveLength(3)
  }, 60_000)
})
