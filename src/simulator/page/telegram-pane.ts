import type {
  MessageDraft,
  TelegramChat,
  TelegramEmulator,
  TelegramMessage,
  TelegramPerson,
} from '../telegram/index.ts'
import { BOT_KEY, CAST, COMMANDS, found, type Pane, SHOWN_MESSAGES } from './pane.ts'
import { botPresence } from './presence.ts'
import type { BusySight, FileSight, MessageBody, MessageSight, NoticeSight } from './sight.ts'

const ACTION_LIFE_MS = 5_500
const DRAFT_LIFE_MS = 30_000
const NOTICES_KEPT = 10
const STOP_DRAFT = 'stop-draft'

const ACTION_WORDS: Readonly<Record<string, string>> = {
  typing: 'is typing',
  record_voice: 'is recording a voice message',
  upload_voice: 'is sending a voice message',
  upload_document: 'is sending a file',
  upload_photo: 'is sending a photo',
}

export function createTelegramPane(telegram: TelegramEmulator): Pane {
  const people = new Map<string, TelegramPerson>()
  for (const { key, name } of CAST)
    people.set(key, telegram.createPerson({ firstName: name, username: key, languageCode: 'en' }))
  const [creator = telegram.bot, ...members] = people.values()
  const group = telegram.createGroup({ title: 'Acme team', creator, members })
  const shown: TelegramChat[] = [group, ...[...people.values()].map((one) => telegram.privateChat(one))]
  const presence = botPresence(telegram)
  const notices: NoticeSight[] = []

  const person = (key: string): TelegramPerson => found(people.get(key), 'this person')
  const keyOf = (id: number): string =>
    id === telegram.bot.id ? BOT_KEY : ([...people].find(([, one]) => one.id === id)?.[0] ?? String(id))
  const chatOf = (id: string): TelegramChat =>
    found(
      shown.find((chat) => String(chat.id) === id),
      'this chat',
    )
  const messageOf = (id: string): TelegramMessage => {
    const [chatId = '', messageId] = id.split('/')
    const chat = chatOf(chatId)
    return found(
      chat.messages.find((one) => !one.deleted && String(one.id) === messageId),
      'this message',
    )
  }
  const replyTo = (id: string | undefined) => (id === undefined ? {} : { replyTo: messageOf(id) })

  const sightOf = (chat: TelegramChat, message: TelegramMessage): MessageSight => ({
    id: `${chat.id}/${message.id}`,
    channelId: String(chat.id),
    author: { key: keyOf(message.from.id), name: message.from.firstName },
    at: message.versions[0]?.at ?? message.date * 1000,
    isEdited: message.editDate !== undefined,
    isLive: false,
    replyTo: message.replyTo === undefined ? undefined : `${chat.id}/${message.replyTo}`,
    source: message.from.isBot || message.media ? undefined : message.text,
    body: bodyOf(message),
    files: fileSights(message),
    reactions: reactionsOf(message, keyOf),
  })

  const draftSight = (chat: TelegramChat, draft: MessageDraft): MessageSight => ({
    id: `${chat.id}/draft-${draft.draftId}`,
    channelId: String(chat.id),
    author: { key: BOT_KEY, name: telegram.bot.firstName },
    at: draft.updatedAt,
    isEdited: false,
    isLive: true,
    body: {
      kind: 'telegram',
      text: draft.text || 'Thinking…',
      entities: draft.entities,
      rich: draft.rich,
      keyboard: draft.canStop ? [[{ text: '⏹ Stop', callback_data: STOP_DRAFT }]] : undefined,
    },
    files: [],
    reactions: [],
  })

  const liveDrafts = (chat: TelegramChat): MessageDraft[] =>
    chat.drafts.filter((draft) => !draft.ended && Date.now() - draft.updatedAt < DRAFT_LIFE_MS)

  const busyIn = (chat: TelegramChat): BusySight[] => {
    const last = chat.actions.at(-1)
    if (!last || Date.now() - last.at > ACTION_LIFE_MS) return []
    const answered = chat.messages.some(
      ({ from, versions }) => from.id === telegram.bot.id && (versions.at(-1)?.at ?? 0) >= last.at,
    )
    const text = ACTION_WORDS[last.action] ?? 'is busy'
    return answered ? [] : [{ name: telegram.bot.firstName, text }]
  }

  const press = (id: string, control: string, by: TelegramPerson): void => {
    const [chatId = '', rest = ''] = id.split('/')
    const draft = chatOf(chatId).drafts.find((one) => `draft-${one.draftId}` === rest && !one.ended)
    if (draft && control === STOP_DRAFT) telegram.stopDraft(chatOf(chatId), draft)
    else telegram.pressButton(messageOf(id), control, by)
  }

  telegram.onChange((change) => {
    if (change.kind !== 'button' || !change.press.answer?.text) return
    const { press: pressed } = change
    notices.push({ id: pressed.queryId, onlyFor: keyOf(pressed.person.id), text: pressed.answer?.text ?? '' })
    notices.splice(0, notices.length - NOTICES_KEPT)
  })

  return {
    platform: 'telegram',
    sight: () => ({
      place: 'Acme team',
      bot: { key: BOT_KEY, name: telegram.bot.firstName },
      mention: `@${telegram.bot.username} `,
      isConnected: presence.isThere(),
      channels: shown.map((chat) => ({
        id: String(chat.id),
        name: chat.title ?? telegram.bot.firstName,
        kind: chat.type === 'private' ? 'direct' : 'channel',
        members: [...chat.members.keys()].map(keyOf),
        busy: busyIn(chat),
      })),
      commands: (telegram.commands.length > 0
        ? telegram.commands.map(({ command: name, description }) => ({ name, description }))
        : COMMANDS
      ).map(({ name, description }) => ({ name: `/${name}`, description })),
      messageCommands: [],
      forms: [],
      notices: [...notices],
    }),
    messages: () =>
      shown.flatMap((chat) => [
        ...chat.messages
          .filter((message) => !message.deleted && !message.service)
          .slice(-SHOWN_MESSAGES)
          .map((message) => sightOf(chat, message)),
        ...liveDrafts(chat).map((draft) => draftSight(chat, draft)),
      ]),
    file: (id) =>
      shown
        .flatMap(({ messages }) => messages)
        .map((message) => (message.deleted ? undefined : message.media?.file))
        .filter((file) => file?.uniqueId === id)
        .map((file) => file && { name: file.name, mimetype: file.mimeType, data: file.data })[0],
    async perform(action) {
      const by = person(action.person)
      switch (action.do) {
        case 'say':
          telegram.say(chatOf(action.channel), by, { text: action.text, ...replyTo(action.replyTo) })
          return undefined
        case 'attach': {
          const what = { data: action.data, caption: action.text, ...replyTo(action.replyTo) }
          const chat = chatOf(action.channel)
          if (action.mimetype === 'image/jpeg') telegram.photo(chat, by, what)
          else telegram.document(chat, by, { ...what, fileName: action.name, mimeType: action.mimetype })
          return undefined
        }
        case 'voice':
          telegram.voice(chatOf(action.channel), by, {
            data: action.data,
            mimeType: action.mimetype,
            durationSeconds: Math.max(1, Math.round(action.durationMs / 1000)),
            ...replyTo(action.replyTo),
          })
          return undefined
        case 'edit':
          telegram.edit(owned(messageOf(action.message), by), action.text)
          return undefined
        case 'delete':
          telegram.deleteMessage(owned(messageOf(action.message), by))
          return undefined
        case 'react': {
          const message = messageOf(action.message)
          const has = message.reactions.get(by.id)?.includes(action.emoji)
          telegram.react(message, by, ...(has ? [] : [action.emoji]))
          return undefined
        }
        case 'press':
          press(action.message, action.control, by)
          return undefined
        default:
          throw new Error('Telegram has nothing like this here')
      }
    },
    onChange: (listener) => telegram.onChange(listener),
  }
}

function owned(message: TelegramMessage, by: TelegramPerson): TelegramMessage {
  if (message.from.id !== by.id) throw new Error('only who wrote a message may change it')
  return message
}

function bodyOf({ text, entities, rich, replyMarkup }: TelegramMessage): MessageBody {
  return { kind: 'telegram', text, entities, rich, keyboard: replyMarkup?.inline_keyboard }
}

function fileSights({ media }: TelegramMessage): FileSight[] {
  if (!media) return []
  const { file } = media
  const seconds = media.kind === 'voice' ? media.durationSeconds : undefined
  const kind = media.kind === 'voice' ? 'voice' : file.mimeType.startsWith('image/') ? 'image' : 'file'
  return [{ id: file.uniqueId, name: file.name, mimetype: file.mimeType, bytes: file.size, kind, seconds }]
}

function reactionsOf({ reactions }: TelegramMessage, keyOf: (id: number) => string) {
  const byEmoji = new Map<string, string[]>()
  for (const [id, emoji] of reactions)
    for (const one of emoji) byEmoji.set(one, [...(byEmoji.get(one) ?? []), keyOf(id)])
  return [...byEmoji].map(([emoji, by]) => ({ emoji, by }))
}
