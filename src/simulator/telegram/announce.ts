import { isMember, statusOf, type TelegramChat, type TelegramMessage, visibleMessage } from './chats.ts'
import type { Update } from './update-queue.ts'
import { chatObject, messageObject, userObject } from './wire-objects.ts'
import type { World } from './world.ts'

/** Tells the bot of a message, where it may see it. Undefined where it may not, or did not ask. */
export function announceMessage(
  world: World,
  message: TelegramMessage,
  kind: 'message' | 'edited_message',
): Update | undefined {
  const chat = world.chatOf(message)
  if (message.from.id === world.bot.id || !botSees(world, chat, message)) return undefined
  return world.updates.push(kind, messageObject(world, message), chat.id)
}

/** Privacy mode (core.telegram.org/bots/features#privacy-mode): commands, replies to the bot, mentions, service messages. */
export function botSees(world: World, chat: TelegramChat, message: TelegramMessage): boolean {
  if (chat.type === 'private') return !chat.blocked
  const status = statusOf(chat, world.bot.id)
  if (!isMember(status)) return false
  if (!world.privacyMode || status === 'administrator' || message.service) return true
  const replied = message.replyTo === undefined ? undefined : visibleMessage(chat, message.replyTo)
  if (replied?.from.id === world.bot.id) return true
  const own = `@${world.bot.username ?? ''}`.toLowerCase()
  return message.entities.some(({ type, offset, length, user }) => {
    const part = message.text.slice(offset, offset + length).toLowerCase()
    if (type === 'mention') return part === own
    if (type === 'text_mention') return user?.id === world.bot.id
    return type === 'bot_command' && (!part.includes('@') || part.endsWith(own))
  })
}

export function announceMembership(
  world: World,
  chat: TelegramChat,
  by: { readonly id: number },
  before: string,
  after: string,
): Update | undefined {
  const member = (status: string): object => ({
    user: userObject(world.bot),
    status,
    ...(status === 'kicked' ? { until_date: 0 } : {}),
  })
  const payload = {
    chat: chatObject(world, chat),
    from: userObject(world.people.get(by.id) ?? world.bot),
    date: world.seconds,
    old_chat_member: member(before),
    new_chat_member: member(after),
  }
  return world.updates.push('my_chat_member', payload, chat.id)
}
