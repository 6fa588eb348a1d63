import { announceMembership, announceMessage } from './announce.ts'
import type { TelegramChat, TelegramPerson } from './chats.ts'
import type { World } from './world.ts'

export interface GroupOptions {
  readonly title: string
  readonly creator: TelegramPerson
  readonly members?: readonly TelegramPerson[]
  /** Default true: the creator adds the bot, which is told so. */
  readonly withBot?: boolean
  readonly botIsAdministrator?: boolean
  readonly id?: number
}

export function openPrivateChat(world: World, person: TelegramPerson): TelegramChat {
  const existing = world.chats.get(person.id)
  if (existing) return existing
  const chat = newChat({ id: person.id, type: 'private', isForum: false })
  chat.members.set(person.id, { person, status: 'member' })
  chat.members.set(world.bot.id, { person: world.bot, status: 'member' })
  world.chats.set(chat.id, chat)
  world.changed({ kind: 'chat', chat })
  return chat
}

export function addGroup(
  world: World,
  type: 'group' | 'supergroup',
  options: GroupOptions & { readonly forum?: boolean; readonly username?: string },
): TelegramChat {
  const number = world.newPersonId()
  const id = options.id ?? (type === 'group' ? -number : -1_000_000_000_000 - number)
  const chat = newChat({
    id,
    type,
    title: options.title,
    isForum: options.forum ?? false,
    ...(options.username ? { username: options.username } : {}),
  })
  chat.members.set(options.creator.id, { person: options.creator, status: 'creator' })
  for (const person of options.members ?? []) chat.members.set(person.id, { person, status: 'member' })
  world.chats.set(id, chat)
  if (options.withBot ?? true) {
    const status = options.botIsAdministrator ? 'administrator' : 'member'
    chat.members.set(world.bot.id, { person: world.bot, status })
    announceMembership(world, chat, options.creator, 'left', status)
  }
  world.changed({ kind: 'chat', chat })
  return chat
}

const newChat = (
  identity: Pick<TelegramChat, 'id' | 'type' | 'isForum' | 'title' | 'username'>,
): TelegramChat => ({
  ...identity,
  topics: [],
  members: new Map(),
  messages: [],
  actions: [],
  drafts: [],
  blocked: false,
})

/** The group keeps its messages and points to the supergroup, which has its members. */
export function migrate(world: World, chat: TelegramChat): TelegramChat {
  if (chat.type !== 'group') throw new Error('only a group becomes a supergroup')
  const people = [...chat.members.values()]
  const creator = people.find(({ status }) => status === 'creator')?.person ?? people[0]?.person ?? world.bot
  const grown = addGroup(world, 'supergroup', { title: chat.title ?? '', creator, withBot: false })
  for (const { person, status } of people) grown.members.set(person.id, { person, status })
  const tell = (where: TelegramChat, kind: 'migrated-to' | 'migrated-from', chatId: number): void => {
    const service = { kind, chatId }
    const message = world.addMessage(where, { from: creator, text: '', entities: [], silent: false, service })
    announceMessage(world, message, 'message')
  }
  chat.migratedTo = grown.id
  tell(chat, 'migrated-to', grown.id)
  tell(grown, 'migrated-from', chat.id)
  world.changed({ kind: 'chat', chat })
  return grown
}
