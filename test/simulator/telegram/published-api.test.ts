import { existsSync } from 'node:fs'
import { InputFile } from 'grammy'
import { expect, test } from 'vitest'
import type { WireRequest } from '../../../src/simulator/faults.ts'
import { botFor, openTelegram, startPolling } from './running-bot.ts'

/** An independent check of requests against the published API description, where it is at hand. */
const checker = new URL('../../../../shared/wire-check/lib/', import.meta.url)
const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex')

test.skipIf(!existsSync(checker))('what the emulator accepts is what the API publishes', async () => {
  const { checkTelegram } = await import(new URL('telegram.mjs', checker).href)
  const { splitAllowed } = await import(new URL('allow.mjs', checker).href)
  const telegram = await openTelegram()
  const requests: WireRequest[] = []
  telegram.onRequest((request) => requests.push(request))
  const bot = botFor(telegram)
  await startPolling(bot, { allowed_updates: ['message', 'callback_query'] })
  const ana = telegram.createPerson({ firstName: 'Ana' })
  const { id } = telegram.privateChat(ana)
  const said = telegram.say(telegram.privateChat(ana), ana, 'hi')
  const keyboard = { inline_keyboard: [[{ text: 'Stop', callback_data: 'stop' }]] }

  const { api } = bot
  const sent = await api.sendMessage(id, '*hi*', {
    parse_mode: 'MarkdownV2',
    link_preview_options: { is_disabled: true },
    reply_parameters: { message_id: said.id, allow_sending_without_reply: true },
    reply_markup: keyboard,
  })
  await api.editMessageText(id, sent.message_id, '<b>new</b>', { parse_mode: 'HTML', reply_markup: keyboard })
  await api.editMessageReplyMarkup(id, sent.message_id)
  await api.sendChatAction(id, 'typing')
  await api.sendMessageDraft(id, 7, 'thinking', { can_stop: true })
  await api.sendRichMessageDraft(id, 8, { markdown: '# Title' })
  await api.sendRichMessage(id, { markdown: '| a | b |\n|---|---|\n| 1 | 2 |' })
  await api.sendVoice(id, new InputFile(Buffer.from('OggS'), 'my voice.ogg'), { duration: 3 })
  await api.sendDocument(id, new InputFile(Buffer.from('text'), 'a b.txt'), { caption: 'c' })
  await api.sendPhoto(id, new InputFile(png))
  await api.setMyCommands([{ command: 'run', description: 'Runs code' }])
  await api.getMyCommands()
  await api.getChat(id)
  await api.getChatMember(id, ana.id)
  await api.setMessageReaction(id, said.id, [{ type: 'emoji', emoji: '👍' }])
  await api.deleteMessage(id, sent.message_id)

  const violations = requests.flatMap((request) => checkTelegram(request))
  expect(requests.length).toBeGreaterThan(15)
  expect(splitAllowed(violations).refused).toEqual([])
  expect(telegram.commands).toEqual([{ command: 'run', description: 'Runs code' }])
})
