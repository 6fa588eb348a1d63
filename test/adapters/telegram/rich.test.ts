import { afterEach, beforeEach, expect, test } from 'vitest'
import { telegram as adapter } from '../../../adapters/telegram/index.ts'
import { externalId } from '../../../src/model/ids.ts'
import {
  startTelegramEmulator,
  type TelegramChat,
  type TelegramEmulator,
} from '../../../src/simulator/telegram/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'

let telegram: TelegramEmulator
let chat: TelegramChat

beforeEach(async () => {
  telegram = await startTelegramEmulator()
  const ana = telegram.createPerson({ firstName: 'Ana' })
  chat = telegram.privateChat(ana)
  telegram.say(chat, ana, 'hello')
})
afterEach(() => telegram.close())

const REFUSED = { ok: false, error_code: 400, description: 'Bad Request: rich messages are not available' }
const TABLE = '| a | b |\n|---|---|\n| 1 | 2 |'

test.each([
  ['posted', /sendRichMessage/i],
  ['edited', /editMessageText/i],
])('a rich table that Telegram refuses when it is %s is said in plain form', async (_when, match) => {
  const sender = adapter.createSender(
    { token: telegram.token, apiRoot: telegram.url },
    createRecordingLogger(),
  )
  const signal = AbortSignal.timeout(20_000)
  const target = { channel: externalId(chat.id), chatId: chat.id, direct: true, richText: true }
  const [part] = sender.format(TABLE, target)
  if (part === undefined) throw new Error('nothing to show')
  telegram.faults.add({ match, effect: { kind: 'answer', status: 400, body: REFUSED }, times: 1 })
  const content = { kind: 'text' as const, part, controls: [] }
  const first = match.source.startsWith('send')
    ? content
    : { ...content, part: { body: { text: 'before', entities: [] } } }
  const { externalId: id } = await sender.post(
    { target, content: first, key: 'k', private: false, final: false },
    signal,
  )
  if (first !== content)
    await sender.edit({ target, externalId: id, content, key: 'k2', final: true }, signal)
  const shown = chat.messages.find((message) => String(message.id) === String(id))
  expect(shown?.rich).toBeUndefined()
  expect(shown?.text).toMatch(/a.*b[\s\S]*1.*2/)
})
