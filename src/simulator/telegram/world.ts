import { randomInt } from 'node:crypto'
import type {
  BotCommand,
  ButtonPress,
  MessageVersion,
  TelegramChange,
  TelegramChat,
  TelegramMessage,
  TelegramPerson,
} from './chats.ts'
import { FileStore } from './stored-files.ts'
import { UpdateQueue } from './update-queue.ts'

export type NewMessage = Omit<
  TelegramMessage,
  'id' | 'chatId' | 'date' | 'versions' | 'reactions' | 'deleted' | 'editDate'
>
export type MessageContent = Pick<MessageVersion, 'text' | 'entities' | 'replyMarkup' | 'rich'>

const identityEpoch = Date.UTC(2025, 0, 1)

/** Everything that exists on this Telegram: people, chats, messages, files, and what waits for the bot. */
export class World {
  readonly bot: TelegramPerson
  readonly chats = new Map<number, TelegramChat>()
  readonly people = new Map<number, TelegramPerson>()
  readonly presses = new Map<string, ButtonPress>()
  /** By scope and language. */
  readonly commands = new Map<string, readonly BotCommand[]>()
  readonly files = new FileStore()
  readonly updates: UpdateQueue
  readonly now: () => number
  privacyMode: boolean
  readonly #listeners = new Set<(change: TelegramChange) => void>()
  readonly #lastMessageIds = new Map<number, number>()
  // Differ between runs: a bot that remembers an earlier run must not take new messages for old ones.
  readonly #firstMessageId: number
  #nextPersonId = randomInt(100_000_000, 5_000_000_000)

  constructor(options: { bot: TelegramPerson; privacyMode: boolean; now: () => number }) {
    this.bot = options.bot
    this.privacyMode = options.privacyMode
    this.now = options.now
    this.updates = new UpdateQueue(options.now, () => this.changed({ kind: 'updates' }))
    this.#firstMessageId = Math.floor((options.now() - identityEpoch) / 1000)
    this.people.set(this.bot.id, this.bot)
  }

  get seconds(): number {
    return Math.floor(this.now() / 1000)
  }

  newPersonId(): number {
    this.#nextPersonId += 1
    return this.#nextPersonId
  }

  onChange(listener: (change: TelegramChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  changed(change: TelegramChange): void {
    for (const listener of [...this.#listeners]) listener(change)
  }

  chatOf(message: TelegramMessage): TelegramChat {
    const chat = this.chats.get(message.chatId)
    if (!chat) throw new Error(`no chat ${message.chatId}`)
    return chat
  }

  addMessage(chat: TelegramChat, content: NewMessage): TelegramMessage {
    const message: TelegramMessage = {
      ...content,
      id: this.#newMessageId(chat),
      chatId: chat.id,
      date: this.seconds,
      versions: [],
      reactions: new Map(),
      deleted: false,
    }
    message.versions.push({ ...contentOf(message), at: this.now() })
    chat.messages.push(message)
    this.changed({ kind: 'message', chat, message })
    return message
  }

  editMessage(message: TelegramMessage, content: MessageContent): void {
    message.text = content.text
    message.entities = content.entities
    delete message.replyMarkup
    delete message.rich
    if (content.replyMarkup) message.replyMarkup = content.replyMarkup
    if (content.rich) message.rich = content.rich
    message.editDate = this.seconds
    message.versions.push({ ...contentOf(message), at: this.now() })
    this.changed({ kind: 'edit', chat: this.chatOf(message), message })
  }

  deleteMessage(message: TelegramMessage): void {
    message.deleted = true
    this.changed({ kind: 'delete', chat: this.chatOf(message), message })
  }

  /** Supergroups number their own messages; private chats and basic groups share one sequence. */
  #newMessageId(chat: TelegramChat): number {
    const sequence = chat.type === 'supergroup' ? chat.id : 0
    const id = (this.#lastMessageIds.get(sequence) ?? this.#firstMessageId) + 1
    this.#lastMessageIds.set(sequence, id)
    return id
  }
}

export function contentOf(message: MessageContent): MessageContent {
  return {
    text: message.text,
    entities: message.entities,
    ...(message.replyMarkup ? { replyMarkup: message.replyMarkup } : {}),
    ...(message.rich ? { rich: message.rich } : {}),
  }
}
