import { announceMembership, announceMessage, botSees } from './announce.ts'
import { addGroup, type GroupOptions, migrate, openPrivateChat } from './chat-making.ts'
import {
  type ButtonPress,
  type ForumTopic,
  isMember,
  type MemberStatus,
  type MessageDraft,
  type MessageMedia,
  statusOf,
  type TelegramChat,
  type TelegramMessage,
  type TelegramPerson,
} from './chats.ts'
import { detectEntities } from './entity-detection.ts'
import type { MessageEntity } from './message-entities.ts'
import { threadOfReply } from './message-methods.ts'
import { chatObject, messageObject, userObject } from './wire-objects.ts'
import { contentOf, type NewMessage, type World } from './world.ts'

export interface Saying {
  readonly text: string
  readonly replyTo?: TelegramMessage
  readonly topic?: ForumTopic
  /** Added to the @mentions, /commands and links found in the text, e.g. a `text_mention`. */
  readonly entities?: readonly MessageEntity[]
}

export interface Sending {
  readonly data: Buffer
  readonly caption?: string
  readonly replyTo?: TelegramMessage
  readonly topic?: ForumTopic
  /** Bytes to report instead of the true size, to pass the download limit without holding 20 MiB. */
  readonly declaredSize?: number
}

/** What people do in their Telegram apps. Every action tells the bot what the real platform would tell it. */
export interface PeopleSide {
  createPerson(person: {
    firstName: string
    username?: string
    lastName?: string
    languageCode?: string
    isBot?: boolean
    id?: number
  }): TelegramPerson
  /** The person's chat with the bot; the bot may write in it once the person has. */
  privateChat(person: TelegramPerson): TelegramChat
  createGroup(options: GroupOptions): TelegramChat
  createSupergroup(options: GroupOptions & { forum?: boolean; username?: string }): TelegramChat
  createTopic(chat: TelegramChat, name: string, by: TelegramPerson): ForumTopic
  closeTopic(topic: ForumTopic): void
  /** Puts the bot or a person into a chat, out of it, or gives a role; tells the bot about its own. */
  setMember(chat: TelegramChat, person: TelegramPerson, status: MemberStatus, by: TelegramPerson): void
  say(chat: TelegramChat, person: TelegramPerson, what: Saying | string): TelegramMessage
  edit(message: TelegramMessage, text: string): void
  /** The person deletes a message: bots are not told. */
  deleteMessage(message: TelegramMessage): void
  voice(
    chat: TelegramChat,
    person: TelegramPerson,
    voice: Sending & { durationSeconds: number; mimeType?: string },
  ): TelegramMessage
  document(
    chat: TelegramChat,
    person: TelegramPerson,
    document: Sending & { fileName: string; mimeType: string },
  ): TelegramMessage
  photo(chat: TelegramChat, person: TelegramPerson, photo: Sending): TelegramMessage
  /** Throws if the message has no such button. */
  pressButton(message: TelegramMessage, callbackData: string, person: TelegramPerson): ButtonPress
  /** No emoji takes the reaction back. The bot hears of it only if it asked for `message_reaction`. */
  react(message: TelegramMessage, person: TelegramPerson, ...emoji: string[]): void
  stopDraft(chat: TelegramChat, draft: MessageDraft): void
  block(person: TelegramPerson): void
  unblock(person: TelegramPerson): void
  /** Turns a group into a supergroup with another id. */
  migrate(chat: TelegramChat): TelegramChat
}

export function peopleSide(world: World): PeopleSide {
  const send = (
    chat: TelegramChat,
    from: TelegramPerson,
    text: string,
    options: Omit<Saying, 'text'>,
    extra: Pick<NewMessage, 'media' | 'service'> = {},
  ): TelegramMessage => {
    if (!isMember(statusOf(chat, from.id))) throw new Error(`${from.firstName} is not in this chat`)
    if (options.topic && !chat.topics.includes(options.topic)) throw new Error('no such topic in this chat')
    const { replyTo } = options
    const threadId = options.topic?.id ?? threadOfReply(chat, replyTo)
    const message = world.addMessage(chat, {
      from,
      text,
      entities: detectEntities(text, options.entities ?? []),
      silent: false,
      ...(replyTo ? { replyTo: replyTo.id } : {}),
      ...(threadId === undefined ? {} : { threadId }),
      ...extra,
    })
    announceMessage(world, message, 'message')
    return message
  }

  const sendMedia = (
    chat: TelegramChat,
    person: TelegramPerson,
    sending: Sending,
    file: { name: string; mimeType: string },
    media: (stored: MessageMedia['file']) => MessageMedia,
  ): TelegramMessage => {
    const size = sending.declaredSize === undefined ? {} : { size: sending.declaredSize }
    const stored = world.files.add({ ...file, ...size, data: sending.data })
    return send(chat, person, sending.caption ?? '', sending, { media: media(stored) })
  }

  const setBlocked = (person: TelegramPerson, blocked: boolean): void => {
    const chat = openPrivateChat(world, person)
    if (chat.blocked === blocked) return
    chat.blocked = blocked
    const [before, after] = blocked ? ['member', 'kicked'] : ['kicked', 'member']
    announceMembership(world, chat, person, before ?? '', after ?? '')
    world.changed({ kind: 'chat', chat })
  }

  return {
    createPerson: ({ isBot = false, id, ...names }) => {
      const person = { id: id ?? world.newPersonId(), isBot, ...names }
      world.people.set(person.id, person)
      return person
    },
    privateChat: (person) => openPrivateChat(world, person),
    createGroup: (options) => addGroup(world, 'group', options),
    createSupergroup: (options) => addGroup(world, 'supergroup', options),
    createTopic: (chat, name, by) => {
      if (!chat.isForum) throw new Error('topics need a forum supergroup')
      const message = send(chat, by, '', {}, { service: { kind: 'topic-created', name } })
      const topic: ForumTopic = { id: message.id, name, closed: false }
      chat.topics.push(topic)
      return topic
    },
    closeTopic: (topic) => {
      topic.closed = true
    },
    setMember: (chat, person, status, by) => {
      const before = statusOf(chat, person.id) ?? 'left'
      chat.members.set(person.id, { person, status })
      if (person.id === world.bot.id) announceMembership(world, chat, by, before, status)
      world.changed({ kind: 'chat', chat })
    },
    say: (chat, person, what) => {
      const saying = typeof what === 'string' ? { text: what } : what
      return send(chat, person, saying.text, saying)
    },
    edit: (message, text) => {
      world.editMessage(message, { ...contentOf(message), text, entities: detectEntities(text) })
      announceMessage(world, message, 'edited_message')
    },
    deleteMessage: (message) => world.deleteMessage(message),
    voice: (chat, person, { durationSeconds, mimeType = 'audio/ogg', ...sending }) =>
      sendMedia(chat, person, sending, { name: 'voice.ogg', mimeType }, (file) => ({
        kind: 'voice',
        file,
        durationSeconds,
      })),
    document: (chat, person, { fileName, mimeType, ...sending }) =>
      sendMedia(chat, person, sending, { name: fileName, mimeType }, (file) => ({ kind: 'document', file })),
    photo: (chat, person, sending) =>
      sendMedia(chat, person, sending, { name: 'photo.jpg', mimeType: 'image/jpeg' }, (file) => ({
        kind: 'photo',
        file,
      })),
    pressButton: (message, data, person) => pressButton(world, message, data, person),
    react: (message, person, ...emoji) => react(world, message, person, emoji),
    stopDraft: (chat, draft) => {
      if (!draft.canStop) throw new Error('this draft has no stop button')
      draft.ended = true
      world.changed({ kind: 'draft', chat, draft })
      const payload = { chat: chatObject(world, chat), draft_id: draft.draftId }
      world.updates.push('stopped_message_generation', payload, chat.id)
    },
    block: (person) => setBlocked(person, true),
    unblock: (person) => setBlocked(person, false),
    migrate: (chat) => migrate(world, chat),
  }
}

function pressButton(
  world: World,
  message: TelegramMessage,
  data: string,
  person: TelegramPerson,
): ButtonPress {
  if (!JSON.stringify(message.replyMarkup ?? {}).includes(`"callback_data":${JSON.stringify(data)}`))
    throw new Error(`the message has no button with "${data}"`)
  const chat = world.chatOf(message)
  const press: ButtonPress = {
    queryId: `${world.newPersonId()}${world.now()}`,
    message,
    person,
    data,
  }
  world.presses.set(press.queryId, press)
  const payload = {
    id: press.queryId,
    from: userObject(person),
    message: messageObject(world, message),
    chat_instance: String(chat.id * 7),
    data,
  }
  world.updates.push('callback_query', payload, chat.id)
  world.changed({ kind: 'button', chat, press })
  return press
}

/** In groups only administrators hear of reactions (Bot API, `message_reaction`). */
function react(world: World, message: TelegramMessage, person: TelegramPerson, emoji: string[]): void {
  const chat = world.chatOf(message)
  const before = message.reactions.get(person.id) ?? []
  message.reactions.set(person.id, emoji)
  world.changed({ kind: 'reaction', chat, message })
  const hears =
    chat.type === 'private' ? botSees(world, chat, message) : statusOf(chat, world.bot.id) === 'administrator'
  if (!hears) return
  const types = (list: readonly string[]) => list.map((one) => ({ type: 'emoji', emoji: one }))
  const payload = {
    chat: chatObject(world, chat),
    message_id: message.id,
    user: userObject(person),
    date: world.seconds,
    old_reaction: types(before),
    new_reaction: types(emoji),
  }
  world.updates.push('message_reaction', payload, chat.id)
}
