import { afterEach, beforeEach, expect, test } from 'vitest'
import { telegram as adapter } from '../../../adapters/telegram/index.ts'
import { externalId } from '../../../src/model/ids.ts'
import type { OutboundContent } from '../../../src/model/outbound.ts'
import type { Sender } from '../../../src/ports/sender.ts'
import {
  startTelegramEmulator,
  type TelegramChat,
  type TelegramEmulator,
  type TelegramPerson,
} from '../../../src/simulator/telegram/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'

const signal = AbortSignal.timeout(30_000)
let telegram: TelegramEmulator
let ana: TelegramPerson
let group: TelegramChat
let sender: Sender

beforeEach(async () => {
  telegram = await startTelegramEmulator()
  ana = telegram.createPerson({ firstName: 'Ana' })
  group = telegram.createGroup({ title: 'Team', creator: ana })
  sender = adapter.createSender({ token: telegram.token, apiRoot: telegram.url }, createRecordingLogger())
})
afterEach(() => telegram.close())

const target = () => ({ channel: externalId(group.id), chatId: group.id, replyTo: 1 })
const text = (words: string): OutboundContent & { kind: 'text' } => ({
  kind: 'text',
  part: { body: { text: words, entities: [] } },
  controls: [],
})
const post = (words: string, final = true) =>
  sender.post({ target: target(), content: text(words), key: 'k', private: false, final }, signal)
const said = (chat: TelegramChat) =>
  chat.messages
    .filter(({ from, text: words }) => from.id === telegram.bot.id && words !== '')
    .map((one) => one.text)

test('what is posted to a group that became a supergroup is said there, in reply to nothing', async () => {
  const grown = telegram.migrate(group)
  await post('One.')
  await post('Two.')
  expect(said(grown)).toEqual(['One.', 'Two.'])
  expect(grown.messages.every(({ replyTo }) => replyTo === undefined)).toBe(true)
})

test('an answer that grew in the group is said anew when it is whole, once', async () => {
  const { externalId: id } = await post('Half', false)
  const grown = telegram.migrate(group)
  const edit = (words: string, final: boolean) =>
    sender.edit({ target: target(), externalId: id, content: text(words), key: 'k', final }, signal)
  await expect(edit('Half of it', false)).rejects.toMatchObject({ retry: { kind: 'later' } })
  await edit('Half of it, and the rest.', true)
  expect(said(group)).toEqual(['Half'])
  expect(said(grown)).toEqual(['Half of it, and the rest.'])
})
