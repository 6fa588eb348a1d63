import type {
  CallbackQuery,
  Message,
  MessageEntity,
  MessageGenerationStopped,
  Update,
  User,
  UserFromGetMe,
} from 'grammy/types'
import { isCommand } from '../../src/model/command.ts'
import { type ConnectionId, type ExternalId, externalId } from '../../src/model/ids.ts'
import type {
  Addressed,
  InboundAttachment,
  InboundEvent,
  InboundMessage,
  QuotedMessage,
} from '../../src/model/inbound.ts'
import type { Target } from '../../src/model/outbound.ts'
import { draftName } from './draft.ts'

export interface Self {
  readonly connectionId: ConnectionId
  readonly bot: Pick<UserFromGetMe, 'id' | 'username' | 'first_name'>
}

/** What an update means to the hub; undefined: nothing (service messages, other bots, channel posts). */
export function decode(update: Update, self: Self): InboundEvent | undefined {
  const eventId = String(update.update_id)
  if (update.message) return decodeMessage(update.message, eventId, self)
  if (update.edited_message) return decodeEdit(update.edited_message, eventId, self)
  if (update.callback_query) return decodePress(update.callback_query, eventId, self)
  if (update.stopped_message_generation)
    return decodeDraftStop(update.stopped_message_generation, eventId, self)
  return undefined
}

function decodeMessage(message: Message, eventId: string, self: Self): InboundEvent | undefined {
  const { from } = message
  if (message.migrate_to_chat_id !== undefined && from) {
    return {
      kind: 'channel-moved',
      ...base(message, from, eventId, self),
      newExternalId: externalId(message.migrate_to_chat_id),
    }
  }
  if (!from || from.is_bot || message.sender_chat) return undefined
  const isEmpty = message.text === undefined && message.caption === undefined
  if (isEmpty && attachmentsOf(message).length === 0) return undefined
  return { kind: 'message', ...saidIn(message, from, eventId, self) }
}

function saidIn(message: Message, from: User, eventId: string, self: Self): Omit<InboundMessage, 'kind'> {
  const direct = message.chat.type === 'private'
  const replied = realReply(message)
  const replyTo = replied && externalId(replied.message_id)
  const text = message.text ?? message.caption ?? ''
  const said = withoutSelf(text, message.entities ?? message.caption_entities ?? [], self)
  return {
    ...base(message, from, eventId, self),
    messageId: externalId(message.message_id),
    text: said.text,
    addressed: addressed(direct, said.meant, replied, self),
    conversation: direct
      ? { kind: 'keyed', key: 'direct', opens: false }
      : { kind: 'reply-chain', ...(replyTo === undefined ? {} : { replyTo }) },
    attachments: attachmentsOf(message),
    target: targetOf(message),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(replied ? { quoted: quotedOf(replied, self, message.quote?.text) } : {}),
  }
}

function nameOf({ first_name: first, last_name: last }: User): string {
  return [first, last].filter(Boolean).join(' ')
}

function quotedOf(message: Message, self: Self, excerpt: string | undefined): QuotedMessage {
  const entities = message.entities ?? message.caption_entities ?? []
  return {
    text: withoutSelf(message.text ?? message.caption ?? '', entities, self).text,
    ...(message.from ? { by: message.from.id === self.bot.id ? 'you' : nameOf(message.from) } : {}),
    ...(excerpt === undefined ? {} : { excerpt }),
    attachments: attachmentsOf(message),
  }
}

function decodeEdit(message: Message, eventId: string, self: Self): InboundEvent | undefined {
  const { from, date, edit_date: editDate } = message
  if (!from || from.is_bot || message.sender_chat) return undefined
  if (message.text === undefined && message.caption === undefined) return undefined
  return {
    kind: 'edit',
    ...saidIn(message, from, eventId, self),
    at: new Date((editDate ?? date) * 1000),
    saidAt: new Date(date * 1000),
  }
}

function decodePress(
  { data, message, from }: CallbackQuery,
  eventId: string,
  self: Self,
): InboundEvent | undefined {
  if (data === undefined || !message) return undefined
  return {
    kind: 'action',
    ...base(message, from, eventId, self),
    at: new Date(),
    control: data,
    messageId: externalId(message.message_id),
    target: targetOf(message),
  }
}

/** Drafts are shown in private chats alone, where the chat is the person. */
function decodeDraftStop(
  { chat, draft_id: draft }: MessageGenerationStopped,
  eventId: string,
  self: Self,
): InboundEvent {
  const from = { ...chat, is_bot: false }
  return {
    kind: 'action',
    ...base({ chat, date: 0 }, from, eventId, self),
    at: new Date(),
    control: 'stop',
    messageId: draftName(draft),
    newest: true,
    target: { channel: externalId(chat.id), chatId: chat.id, direct: true },
  }
}

type Placed = Pick<Message, 'chat' | 'date'> & {
  readonly message_thread_id?: number
  readonly is_topic_message?: boolean
}

function base(message: Placed, from: User, eventId: string, self: Self) {
  const { chat } = message
  const name = nameOf(from)
  return {
    connectionId: self.connectionId,
    eventId,
    at: new Date(message.date * 1000),
    workspace: { externalId: externalId(self.bot.id), name: self.bot.first_name },
    channel: {
      externalId: channelOf(message),
      ...(message.is_topic_message ? { within: externalId(chat.id) } : {}),
      name: chat.type === 'private' ? name : (chat.title ?? externalId(message.chat.id)),
      kind: chat.type === 'private' ? ('direct' as const) : ('group' as const),
    },
    person: {
      externalId: externalId(from.id),
      name,
      ...(from.language_code === undefined ? {} : { language: from.language_code }),
    },
  }
}

/** A forum's topics are channels of their own. */
function channelOf({ chat, message_thread_id, is_topic_message }: Placed): ExternalId {
  return externalId(
    is_topic_message && message_thread_id !== undefined ? `${chat.id}/${message_thread_id}` : chat.id,
  )
}

function targetOf(message: Placed & Pick<Message, 'message_id'>): Target {
  const { chat, message_thread_id: thread, is_topic_message: inTopic } = message
  return {
    channel: channelOf(message),
    chatId: chat.id,
    direct: chat.type === 'private',
    ...(inTopic && thread !== undefined ? { threadId: thread } : {}),
    ...(chat.type === 'private' ? {} : { replyTo: message.message_id }),
  }
}

/** In a topic, what is no reply still carries the message that made the topic. */
function realReply({ reply_to_message: replied }: Message): Message | undefined {
  return replied && !replied.forum_topic_created ? replied : undefined
}

function addressed(direct: boolean, meant: boolean, replied: Message | undefined, self: Self): Addressed {
  if (direct) return 'direct'
  if (meant) return 'mention'
  return replied?.from?.id === self.bot.id ? 'reply' : 'none'
}

/**
 * The text without the bot's own name, and whether it was meant by a mention or one of its commands. What
 * clients turned into entities while it was typed, such as a code block, is Markdown again.
 */
function withoutSelf(
  text: string,
  entities: readonly MessageEntity[],
  { bot }: Self,
): { text: string; meant: boolean } {
  const name = bot.username.toLowerCase()
  let meant = false
  let result = text
  for (const entity of entities.toSorted((a, b) => b.offset - a.offset)) {
    const shown = text.slice(entity.offset, entity.offset + entity.length)
    const before = result.slice(0, entity.offset)
    const after = result.slice(entity.offset + entity.length)
    if (entity.type === 'bot_command' && entity.offset === 0) {
      const [command = '', whom] = shown.slice(1).toLowerCase().split('@')
      if ((whom === undefined && isCommand(command)) || whom === name) {
        meant = true
        result = `/${command}${after}`
      }
    } else if (
      (entity.type === 'mention' && shown.slice(1).toLowerCase() === name) ||
      (entity.type === 'text_mention' && entity.user.id === bot.id)
    ) {
      meant = true
      result = `${before.trimEnd()} ${after.trimStart()}`.replace(/^[\s,:]+/, '')
    } else {
      result = `${before}${asMarkdown(entity, shown, before)}${after}`
    }
  }
  return { text: result.trim(), meant }
}

function asMarkdown(entity: MessageEntity, shown: string, before: string): string {
  switch (entity.type) {
    case 'pre':
      return `${before === '' || before.endsWith('\n') ? '' : '\n'}\`\`\`${entity.language ?? ''}\n${shown}\n\`\`\`\n`
    case 'code':
      return `\`${shown}\``
    case 'text_link':
      return `[${shown}](${entity.url})`
    default:
      return shown
  }
}

function attachmentsOf(message: Message): InboundAttachment[] {
  const { voice, audio, video_note: videoNote, video, document, photo } = message
  const largest = photo?.at(-1)
  return [
    ...(voice ? [attachment('voice', voice, 'voice.ogg')] : []),
    ...(audio ? [attachment('audio', audio, audio.file_name ?? 'audio')] : []),
    ...(videoNote ? [attachment('voice', videoNote, 'video-note.mp4')] : []),
    ...(video ? [attachment('video', video, video.file_name ?? 'video.mp4')] : []),
    ...(document ? [attachment('file', document, document.file_name ?? 'file')] : []),
    ...(largest ? [attachment('image', largest, 'photo.jpg')] : []),
  ]
}

interface StoredFile {
  readonly file_id: string
  readonly file_unique_id: string
  readonly file_size?: number | undefined
  readonly mime_type?: string | undefined
  readonly duration?: number | undefined
}

function attachment(kind: InboundAttachment['kind'], file: StoredFile, name: string): InboundAttachment {
  return {
    kind,
    externalId: externalId(file.file_unique_id),
    name,
    reference: { fileId: file.file_id },
    ...(file.mime_type === undefined ? {} : { mimeType: file.mime_type }),
    ...(file.file_size === undefined ? {} : { sizeBytes: file.file_size }),
    ...(file.duration === undefined ? {} : { durationMs: file.duration * 1000 }),
  }
}
