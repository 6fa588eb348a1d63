import { ApiError, badRequest, forbidden } from './api-error.ts'
import type { CallArguments } from './call-arguments.ts'
import { isMember, statusOf, type TelegramChat, type TelegramMessage, visibleMessage } from './chats.ts'
import type { World } from './world.ts'

export function namedChat(world: World, args: CallArguments): TelegramChat {
  const id = args.integer('chat_id')
  const name = args.text('chat_id')
  if (name !== undefined && !name.startsWith('@') && !/^-?\d+$/.test(name)) throw badRequest('chat not found')
  const chat =
    name?.startsWith('@') === true
      ? [...world.chats.values()].find(({ username }) => `@${username}`.toLowerCase() === name.toLowerCase())
      : world.chats.get(id ?? Number(name))
  if (!chat) throw badRequest('chat not found')
  return chat
}

/** The chat, if the bot may see into it. */
export function accessibleChat(world: World, args: CallArguments): TelegramChat {
  const chat = namedChat(world, args)
  if (chat.migratedTo !== undefined)
    throw new ApiError(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: chat.migratedTo,
    })
  const status = statusOf(chat, world.bot.id)
  if (chat.type !== 'private' && status === 'kicked')
    throw forbidden(`bot was kicked from the ${chat.type} chat`)
  if (chat.type !== 'private' && !isMember(status))
    throw forbidden(`bot is not a member of the ${chat.type} chat`)
  return chat
}

/** The chat, if the bot may write in it. */
export function writableChat(world: World, args: CallArguments): TelegramChat {
  const chat = accessibleChat(world, args)
  if (chat.blocked) throw forbidden('bot was blocked by the user')
  if (chat.type === 'private' && chat.messages.length === 0)
    throw forbidden("bot can't initiate conversation with a user")
  return chat
}

/** Checked `message_thread_id`: only topics of this forum; the general topic is addressed by leaving it out. */
export function threadIn(chat: TelegramChat, args: CallArguments): number | undefined {
  const id = args.integer('message_thread_id')
  if (id === undefined) return undefined
  const topic = chat.topics.find((one) => one.id === id)
  if (!topic) throw badRequest('message thread not found')
  if (topic.closed) throw badRequest('TOPIC_CLOSED')
  return id
}

export function messageIn(chat: TelegramChat, id: number | undefined, what: string): TelegramMessage {
  if (id === undefined) throw badRequest('message identifier is not specified')
  const message = visibleMessage(chat, id)
  if (!message) throw badRequest(`${what} not found`)
  return message
}
