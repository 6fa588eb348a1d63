import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type ModelEmulator,
  startModelEmulator,
  startWhisperEmulator,
  type WhisperEmulator,
} from '../../src/simulator/models/index.ts'
import { type Chat, type Seen, shown, type Talk, until } from '../support/chats/chat.ts'
import {
  startDiscordChat,
  startMatrixChat,
  startSlackChat,
  startTelegramChat,
} from '../support/chats/index.ts'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { speak, speechMissing } from '../support/speech.ts'

const CHATS: readonly [string, () => Promise<Chat>][] = [
  ['Telegram', startTelegramChat],
  ['Slack', startSlackChat],
  ['Discord', startDiscordChat],
  ['Matrix', startMatrixChat],
]

describe.skipIf(speechMissing).each(CHATS)('what was heard on %s', (_name, startChat) => {
  let chat: Chat
  let model: ModelEmulator
  let whisper: WhisperEmulator
  let hub: TestHub
  const note = speechMissing === undefined ? speak('Who is the mayor?') : Buffer.alloc(0)

  beforeAll(async () => {
    chat = await startChat()
    model = await startModelEmulator()
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
  afterEach(async () => {
    model.clearScript()
    whisper.clearScript()
    await set({})
  })
  afterAll(async () => {
    await hub?.close()
    await chat?.close()
    await model?.close()
    await whisper?.close()
  })

  const query = async (text: string) => (await hub.hub.storage.database.pool.query(text)).rows
  const set = (values: object) =>
    query(
      `insert into settings (scope, scope_id, "values") values ('hub', '', '${JSON.stringify(values)}')
       on conflict (scope, scope_id) do update set "values" = excluded."values"`,
    )
  const decided = async (code: string) =>
    (await query(`select 1 from decisions where code = '${code}'`)).length
  const ended = (talk: Talk, what: RegExp): Promise<Seen> =>
    until(
      chat,
      () => talk.answers().find(({ text }) => what.test(text)),
      () => talk.answers(),
    )
  const doubtful = (text: string) =>
    whisper.script({ segments: [{ text, start: 0, end: 1, noSpeechProb: 0.9, avgLogprob: -1.6 }] })
  const lastPrompt = () => JSON.stringify(model.requests.at(-1)?.body.messages ?? [])

  it('is asked about where it is doubtful, and answered once the speaker confirms it', async () => {
    const talk = chat.direct()
    const before = model.requests.length
    doubtful('Who is the mare?')
    talk.voice(note, 2)
    const asked = await ended(talk, /Is this what you said\?/)
    expect(asked.text).toContain('Who is the mare?')
    expect(model.requests).toHaveLength(before)
    model.script({ match: /the mare/, text: 'A horse.' })
    if (asked.buttons.length > 0) talk.press(asked, 'That is right')
    else talk.say('yes')
    const answer = await shown(chat, talk, 'A horse.')
    expect(answer.id).toBe(asked.id)
    expect(answer.text).not.toMatch(/Is this what you said|not sure/)
    expect(talk.answers()).toHaveLength(1)
    expect(await decided('transcript_confirmed')).toBe(1)
  }, 30_000)

  it('is what the speaker writes instead: the same answer is redone with it', async () => {
    const talk = chat.direct()
    doubtful('Who is the mare?')
    const question = talk.voice(note, 2)
    const asked = await ended(talk, /Is this what you said\?/)
    model.script({ match: /the mayor/, text: 'Ana is.' })
    talk.goOn(question, asked, 'Who is the mayor?')
    const answer = await shown(chat, talk, 'Ana is.')
    expect(answer.id).toBe(asked.id)
    expect(answer.text).toContain('Who is the mayor?')
    expect(answer.text).not.toContain('mare')
    expect(lastPrompt()).not.toContain('mare')
    expect(talk.answers()).toHaveLength(1)
    expect(await decided('transcript_corrected')).toBe(1)
  }, 30_000)

  it('can be corrected after it was answered', async () => {
    const talk = chat.direct()
    whisper.script({ text: 'Who is the mare?' })
    model.script({ text: 'A horse.' })
    const question = talk.voice(note, 2)
    const first = await shown(chat, talk, 'A horse.')
    model.script({ match: /the mayor/, text: 'Ana is.' })
    talk.goOn(question, first, 'correction: Who is the mayor?')
    const second = await shown(chat, talk, 'Ana is.')
    expect(second.id).toBe(first.id)
    expect(second.text).toContain('Who is the mayor?')
    model.script({ match: /the mayor of Faro/, text: 'Rui is.' })
    talk.goOn(question, second, '*Who is the mayor of Faro?')
    const third = await shown(chat, talk, 'Rui is.')
    expect(third.id).toBe(first.id)
    expect(talk.answers()).toHaveLength(1)
  }, 30_000)

  it('is spelled with the names that the workspace gives, which are no words themselves', async () => {
    await set({ voiceHints: 'BrainAll, Quelimane' })
    const talk = chat.direct()
    whisper.script({ text: 'Quelimane.' })
    talk.voice(note, 2)
    await ended(talk, /Is this what you said\?/)
    expect(whisper.requests.at(-1)?.form.prompt).toBe('BrainAll, Quelimane')
  }, 30_000)

  it('is only written down where the setting wants it, with a summary by a button', async () => {
    await set({ voice: 'transcribe' })
    const talk = chat.direct()
    const before = model.requests.length
    whisper.script({ text: 'Ana writes the offer by Friday.' })
    talk.voice(note, 2)
    const posted = await ended(talk, /Ana writes the offer/)
    if (chat.platform !== 'matrix')
      await until(
        chat,
        () => talk.answers().find(({ buttons }) => buttons.some((label) => label.includes('Summary'))),
        () => talk.answers(),
      )
    expect(model.requests).toHaveLength(before)
    if (chat.platform === 'matrix') return
    model.script({ match: /action points[\s\S]*Ana writes the offer/, text: '- Ana: the offer, Friday' })
    talk.press(await ended(talk, /Ana writes the offer/), 'Summary')
    const summary = await shown(chat, talk, 'Ana: the offer, Friday')
    expect(summary.id).not.toBe(posted.id)
  }, 30_000)

  it('ends with the minutes of the day, and is nothing for who may not', async () => {
    await set({ voiceMinutes: 0 })
    const talk = chat.direct()
    const before = whisper.requests.length
    talk.voice(note, 2)
    await ended(talk, /are used up, until midnight UTC/)
    await set({ voicePeople: ['somebody-else'] })
    const other = chat.direct()
    other.voice(note, 2)
    await ended(other, /may not listen to your voice messages/)
    await set({ voice: false })
    const off = chat.direct()
    off.voice(note, 2)
    await ended(off, /switched off here/)
    expect(whisper.requests).toHaveLength(before)
  }, 30_000)
})
