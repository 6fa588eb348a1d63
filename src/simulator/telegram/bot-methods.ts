import { badRequest } from './api-error.ts'
import type { CallArguments } from './call-arguments.ts'
import type { BotCommand } from './chats.ts'
import { downloadLimit } from './stored-files.ts'
import { userObject } from './wire-objects.ts'
import type { World } from './world.ts'

const scopes =
  /^(default|all_private_chats|all_group_chats|all_chat_administrators|chat|chat_administrators|chat_member)$/

export function getMe(world: World): object {
  return {
    ...userObject(world.bot),
    can_join_groups: true,
    can_read_all_group_messages: !world.privacyMode,
    supports_guest_queries: false,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: false,
    allows_users_to_create_topics: false,
    can_manage_bots: false,
    supports_join_request_queries: false,
  }
}

export function setMyCommands(world: World, args: CallArguments): true {
  // Their shape was checked against the table.
  const commands = (args.list('commands') ?? []) as readonly BotCommand[]
  if (commands.length > 100) throw badRequest('BOT_COMMANDS_TOO_MUCH')
  for (const { command, description } of commands) {
    if (!/^[a-z0-9_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID')
    if (description.length < 1 || description.length > 256)
      throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID')
  }
  if (new Set(commands.map(({ command }) => command)).size < commands.length)
    throw badRequest('BOT_COMMAND_DUPLICATE')
  world.commands.set(commandKey(args), commands)
  world.changed({ kind: 'commands' })
  return true
}

export const getMyCommands = (world: World, args: CallArguments): readonly BotCommand[] =>
  world.commands.get(commandKey(args)) ?? []

export function deleteMyCommands(world: World, args: CallArguments): true {
  world.commands.delete(commandKey(args))
  world.changed({ kind: 'commands' })
  return true
}

function commandKey(args: CallArguments): string {
  const scope = args.record('scope') ?? { type: 'default' }
  if (!scopes.test(String(scope.type)))
    throw badRequest("can't parse BotCommandScope: Unsupported type specified")
  const language = args.text('language_code') ?? ''
  if (!/^([a-z]{2})?$/.test(language)) throw badRequest('invalid language_code specified')
  return [scope.type, scope.chat_id ?? '', scope.user_id ?? '', language].join('/')
}

export function answerCallbackQuery(world: World, args: CallArguments): true {
  const text = args.text('text') ?? ''
  if (text.length > 200) throw badRequest('MESSAGE_TOO_LONG')
  const press = world.presses.get(args.text('callback_query_id') ?? '')
  if (!press || press.answer)
    throw badRequest('query is too old and response timeout expired or query ID is invalid')
  const url = args.text('url')
  press.answer = { text, showAlert: args.flag('show_alert'), ...(url === undefined ? {} : { url }) }
  world.changed({ kind: 'button', chat: world.chatOf(press.message), press })
  return true
}

export function getFile(world: World, args: CallArguments): object {
  const id = args.text('file_id') ?? ''
  if (id === '') throw badRequest('file_id not specified')
  const file = world.files.byId(id)
  if (!file) throw badRequest('wrong file_id or the file is temporarily unavailable')
  if (file.size > downloadLimit) throw badRequest('file is too big')
  return {
    file_id: file.id,
    file_unique_id: file.uniqueId,
    file_size: file.size,
    file_path: world.files.link(file),
  }
}
