import { badRequest } from './api-error.ts'
import type { CallArguments } from './call-arguments.ts'
import { messageIn, threadIn, writableChat } from './chat-access.ts'
import {
  type MessageMedia,
  type RichContent,
  statusOf,
  type TelegramChat,
  type TelegramMessage,
  visibleMessage,
} from './chats.ts'
import { detectEntities } from './entity-detection.ts'
import { captionText, messageText } from './formatted-text.ts'
import type { FormattedText } from './message-entities.ts'
import { checkKeyboard } from './reply-keyboards.ts'
import { richContent } from './rich-message.ts'
import { messageObject } from './wire-objects.ts'
import { contentOf, type MessageContent, type World } from './world.ts'

const uploadLimit = 50 << 20
const photoLimit = 10 << 20

export function sendMessage(world: World, args: CallArguments): object {
  const formatted = textOf(args)
  return send(world, args, formatted)
}

export function sendRichMessage(world: World, args: CallArguments): object {
  const { rich, ...formatted } = richText(args)
  return send(world, args, formatted, { rich })
}

export function sendMedia(world: World, args: CallArguments, kind: MessageMedia['kind']): object {
  const caption = captionText({
    text: args.text('caption') ?? '',
    parseMode: args.text('parse_mode'),
    entities: args.entities('caption_entities'),
  })
  return send(world, args, caption, { media: mediaOf(world, args, kind) })
}

export function editMessageText(world: World, args: CallArguments): object {
  checkTarget(args)
  if (args.has('text') === args.has('rich_message'))
    throw badRequest(args.has('text') ? 'text and rich_message exclude each other' : 'message text is empty')
  const content: FormattedText & { rich?: RichContent } = args.has('text') ? textOf(args) : richText(args)
  const chat = writableChat(world, args)
  const message = ownMessage(world, chat, args)
  if (message.media) throw badRequest('there is no text in the message to edit')
  return edit(world, message, args, content)
}

export function editMessageReplyMarkup(world: World, args: CallArguments): object {
  checkTarget(args)
  const chat = writableChat(world, args)
  const message = ownMessage(world, chat, args)
  const { replyMarkup: _, ...rest } = contentOf(message)
  return edit(world, message, args, rest)
}

export function deleteMessage(world: World, args: CallArguments): true {
  const chat = writableChat(world, args)
  remove(world, messageIn(chat, args.integer('message_id'), 'message to delete'))
  return true
}

/** Skips what it cannot find, as the real method does. */
export function deleteMessages(world: World, args: CallArguments): true {
  const chat = writableChat(world, args)
  const ids = args.list('message_ids') ?? []
  if (ids.length < 1 || ids.length > 100) throw badRequest('too many message identifiers specified')
  for (const id of ids) {
    const message = visibleMessage(chat, Number(id))
    if (message) remove(world, message)
  }
  return true
}

function send(
  world: World,
  args: CallArguments,
  { text, entities }: FormattedText,
  extra: { rich?: RichContent; media?: MessageMedia } = {},
): object {
  if (args.has('business_connection_id')) throw badRequest('business connection not found')
  if (args.has('ephemeral_message_parameters')) throw badRequest('ephemeral messages are not emulated')
  const replyMarkup = args.record('reply_markup')
  checkKeyboard(replyMarkup)
  const chat = writableChat(world, args)
  const replyTo = repliedIn(chat, args)
  const threadId = threadIn(chat, args) ?? threadOfReply(chat, replyTo)
  const message = world.addMessage(chat, {
    from: world.bot,
    text,
    entities,
    silent: args.flag('disable_notification'),
    ...(replyMarkup ? { replyMarkup } : {}),
    ...(replyTo ? { replyTo: replyTo.id } : {}),
    ...(threadId === undefined ? {} : { threadId }),
    ...extra,
  })
  endDrafts(world, chat, threadId)
  return messageObject(world, message)
}

/** A sent message takes the place of the drafts shown in its chat or topic. */
function endDrafts(world: World, chat: TelegramChat, threadId: number | undefined): void {
  for (const draft of chat.drafts) {
    if (draft.ended || draft.threadId !== threadId) continue
    draft.ended = true
    world.changed({ kind: 'draft', chat, draft })
  }
}

function repliedIn(chat: TelegramChat, args: CallArguments): TelegramMessage | undefined {
  const given = args.record('reply_parameters')
  if (!given) return undefined
  const elsewhere = given.chat_id !== undefined && given.chat_id !== chat.id
  if (elsewhere) throw badRequest('replies in other chats are not emulated')
  const message = visibleMessage(chat, Number(given.message_id))
  if (!message && given.allow_sending_without_reply === true) return undefined
  if (!message) throw badRequest('message to be replied not found')
  const quote = given.quote
  if (typeof quote === 'string' && !message.text.includes(quote)) throw badRequest('QUOTE_TEXT_INVALID')
  return message
}

/** In a forum a reply stays in its topic; in other supergroups it joins the thread of what it replies to. */
export function threadOfReply(chat: TelegramChat, replied: TelegramMessage | undefined): number | undefined {
  if (!replied || chat.type !== 'supergroup') return undefined
  return chat.isForum ? replied.threadId : (replied.threadId ?? replied.id)
}

export function textOf(args: CallArguments): FormattedText {
  return messageText({
    text: args.text('text') ?? '',
    parseMode: args.text('parse_mode'),
    entities: args.entities('entities'),
  })
}

export function richText(args: CallArguments): FormattedText & { rich: RichContent } {
  const given = args.record('rich_message') ?? {}
  const rich = richContent(given)
  const found = given.skip_entity_detection === true ? [] : detectEntities(rich.source)
  return { text: rich.source, entities: found, rich }
}

function mediaOf(world: World, args: CallArguments, kind: MessageMedia['kind']): MessageMedia {
  const upload = args.upload(kind)
  const durationSeconds = args.integer('duration') ?? 0
  if (!upload) {
    const reference = args.text(kind) ?? ''
    const known = world.files.byId(reference)
    if (known) return { kind, file: known, durationSeconds }
    throw badRequest(
      /^https?:/.test(reference)
        ? 'failed to get HTTP URL content'
        : 'wrong file identifier/HTTP URL specified',
    )
  }
  if (upload.data.length === 0) throw badRequest('file must be non-empty')
  if (kind === 'photo') checkPhoto(upload.data)
  if (upload.data.length > uploadLimit) throw badRequest('file is too big')
  const mimeType = kind === 'voice' ? 'audio/ogg' : kind === 'photo' ? 'image/jpeg' : upload.contentType
  const file = world.files.add({ data: upload.data, name: upload.filename, mimeType })
  return { kind, file, durationSeconds }
}

function checkPhoto(data: Buffer): void {
  if (data.length > photoLimit) throw badRequest('file is too big')
  const head = data.subarray(0, 12).toString('latin1')
  if (!/^(\xFF\xD8\xFF|\x89PNG|GIF8|BM|RIFF....WEBP)/s.test(head)) throw badRequest('IMAGE_PROCESS_FAILED')
}

function checkTarget(args: CallArguments): void {
  if (args.has('inline_message_id')) throw badRequest('MESSAGE_ID_INVALID')
  if (!args.has('chat_id')) throw badRequest('chat_id is empty')
}

function ownMessage(world: World, chat: TelegramChat, args: CallArguments): TelegramMessage {
  const message = messageIn(chat, args.integer('message_id'), 'message to edit')
  if (message.from.id !== world.bot.id || message.service) throw badRequest("message can't be edited")
  return message
}

function edit(
  world: World,
  message: TelegramMessage,
  args: CallArguments,
  { text, entities, rich }: MessageContent,
): object {
  const replyMarkup = args.record('reply_markup')
  checkKeyboard(replyMarkup)
  // An edit without reply_markup takes the keyboard away; so does an empty one.
  const rows = replyMarkup?.inline_keyboard
  const kept = Array.isArray(rows) && rows.length > 0 ? replyMarkup : undefined
  const content: MessageContent = {
    text,
    entities,
    ...(kept ? { replyMarkup: kept } : {}),
    ...(rich ? { rich } : {}),
  }
  if (JSON.stringify(content) === JSON.stringify(contentOf(message)))
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    )
  world.editMessage(message, content)
  return messageObject(world, message)
}

function remove(world: World, message: TelegramMessage): void {
  const chat = world.chatOf(message)
  const old = world.seconds - message.date > 48 * 3600
  const own = message.from.id === world.bot.id
  const mayDelete = chat.type === 'private' || own || statusOf(chat, world.bot.id) === 'administrator'
  if (!mayDelete || (old && statusOf(chat, world.bot.id) !== 'administrator'))
    throw badRequest("message can't be deleted")
  world.deleteMessage(message)
}
