import {
  arrayOf,
  boolean,
  either,
  integer,
  object,
  onlyTrue,
  record,
  required,
  string,
} from './parameter-types.ts'

const user = object('User', {
  id: required(integer),
  is_bot: boolean,
  first_name: string,
  last_name: string,
  username: string,
  language_code: string,
  is_premium: boolean,
  added_to_attachment_menu: boolean,
})

export const messageEntity = object('MessageEntity', {
  type: required(string),
  offset: required(integer),
  length: required(integer),
  url: string,
  user,
  language: string,
  custom_emoji_id: string,
  unix_time: integer,
  date_time_format: string,
})

export const linkPreviewOptions = object('LinkPreviewOptions', {
  is_disabled: boolean,
  url: string,
  prefer_small_media: boolean,
  prefer_large_media: boolean,
  show_above_text: boolean,
})

export const replyParameters = object('ReplyParameters', {
  message_id: required(integer),
  chat_id: either(integer, string),
  checklist_task_id: integer,
  poll_option_id: string,
  allow_sending_without_reply: boolean,
  quote: string,
  quote_parse_mode: string,
  quote_entities: arrayOf(messageEntity),
  quote_position: integer,
})

export const ephemeralMessageParameters = object('EphemeralMessageParameters', {
  receiver_user_id: required(integer),
  callback_query_id: string,
  replace_callback_query_message: boolean,
})

export const suggestedPostParameters = object('SuggestedPostParameters', {
  price: object('SuggestedPostPrice', { currency: required(string), amount: required(integer) }),
  send_date: integer,
})

const webApp = object('WebAppInfo', { url: required(string) })

const inlineKeyboardButton = object('InlineKeyboardButton', {
  text: required(string),
  icon_custom_emoji_id: string,
  style: string,
  url: string,
  callback_data: string,
  web_app: webApp,
  login_url: object('LoginUrl', {
    url: required(string),
    forward_text: string,
    bot_username: string,
    request_write_access: boolean,
  }),
  disabled: object('DisabledButton', {}),
  switch_inline_query: string,
  switch_inline_query_current_chat: string,
  switch_inline_query_chosen_chat: object('SwitchInlineQueryChosenChat', {
    query: string,
    allow_user_chats: boolean,
    allow_bot_chats: boolean,
    allow_group_chats: boolean,
    allow_channel_chats: boolean,
  }),
  copy_text: object('CopyTextButton', { text: required(string) }),
  pay: boolean,
})

export const inlineKeyboardMarkup = object('InlineKeyboardMarkup', {
  inline_keyboard: required(arrayOf(arrayOf(inlineKeyboardButton))),
})

const keyboardButton = object('KeyboardButton', {
  text: required(string),
  icon_custom_emoji_id: string,
  style: string,
  request_contact: boolean,
  request_location: boolean,
  web_app: webApp,
})

export const replyMarkup = either(
  inlineKeyboardMarkup,
  object('ReplyKeyboardMarkup', {
    keyboard: required(arrayOf(arrayOf(either(string, keyboardButton)))),
    is_persistent: boolean,
    resize_keyboard: boolean,
    one_time_keyboard: boolean,
    input_field_placeholder: string,
    selective: boolean,
    force_reply: boolean,
  }),
  object('ReplyKeyboardRemove', { remove_keyboard: required(onlyTrue), selective: boolean }),
  object('ForceReply', {
    force_reply: required(onlyTrue),
    input_field_placeholder: string,
    selective: boolean,
  }),
)

export const inputRichMessage = object('InputRichMessage', {
  html: string,
  markdown: string,
  /** Blocks nest in many shapes: `rich-blocks.ts` checks them. */
  blocks: arrayOf(record),
  is_rtl: boolean,
  skip_entity_detection: boolean,
})

export const reactionType = either(
  object('ReactionTypeEmoji', { type: required(string), emoji: required(string) }),
  object('ReactionTypeCustomEmoji', { type: required(string), custom_emoji_id: required(string) }),
  object('ReactionTypePaid', { type: required(string) }),
)

export const botCommand = object('BotCommand', { command: required(string), description: required(string) })

export const botCommandScope = object('BotCommandScope', {
  type: required(string),
  chat_id: either(integer, string),
  user_id: integer,
})
