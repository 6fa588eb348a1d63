import {
  startTelegramEmulator,
  type TelegramChat,
  type TelegramEmulatorOptions,
  type TelegramMessage,
} from '../../../src/simulator/telegram/index.ts'
import { type Chat, labelled, type Talk } from './chat.ts'

export async function startTelegramChat(options: TelegramEmulatorOptions = {}): Promise<Chat> {
  const telegram = await startTelegramEmulator(options)
  let made = 0
  const newPerson = (isBot = false) => {
    made += 1
    return telegram.createPerson({
      firstName: isBot ? `Robot ${made}` : `Ana ${made}`,
      username: `user_number_${made}`,
      isBot,
    })
  }

  const talkIn = (chat: TelegramChat, person: ReturnType<typeof newPerson>, direct: boolean): Talk => {
    const said = (id: string): TelegramMessage => {
      const found = chat.messages.find((message) => String(message.id) === id)
      if (!found) throw new Error(`no message ${id}`)
      return found
    }
    const speaker = (by: string | undefined) => {
      if (by === undefined || by === 'person') return person
      const other = newPerson(by === 'other-bot')
      telegram.setMember(chat, other, 'member', person)
      return other
    }
    return {
      say: (text, { mention = false, by } = {}) =>
        String(telegram.say(chat, speaker(by), mention ? `@${telegram.bot.username} ${text}` : text).id),
      goOn: (_question, answer, text) =>
        String(telegram.say(chat, person, direct ? text : { text, replyTo: said(answer.id) }).id),
      discuss(lines) {
        const other = speaker('other-person')
        const said = lines.map((text) => telegram.say(chat, other, text))
        const last = said.at(-1)
        return (text) => {
          const asked = { text: `@${telegram.bot.username} ${text}`, ...(last ? { replyTo: last } : {}) }
          return String(telegram.say(chat, person, asked).id)
        }
      },
      voice: (data, seconds) => {
        const replyTo = direct ? undefined : chat.messages.findLast(({ from }) => from.id === telegram.bot.id)
        const note = { data, durationSeconds: seconds, ...(replyTo === undefined ? {} : { replyTo }) }
        return String(telegram.voice(chat, person, note).id)
      },
      attach: ({ name, mimeType, data }, text) =>
        String(telegram.document(chat, person, { fileName: name, mimeType, data, caption: text }).id),
      redeliver: (id) => {
        for (const update of telegram.updatesOf(said(id))) {
          telegram.redeliver(update)
          telegram.duplicate(update)
        }
      },
      press(answer, label, by) {
        const { id } = labelled(buttonsOf(said(answer.id)), label)
        const press = telegram.pressButton(said(answer.id), id, speaker(by))
        return {
          acknowledged: () => press.answer !== undefined,
          told: () => press.answer?.text || undefined,
        }
      },
      edit: (id, text, { mention = false } = {}) =>
        void telegram.edit(said(id), mention ? `@${telegram.bot.username} ${text}` : text),
      touch: () => undefined,
      takeBack(id) {
        const answer = chat.messages.findLast(
          ({ from, replyTo, deleted, replyMarkup }) =>
            from.id === telegram.bot.id &&
            !deleted &&
            replyMarkup !== undefined &&
            (direct || String(replyTo) === id),
        )
        if (!answer) throw new Error('no answer with a button')
        const { id: button } = labelled(buttonsOf(answer), '🗑')
        telegram.pressButton(answer, button, person)
      },
      answers: () =>
        chat.messages
          .filter(({ from, deleted }) => from.id === telegram.bot.id && !deleted)
          .map((message) => ({
            id: String(message.id),
            text: message.text,
            edits: message.versions.length - 1,
            isFile: message.media !== undefined,
            buttons: buttonsOf(message).map(({ label }) => label),
          })),
      belongsTo: (question, answer) => direct || String(said(answer.id).replyTo) === question,
    }
  }

  return {
    platform: 'telegram',
    environment: { TELEGRAM_BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.url },
    faults: telegram.faults,
    commandPrefix: '/',
    group() {
      const person = newPerson()
      return talkIn(telegram.createGroup({ title: 'Team', creator: person }), person, false)
    },
    direct() {
      const person = newPerson()
      return talkIn(telegram.privateChat(person), person, true)
    },
    pings: () => [],
    cut: () => void telegram.faults.add({ match: /getUpdates/, effect: { kind: 'cut' }, times: 1 }),
    onRequest: telegram.onRequest,
    onChange: telegram.onChange,
    close: () => telegram.close(),
  }
}

function buttonsOf({ replyMarkup }: TelegramMessage): { id: string; label: string }[] {
  const rows = replyMarkup?.inline_keyboard
  return (Array.isArray(rows) ? rows : [])
    .flat()
    .map((button) => ({ id: String(button.callback_data), label: String(button.text) }))
}
