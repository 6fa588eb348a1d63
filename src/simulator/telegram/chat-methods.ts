import { announceMembership } from './announce.ts'
import { badRequest } from './api-error.ts'
import type { CallArguments } from './call-arguments.ts'
import { accessibleChat, messageIn, threadIn, writableChat } from './chat-access.ts'
import type { MemberStatus, TelegramChat, TelegramPerson } from './chats.ts'
import { chatObject, userObject } from './wire-objects.ts'
import type { World } from './world.ts'

const actions =
  /^(typing|upload_photo|record_video|upload_video|record_voice|upload_voice|upload_document|choose_sticker|find_location|record_video_note|upload_video_note)$/
const reactions =
  '👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾🤷😡'
const allowedReactions = new Set([...reactions, '❤‍🔥', '👨‍💻', '🤷‍♂', '🤷‍♀'])

export function sendChatAction(world: World, args: CallArguments): true {
  const name = args.text('action') ?? ''
  if (!actions.test(name)) throw badRequest('wrong parameter action in request')
  const chat = writableChat(world, args)
  const topic = threadIn(chat, args)
  const action = { action: name, at: world.now(), ...(topic === undefined ? {} : { topic }) }
  chat.actions.push(action)
  world.changed({ kind: 'action', chat, action })
  return true
}

export function setMessageReaction(world: World, args: CallArguments): true {
  const chat = writableChat(world, args)
  const message = messageIn(chat, args.integer('message_id'), 'message to react')
  // Their shape was checked against the table.
  const given = (args.list('reaction') ?? []) as readonly { type: string; emoji?: string }[]
  if (given.length > 1) throw badRequest('REACTIONS_TOO_MANY')
  const emoji = given.map((one) => one.emoji ?? '')
  if (given.some(({ type }) => type !== 'emoji') || emoji.some((one) => !allowedReactions.has(one)))
    throw badRequest('REACTION_INVALID')
  message.reactions.set(world.bot.id, emoji)
  world.changed({ kind: 'reaction', chat, message })
  return true
}

export function getChat(world: World, args: CallArguments): object {
  const chat = accessibleChat(world, args)
  return {
    ...chatObject(world, chat),
    accent_color_id: 0,
    max_reaction_count: 11,
    accepted_gift_types: {
      unlimited_gifts: false,
      limited_gifts: false,
      unique_gifts: false,
      premium_subscription: false,
      gifts_from_channels: false,
    },
  }
}

export function getChatMember(world: World, args: CallArguments): object {
  const chat = accessibleChat(world, args)
  const id = args.integer('user_id') ?? 0
  if (id <= 0) throw badRequest('invalid user_id specified')
  const person = world.people.get(id)
  if (!person) throw badRequest('member not found')
  return memberObject(person, chat.members.get(id)?.status ?? 'left')
}

export function getChatAdministrators(world: World, args: CallArguments): object[] {
  const chat = accessibleChat(world, args)
  if (chat.type === 'private') throw badRequest('there are no administrators in the private chat')
  return [...chat.members.values()]
    .filter(({ person, status }) => {
      const leads = status === 'creator' || status === 'administrator'
      return leads && (!person.isBot || person.id === world.bot.id || args.flag('return_bots'))
    })
    .map(({ person, status }) => memberObject(person, status))
}

export function getChatMemberCount(world: World, args: CallArguments): number {
  return membersOf(accessibleChat(world, args)).length
}

export function leaveChat(world: World, args: CallArguments): true {
  const chat = accessibleChat(world, args)
  if (chat.type === 'private') throw badRequest("chat member status can't be changed in private chats")
  const own = chat.members.get(world.bot.id)
  const before = own?.status ?? 'left'
  if (own) own.status = 'left'
  announceMembership(world, chat, world.bot, before, 'left')
  world.changed({ kind: 'chat', chat })
  return true
}

const membersOf = (chat: TelegramChat) =>
  [...chat.members.values()].filter(({ status }) => status !== 'left' && status !== 'kicked')

function memberObject(person: TelegramPerson, status: MemberStatus): object {
  const user = userObject(person)
  switch (status) {
    case 'creator':
      return { user, status, is_anonymous: false }
    case 'administrator':
      return {
        user,
        status,
        can_be_edited: false,
        is_anonymous: false,
        can_manage_chat: true,
        can_delete_messages: true,
        can_manage_video_chats: true,
        can_restrict_members: true,
        can_promote_members: false,
        can_change_info: true,
        can_invite_users: true,
        can_post_stories: false,
        can_edit_stories: false,
        can_delete_stories: false,
        can_pin_messages: true,
        can_manage_topics: true,
      }
    case 'kicked':
      return { user, status, until_date: 0 }
    case 'member':
    case 'left':
      return { user, status }
  }
}
