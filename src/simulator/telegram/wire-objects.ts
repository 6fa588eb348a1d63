import type { MessageMedia, ServiceEvent, TelegramChat, TelegramMessage, TelegramPerson } from './chats.ts'
import type { World } from './world.ts'

type WireObject = Record<string, unknown>

export function userObject(person: TelegramPerson): WireObject {
  return {
    id: person.id,
    is_bot: person.isBot,
    first_name: person.firstName,
    ...(person.lastName ? { last_name: person.lastName } : {}),
    ...(person.username ? { username: person.username } : {}),
    ...(person.languageCode ? { language_code: person.languageCode } : {}),
  }
}

export function chatObject(world: World, chat: TelegramChat): WireObject {
  if (chat.type === 'private') {
    const { is_bot: _, language_code: __, ...names } = userObject(world.people.get(chat.id) ?? world.bot)
    return { ...names, id: chat.id, type: 'private' }
  }
  return {
    id: chat.id,
    title: chat.title,
    ...(chat.username ? { username: chat.username } : {}),
    type: chat.type,
    ...(chat.isForum ? { is_forum: true } : {}),
    ...(chat.type === 'group' ? { all_members_are_administrators: false } : {}),
  }
}

/** `shallow` leaves out what the message replies to, as inside `reply_to_message`. */
export function messageObject(world: World, message: TelegramMessage, shallow = false): WireObject {
  const chat = world.chatOf(message)
  const topic = message.threadId === undefined ? {} : { message_thread_id: message.threadId }
  const replied = shallow ? undefined : repliedMessage(chat, message)
  return {
    message_id: message.id,
    from: userObject(message.from),
    chat: chatObject(world, chat),
    date: message.date,
    ...(message.editDate === undefined ? {} : { edit_date: message.editDate }),
    ...topic,
    ...(chat.isForum && message.threadId !== undefined ? { is_topic_message: true } : {}),
    ...(replied ? { reply_to_message: messageObject(world, replied, true) } : {}),
    ...contentFields(message),
    ...(message.replyMarkup && 'inline_keyboard' in message.replyMarkup
      ? { reply_markup: message.replyMarkup }
      : {}),
  }
}

/** In a forum topic a message that replies to nothing replies to the topic's creation. */
function repliedMessage(chat: TelegramChat, message: TelegramMessage): TelegramMessage | undefined {
  const id = message.replyTo ?? (chat.isForum ? message.threadId : undefined)
  return chat.messages.find((other) => other.id === id && other.id !== message.id && !other.deleted)
}

function contentFields(message: TelegramMessage): WireObject {
  if (message.service) return serviceFields(message.service)
  if (message.rich) return { rich_message: { blocks: [{ type: 'paragraph', text: message.text }] } }
  const entities = message.entities.length > 0 ? message.entities : undefined
  if (!message.media) return { text: message.text, ...(entities ? { entities } : {}) }
  return {
    ...mediaFields(message.media),
    ...(message.text === '' ? {} : { caption: message.text }),
    ...(entities ? { caption_entities: entities } : {}),
  }
}

function serviceFields(service: ServiceEvent): WireObject {
  switch (service.kind) {
    case 'migrated-to':
      return { migrate_to_chat_id: service.chatId }
    case 'migrated-from':
      return { migrate_from_chat_id: service.chatId }
    case 'topic-created':
      return { forum_topic_created: { name: service.name, icon_color: 7_322_096 } }
  }
}

function mediaFields(media: MessageMedia): WireObject {
  const { file } = media
  const identity = { file_id: file.id, file_unique_id: file.uniqueId, file_size: file.size }
  switch (media.kind) {
    case 'voice':
      return { voice: { duration: media.durationSeconds, mime_type: file.mimeType, ...identity } }
    case 'document':
      return { document: { file_name: file.name, mime_type: file.mimeType, ...identity } }
    case 'photo':
      return { photo: [{ ...identity, width: 800, height: 600 }] }
  }
}
