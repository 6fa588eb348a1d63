import type { MessageEntity } from './message-entities.ts'
import type { StoredFile } from './stored-files.ts'

export interface TelegramPerson {
  readonly id: number
  readonly isBot: boolean
  readonly firstName: string
  readonly lastName?: string
  readonly username?: string
  readonly languageCode?: string
}

export type ChatType = 'private' | 'group' | 'supergroup'
export type MemberStatus = 'creator' | 'administrator' | 'member' | 'left' | 'kicked'

export interface ForumTopic {
  readonly id: number
  readonly name: string
  closed: boolean
}

export interface TelegramChat {
  readonly id: number
  readonly type: ChatType
  readonly title?: string
  readonly username?: string
  readonly isForum: boolean
  readonly topics: ForumTopic[]
  readonly members: Map<number, { readonly person: TelegramPerson; status: MemberStatus }>
  /** In the order they were sent, deleted ones included. */
  readonly messages: TelegramMessage[]
  readonly actions: ChatAction[]
  readonly drafts: MessageDraft[]
  /** The private chat's person blocked the bot. */
  blocked: boolean
  /** The supergroup that this group became. */
  migratedTo?: number
}

export interface ChatAction {
  readonly action: string
  readonly topic?: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** One state of a message, from its sending to its latest edit. */
export interface MessageVersion {
  readonly text: string
  readonly entities: readonly MessageEntity[]
  readonly replyMarkup?: Readonly<Record<string, unknown>>
  readonly rich?: RichContent
  /** Milliseconds since the epoch. */
  readonly at: number
}

export interface RichContent {
  readonly format: 'markdown' | 'html' | 'blocks'
  /** As the bot gave it; blocks as JSON. */
  readonly source: string
}

export type MessageMedia =
  | { readonly kind: 'voice'; readonly file: StoredFile; readonly durationSeconds: number }
  | { readonly kind: 'document'; readonly file: StoredFile }
  | { readonly kind: 'photo'; readonly file: StoredFile }

export type ServiceEvent =
  | { readonly kind: 'migrated-to'; readonly chatId: number }
  | { readonly kind: 'migrated-from'; readonly chatId: number }
  | { readonly kind: 'topic-created'; readonly name: string }

export interface TelegramMessage {
  readonly id: number
  readonly chatId: number
  readonly from: TelegramPerson
  /** Seconds since the epoch, as on the wire. */
  readonly date: number
  /** Caption, where there is media; source text, where the message is rich. */
  text: string
  entities: readonly MessageEntity[]
  replyMarkup?: Readonly<Record<string, unknown>>
  rich?: RichContent
  readonly replyTo?: number
  /** Forum topic; the thread's first message elsewhere in supergroups. */
  readonly threadId?: number
  readonly media?: MessageMedia
  readonly service?: ServiceEvent
  readonly silent: boolean
  /** The first is as sent, the last is current. */
  readonly versions: MessageVersion[]
  /** Seconds since the epoch. */
  editDate?: number
  /** By person: the emoji they left. */
  readonly reactions: Map<number, readonly string[]>
  deleted: boolean
}

export interface MessageDraft {
  readonly draftId: number
  readonly threadId?: number
  text: string
  entities: readonly MessageEntity[]
  rich?: RichContent
  canStop: boolean
  /** A message took its place, or the person stopped it. */
  ended: boolean
  /** Milliseconds since the epoch. A preview shows for 30 s after that. */
  updatedAt: number
  readonly versions: { readonly text: string; readonly at: number }[]
}

export type TelegramChange =
  | { readonly kind: 'chat'; readonly chat: TelegramChat }
  | {
      readonly kind: 'message' | 'edit' | 'delete' | 'reaction'
      readonly chat: TelegramChat
      readonly message: TelegramMessage
    }
  | { readonly kind: 'action'; readonly chat: TelegramChat; readonly action: ChatAction }
  | { readonly kind: 'draft'; readonly chat: TelegramChat; readonly draft: MessageDraft }
  | { readonly kind: 'button'; readonly chat: TelegramChat; readonly press: ButtonPress }
  | { readonly kind: 'commands' | 'webhook' | 'updates' }

export interface ButtonPress {
  readonly queryId: string
  readonly message: TelegramMessage
  readonly person: TelegramPerson
  readonly data: string
  answer?: { readonly text: string; readonly showAlert: boolean; readonly url?: string }
}

export interface BotCommand {
  readonly command: string
  readonly description: string
}

export const statusOf = (chat: TelegramChat, personId: number): MemberStatus | undefined =>
  chat.members.get(personId)?.status
export const isMember = (status: MemberStatus | undefined): boolean =>
  status === 'creator' || status === 'administrator' || status === 'member'

export const visibleMessage = (chat: TelegramChat, id: number): TelegramMessage | undefined =>
  chat.messages.find((message) => message.id === id && !message.deleted)
