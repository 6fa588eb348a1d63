import { timingSafeEqual } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Api } from 'grammy'
import type { Update } from 'grammy/types'
import { COMMANDS } from '../../src/model/command.ts'
import { asHubError, HubError } from '../../src/model/errors.ts'
import { externalId } from '../../src/model/ids.ts'
import type { InboundEvent } from '../../src/model/inbound.ts'
import { sentence } from '../../src/model/sentence.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'
import type { HttpAnswer, HttpRequest, Receiver, ReceiverContext } from '../../src/ports/receiver.ts'
import { parseCredentials } from './credentials.ts'
import { decode, type Self } from './decode.ts'
import { asPlatformError } from './errors.ts'

type AllowedUpdates = NonNullable<NonNullable<Parameters<Api['getUpdates']>[0]>['allowed_updates']>
const ALLOWED: AllowedUpdates = [
  'message',
  'edited_message',
  'callback_query',
  'my_chat_member',
  'stopped_message_generation',
]
const POLL_SECONDS = 30
const RETRY_MS = 2_000
const RIGHTS_LIMIT_MS = 3_000
/** Of Telegram: what a pressed button may be answered with. */
const MAX_TOAST = 200
const MAX_RETRY_MS = 30_000
/** A command that switches something for others, too. */
const TAKES_RIGHTS = /^\s*[/!]model\s+\S/i

export function createReceiver(context: ReceiverContext, credentials: Credentials): Receiver {
  const { token, apiRoot, webhookSecret } = parseCredentials(credentials)
  const api = new Api(token, { apiRoot, timeoutSeconds: POLL_SECONDS + 15 })
  let self: Self | undefined

  const take = async (update: Update): Promise<void> => {
    if (!self)
      throw new HubError('not_ready', 'the connection has not started yet', { retry: { kind: 'later' } })
    const event = decode(update, self)
    if (!event) return
    const { callback_query: press } = update
    if (!press || event.kind !== 'action') return void (await context.ingest(await withRights(event, update)))
    const administers = press.message !== undefined && (await mayManage(press.message.chat, press.from.id))
    await context.ingest({ ...event, administers }, async (outcome) => {
      const told = 'tell' in outcome ? outcome.tell : undefined
      const shown = { text: told?.slice(0, MAX_TOAST) ?? '', show_alert: outcome.kind === 'ignored' }
      await api.answerCallbackQuery(press.id, told === undefined ? {} : shown)
    })
  }

  /** What cannot be found out is no right. */
  const mayManage = async (chat: { id: number; type: string }, userId: number): Promise<boolean> => {
    if (chat.type === 'private') return false
    const limit = AbortSignal.timeout(RIGHTS_LIMIT_MS)
    try {
      const { status } = await api.getChatMember(chat.id, userId, abortable(limit))
      return status === 'creator' || status === 'administrator'
    } catch (error) {
      context.log.debug({ err: asPlatformError(error) }, 'the rights of a person could not be asked for')
      return false
    }
  }

  /** Asked only for what takes a right: every question is a call. */
  const withRights = async (event: InboundEvent, { message }: Update): Promise<InboundEvent> => {
    if (event.kind !== 'message' || !message?.from || !TAKES_RIGHTS.test(event.text)) return event
    return { ...event, administers: await mayManage(message.chat, message.from.id) }
  }

  const start = async (signal: AbortSignal): Promise<void> => {
    const bot = await api.getMe(abortable(signal))
    self = { connectionId: context.connectionId, bot }
    const commands = COMMANDS.map((command) => ({
      command,
      description: context.say(sentence(`command.help.${command}`)),
    }))
    await api.setMyCommands(commands, undefined, abortable(signal))
    if (webhookSecret === undefined) {
      await api.deleteWebhook(undefined, abortable(signal))
    } else {
      if (context.publicUrl === undefined) {
        throw new HubError(
          'public_url_missing',
          'a Telegram webhook needs PUBLIC_URL, where Telegram can reach the hub',
        )
      }
      const options = { secret_token: webhookSecret, allowed_updates: ALLOWED }
      await api.setWebhook(`${context.publicUrl}/telegram/${context.slug}`, options, abortable(signal))
    }
    const workspaces = [{ externalId: externalId(bot.id), name: bot.first_name }]
    context.report({ kind: 'connected', account: `@${bot.username}`, workspaces })
  }

  return {
    async run(signal) {
      try {
        await start(signal)
        if (webhookSecret === undefined) await poll(api, take, context, signal)
        else
          await new Promise<void>((resolve) =>
            signal.addEventListener('abort', () => resolve(), { once: true }),
          )
      } catch (error) {
        if (!signal.aborted) throw asPlatformError(error)
      }
    },
    ...(webhookSecret === undefined
      ? {}
      : { http: (request) => answerWebhook(request, webhookSecret, take, context) }),
  }
}

/**
 * Telegram keeps an update until a later `offset` confirms it, so the offset moves only over what is
 * committed: a batch is asked for again from its first update that could not be stored.
 */
async function poll(
  api: Api,
  take: (update: Update) => Promise<void>,
  { log }: ReceiverContext,
  signal: AbortSignal,
): Promise<void> {
  let offset: number | undefined
  let failures = 0
  while (!signal.aborted) {
    const options = {
      timeout: POLL_SECONDS,
      allowed_updates: ALLOWED,
      ...(offset === undefined ? {} : { offset }),
    }
    const updates = await api.getUpdates(options, abortable(signal))
    const failed = await takeBatch(updates, take, log)
    const last = updates.at(-1)
    offset = failed ?? (last ? last.update_id + 1 : offset)
    failures = failed === undefined ? 0 : failures + 1
    if (failures > 0)
      await delay(Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** (failures - 1)), undefined, { signal })
  }
}

/** Chats in parallel, each in its order. Returns the first update that is to be delivered again. */
async function takeBatch(
  updates: readonly Update[],
  take: (update: Update) => Promise<void>,
  log: ReceiverContext['log'],
): Promise<number | undefined> {
  const byChat = Map.groupBy(updates, chatOf)
  const failed: number[] = []
  await Promise.all(
    [...byChat.values()].map(async (inOrder) => {
      for (const update of inOrder) {
        try {
          await take(update)
        } catch (error) {
          const failure = asHubError(error)
          log.error(
            { code: failure.code, err: failure, updateId: update.update_id },
            'an update could not be taken in',
          )
          if (failure.retry.kind === 'never') continue
          failed.push(update.update_id)
          return
        }
      }
    }),
  )
  return failed.length === 0 ? undefined : Math.min(...failed)
}

function chatOf(update: Update): number {
  const message = update.message ?? update.edited_message ?? update.callback_query?.message
  return message?.chat.id ?? 0
}

async function answerWebhook(
  request: HttpRequest,
  secret: string,
  take: (update: Update) => Promise<void>,
  { log }: ReceiverContext,
): Promise<HttpAnswer> {
  if (request.method !== 'POST') return { status: 405 }
  if (!equal(request.headers['x-telegram-bot-api-secret-token'] ?? '', secret)) return { status: 401 }
  let update: Update
  try {
    update = JSON.parse(request.rawBody.toString('utf8')) as Update
  } catch {
    return { status: 400 }
  }
  if (typeof update?.update_id !== 'number') return { status: 400 }
  try {
    await take(update)
    return { status: 200 }
  } catch (error) {
    const failure = asHubError(error)
    log.error(
      { code: failure.code, err: failure, updateId: update.update_id },
      'an update could not be taken in',
    )
    return { status: failure.retry.kind === 'never' ? 200 : 503 }
  }
}

function equal(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

type GrammySignal = Parameters<Api['getMe']>[0]

function abortable(signal: AbortSignal): GrammySignal {
  return signal as GrammySignal
}
