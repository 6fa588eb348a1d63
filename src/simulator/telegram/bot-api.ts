import type { WireRequest } from '../faults.ts'
import type { WireAnswer } from '../wire-server.ts'
import { ApiError } from './api-error.ts'
import {
  answerCallbackQuery,
  deleteMyCommands,
  getFile,
  getMe,
  getMyCommands,
  setMyCommands,
} from './bot-methods.ts'
import { CallArguments } from './call-arguments.ts'
import {
  getChat,
  getChatAdministrators,
  getChatMember,
  getChatMemberCount,
  leaveChat,
  sendChatAction,
  setMessageReaction,
} from './chat-methods.ts'
import { sendMessageDraft, sendRichMessageDraft } from './draft-methods.ts'
import {
  deleteMessage,
  deleteMessages,
  editMessageReplyMarkup,
  editMessageText,
  sendMedia,
  sendMessage,
  sendRichMessage,
} from './message-methods.ts'
import { type MethodName, methodNamed, methodParameters } from './method-parameters.ts'
import type { RateLimits } from './rate-limits.ts'
import type { UpdateDelivery } from './update-methods.ts'
import { readArguments } from './wire-body.ts'
import type { World } from './world.ts'

export interface BotApi {
  readonly world: World
  readonly limits: RateLimits
  readonly delivery: UpdateDelivery
  token(): string
}

type Handler = (api: BotApi, args: CallArguments, hangUp: AbortSignal) => unknown

const handlers: Readonly<Record<MethodName, Handler>> = {
  getMe: ({ world }) => getMe(world),
  getUpdates: ({ delivery }, args, hangUp) => delivery.getUpdates(args, hangUp),
  setWebhook: ({ delivery }, args) => delivery.setWebhook(args),
  deleteWebhook: ({ delivery }, args) => delivery.deleteWebhook(args),
  getWebhookInfo: ({ delivery }) => delivery.getWebhookInfo(),
  sendMessage: ({ world }, args) => sendMessage(world, args),
  sendRichMessage: ({ world }, args) => sendRichMessage(world, args),
  sendVoice: ({ world }, args) => sendMedia(world, args, 'voice'),
  sendDocument: ({ world }, args) => sendMedia(world, args, 'document'),
  sendPhoto: ({ world }, args) => sendMedia(world, args, 'photo'),
  sendMessageDraft: ({ world }, args) => sendMessageDraft(world, args),
  sendRichMessageDraft: ({ world }, args) => sendRichMessageDraft(world, args),
  editMessageText: ({ world }, args) => editMessageText(world, args),
  editMessageReplyMarkup: ({ world }, args) => editMessageReplyMarkup(world, args),
  deleteMessage: ({ world }, args) => deleteMessage(world, args),
  deleteMessages: ({ world }, args) => deleteMessages(world, args),
  sendChatAction: ({ world }, args) => sendChatAction(world, args),
  setMessageReaction: ({ world }, args) => setMessageReaction(world, args),
  answerCallbackQuery: ({ world }, args) => answerCallbackQuery(world, args),
  getFile: ({ world }, args) => getFile(world, args),
  setMyCommands: ({ world }, args) => setMyCommands(world, args),
  getMyCommands: ({ world }, args) => getMyCommands(world, args),
  deleteMyCommands: ({ world }, args) => deleteMyCommands(world, args),
  getChat: ({ world }, args) => getChat(world, args),
  getChatMember: ({ world }, args) => getChatMember(world, args),
  getChatMemberCount: ({ world }, args) => getChatMemberCount(world, args),
  getChatAdministrators: ({ world }, args) => getChatAdministrators(world, args),
  leaveChat: ({ world }, args) => leaveChat(world, args),
}
const counted = /^(send(Message|RichMessage|Voice|Document|Photo)|edit\w+)$/

/** Answers one request under `/bot<token>/` or `/file/bot<token>/`. */
export async function answerRequest(
  api: BotApi,
  request: WireRequest,
  hangUp: AbortSignal,
): Promise<WireAnswer> {
  try {
    const path = decodeURIComponent(request.path.split('?')[0] ?? '')
    const file = /^\/file\/bot([^/]+)\/(.+)$/.exec(path)
    if (file) return fileAnswer(api, file[1], file[2])
    const call = /^\/bot([^/]+)\/([^/]*)$/.exec(path)
    if (!call) throw new ApiError(404, 'Not Found')
    checkToken(api, call[1])
    if (request.method !== 'GET' && request.method !== 'POST') throw new ApiError(404, 'Not Found')
    const name = methodNamed(call[2] ?? '')
    if (!name) throw new ApiError(404, 'Not Found: method not found')
    const args = new CallArguments(methodParameters[name], readArguments(request))
    countCall(api, name, args)
    return { status: 200, body: { ok: true, result: await handlers[name](api, args, hangUp) } }
  } catch (error) {
    if (error instanceof ApiError) return errorAnswer(error)
    throw error
  }
}

/** A method call given in the answer to a webhook; what goes wrong in it, nobody is told. */
export async function answerWebhookCall(api: BotApi, call: Readonly<Record<string, unknown>>): Promise<void> {
  const { method, ...parameters } = call
  const request: WireRequest = {
    method: 'POST',
    path: `/bot${api.token()}/${String(method)}`,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(parameters)),
  }
  await answerRequest(api, request, new AbortController().signal)
}

function countCall(api: BotApi, name: MethodName, args: CallArguments): void {
  if (counted.test(name)) api.limits.count(args.integer('chat_id') ?? numeric(args.text('chat_id')))
  else if (/^send/.test(name)) api.limits.count(undefined)
}

const numeric = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined

function checkToken(api: BotApi, token = ''): void {
  if (!token.includes(':')) throw new ApiError(401, 'Unauthorized: invalid token specified')
  if (token !== api.token()) throw new ApiError(401, 'Unauthorized')
}

function fileAnswer(api: BotApi, token: string | undefined, path: string | undefined): WireAnswer {
  checkToken(api, token)
  const file = api.world.files.linked(path ?? '')
  if (!file) throw new ApiError(404, 'Not Found')
  return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: file.data }
}

function errorAnswer(error: ApiError): WireAnswer {
  const retryAfter = error.parameters?.retry_after
  return {
    status: error.code,
    ...(retryAfter === undefined ? {} : { headers: { 'retry-after': String(retryAfter) } }),
    body: {
      ok: false,
      error_code: error.code,
      description: error.message,
      ...(error.parameters ? { parameters: error.parameters } : {}),
    },
  }
}
