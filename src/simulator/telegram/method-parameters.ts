import {
  botCommand,
  botCommandScope,
  ephemeralMessageParameters,
  inlineKeyboardMarkup,
  inputRichMessage,
  linkPreviewOptions,
  messageEntity,
  reactionType,
  replyMarkup,
  replyParameters,
  suggestedPostParameters,
} from './object-parameters.ts'
import {
  arrayOf,
  boolean,
  either,
  file,
  integer,
  type ParameterTable,
  required,
  string,
} from './parameter-types.ts'

const chatId = either(integer, string)

const sending: ParameterTable = {
  business_connection_id: string,
  chat_id: required(chatId),
  message_thread_id: integer,
  direct_messages_topic_id: integer,
  ephemeral_message_parameters: ephemeralMessageParameters,
  disable_notification: boolean,
  protect_content: boolean,
  allow_paid_broadcast: boolean,
  message_effect_id: string,
  suggested_post_parameters: suggestedPostParameters,
  reply_parameters: replyParameters,
  reply_markup: replyMarkup,
}
const captioned: ParameterTable = {
  caption: string,
  parse_mode: string,
  caption_entities: arrayOf(messageEntity),
}
const edited: ParameterTable = {
  business_connection_id: string,
  chat_id: chatId,
  message_id: integer,
  inline_message_id: string,
  reply_markup: inlineKeyboardMarkup,
}
const draft: ParameterTable = {
  chat_id: required(integer),
  message_thread_id: integer,
  draft_id: required(integer),
  can_stop: boolean,
  keep_on_stop: boolean,
}
const chatOnly: ParameterTable = { chat_id: required(chatId) }
const commandList: ParameterTable = { scope: botCommandScope, language_code: string }

/** Bot API 10.3, as @grammyjs/types 5.0 describes it. */
export const methodParameters = {
  getMe: {},
  getUpdates: { offset: integer, limit: integer, timeout: integer, allowed_updates: arrayOf(string) },
  setWebhook: {
    url: required(string),
    certificate: file,
    ip_address: string,
    max_connections: integer,
    allowed_updates: arrayOf(string),
    drop_pending_updates: boolean,
    secret_token: string,
  },
  deleteWebhook: { drop_pending_updates: boolean },
  getWebhookInfo: {},
  sendMessage: {
    ...sending,
    text: required(string),
    parse_mode: string,
    entities: arrayOf(messageEntity),
    link_preview_options: linkPreviewOptions,
  },
  sendRichMessage: { ...sending, rich_message: required(inputRichMessage) },
  sendVoice: { ...sending, ...captioned, voice: required(file), duration: integer },
  sendDocument: {
    ...sending,
    ...captioned,
    document: required(file),
    thumbnail: file,
    disable_content_type_detection: boolean,
  },
  sendPhoto: {
    ...sending,
    ...captioned,
    photo: required(file),
    show_caption_above_media: boolean,
    has_spoiler: boolean,
  },
  sendMessageDraft: { ...draft, text: string, parse_mode: string, entities: arrayOf(messageEntity) },
  sendRichMessageDraft: { ...draft, rich_message: required(inputRichMessage) },
  editMessageText: {
    ...edited,
    text: string,
    parse_mode: string,
    entities: arrayOf(messageEntity),
    link_preview_options: linkPreviewOptions,
    rich_message: inputRichMessage,
  },
  editMessageReplyMarkup: edited,
  deleteMessage: { ...chatOnly, message_id: required(integer) },
  deleteMessages: { ...chatOnly, message_ids: required(arrayOf(integer)) },
  sendChatAction: {
    business_connection_id: string,
    ...chatOnly,
    message_thread_id: integer,
    action: required(string),
  },
  setMessageReaction: {
    ...chatOnly,
    message_id: required(integer),
    reaction: arrayOf(reactionType),
    is_big: boolean,
  },
  answerCallbackQuery: {
    callback_query_id: required(string),
    text: string,
    show_alert: boolean,
    url: string,
    cache_time: integer,
  },
  getFile: { file_id: required(string) },
  setMyCommands: { ...commandList, commands: required(arrayOf(botCommand)) },
  getMyCommands: commandList,
  deleteMyCommands: commandList,
  getChat: chatOnly,
  getChatMember: { ...chatOnly, user_id: required(integer) },
  getChatMemberCount: chatOnly,
  getChatAdministrators: { ...chatOnly, return_bots: boolean },
  leaveChat: chatOnly,
} satisfies Record<string, ParameterTable>

export type MethodName = keyof typeof methodParameters

const nameByLowerCase = new Map(
  (Object.keys(methodParameters) as MethodName[]).map((name) => [name.toLowerCase(), name]),
)

/** Method names are case-insensitive. */
export const methodNamed = (called: string): MethodName | undefined =>
  nameByLowerCase.get(called.toLowerCase())
