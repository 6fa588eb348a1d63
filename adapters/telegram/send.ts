import { Api, GrammyError, InputFile } from 'grammy'
import type { InlineKeyboardMarkup, MessageEntity } from 'grammy/types'
import { z } from 'zod'
import { createCallBudget } from '../../src/core/call-budget.ts'
import { bodyOf } from '../../src/core/response-body.ts'
import { HubError } from '../../src/model/errors.ts'
import { externalId } from '../../src/model/ids.ts'
import type { Control, OutboundContent, Target } from '../../src/model/outbound.ts'
import type { Bucket, CallBudget } from '../../src/ports/call-budget.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { Credentials } from '../../src/ports/platform-adapter.ts'
import type { Sender } from '../../src/ports/sender.ts'
import { capabilities } from './capabilities.ts'
import { parseCredentials } from './credentials.ts'
import { showDraft } from './draft.ts'
import { format } from './encode.ts'
import { asPlatformError, isUnchanged } from './errors.ts'
import { createMovedGroups } from './moved-groups.ts'
import type { RichMessage } from './rich.ts'

const targetSchema = z.object({
  chatId: z.number(),
  direct: z.boolean().optional(),
  threadId: z.number().optional(),
  replyTo: z.number().optional(),
})
const bodySchema = z.object({
  text: z.string(),
  entities: z.array(z.custom<MessageEntity>()),
  linkPreviews: z.literal(true).optional(),
  rich: z.custom<RichMessage>().optional(),
})
const referenceSchema = z.object({ fileId: z.string() })

const CALL_LIMIT_SECONDS = 30
/** More are too narrow to read on a phone. */
const BUTTONS_IN_ROW = 4

/** One a second in a chat, twenty a minute in a group, thirty a second over all (core.telegram.org/bots/faq). */
const CHAT_PACE = { burst: 2, perSecond: 0.95 }
const GROUP_PACE = { burst: 5, perSecond: 0.25 }
const BOT: Bucket = { name: 'bot', pace: { burst: 5, perSecond: 24 } }

export function createSender(
  credentials: Credentials,
  _log: Logger,
  budget: CallBudget = createCallBudget(),
): Sender {
  const { token, apiRoot } = parseCredentials(credentials)
  const api = new Api(token, { apiRoot, timeoutSeconds: CALL_LIMIT_SECONDS })
  const groups = createMovedGroups()
  const call = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      throw asPlatformError(error)
    }
  }
  const paced = <Result>(
    { chatId, final, of }: { chatId: number; final: boolean; of: string },
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> =>
    budget.call(bucketsOf(chatId), { urgency: final ? 'final' : 'passing', of }, signal, () => call(work))

  const send = async (
    chatId: number,
    content: OutboundContent,
    where: Where,
    signal: AbortSignal,
  ): Promise<{ readonly message_id: number }> => {
    if (content.kind === 'file') {
      const file = new InputFile(content.file.data, content.file.name)
      return await api.sendDocument(chatId, file, where, abortable(signal))
    }
    const { text, rich, ...shown } = shownOf(content)
    const { reply_markup } = shown
    return await orPlain<{ readonly message_id: number }>(
      rich &&
        (() =>
          api.sendRichMessage(
            chatId,
            rich,
            { ...where, ...(reply_markup && { reply_markup }) },
            abortable(signal),
          )),
      () => api.sendMessage(chatId, text, { ...where, ...shown }, abortable(signal)),
    )
  }

  return {
    capabilities: (target) => capabilities(targetSchema.parse(target).direct === true),
    format,

    async post({ target, content, key, final }, signal) {
      const { chatId, threadId, replyTo } = targetSchema.parse(target)
      const here = {
        ...(threadId === undefined ? {} : { message_thread_id: threadId }),
        ...(replyTo === undefined
          ? {}
          : { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } }),
      }
      const sent = await paced({ chatId, final, of: key }, signal, () =>
        groups.follow(
          chatId,
          () => send(chatId, content, here, signal),
          (newChatId) => send(newChatId, content, {}, signal),
        ),
      )
      return { externalId: externalId(sent.message_id) }
    },

    async edit({ target, externalId: id, content, final }, signal) {
      const { chatId } = targetSchema.parse(target)
      const { text, rich, ...options } = shownOf(content)
      const { reply_markup } = options
      const edit = async (): Promise<void> => {
        try {
          await orPlain(
            rich &&
              (() =>
                api.editMessageText(
                  chatId,
                  Number(id),
                  rich,
                  { ...(reply_markup && { reply_markup }) },
                  abortable(signal),
                )),
            () => api.editMessageText(chatId, Number(id), text, options, abortable(signal)),
          )
        } catch (error) {
          if (!isUnchanged(error)) throw error
        }
      }
      // What the group that was left shows can change no more: the last version is said anew in the supergroup.
      const sayAnew = async (newChatId: number): Promise<void> => {
        if (!final)
          throw new HubError('platform_unreachable', 'the group has moved', { retry: { kind: 'later' } })
        await send(newChatId, content, {}, signal)
      }
      await paced({ chatId, final, of: id }, signal, () => groups.follow(chatId, edit, sayAnew))
    },

    async grow({ target, key, markdown, controls }, signal) {
      const { chatId, threadId, direct } = targetSchema.parse(target)
      const [part, ...more] = format(markdown)
      if (direct !== true || part === undefined || more.length > 0) return undefined
      const show = () =>
        call(() => showDraft(api, { chatId, threadId }, key, part, controls.length > 0, abortable(signal)))
      return await budget.call(
        [{ name: `draft ${chatId}` }, BOT],
        { urgency: 'passing', of: key },
        signal,
        show,
      )
    },

    async remove(target, id, signal) {
      const { chatId } = targetSchema.parse(target)
      try {
        await call(() => api.deleteMessage(chatId, Number(id), abortable(signal)))
      } catch (error) {
        if (!(error instanceof HubError) || error.code !== 'platform_message_gone') throw error
      }
    },

    async indicate(target, active, signal) {
      if (!active) return
      const { chatId, threadId } = targetSchema.parse(target)
      const where = threadId === undefined ? {} : { message_thread_id: threadId }
      await call(() => api.sendChatAction(groups.of(chatId) ?? chatId, 'typing', where, abortable(signal)))
    },

    async download(reference, signal) {
      const { fileId } = referenceSchema.parse(reference)
      const fetchOnce = async (): Promise<Response | undefined> => {
        const file = await call(() => api.getFile(fileId, abortable(signal)))
        if (!file.file_path) throw new HubError('attachment_gone', 'Telegram no longer has this file')
        const url = `${apiRoot}/file/bot${token}/${file.file_path}`
        return await fetch(url, { signal, redirect: 'manual' }).catch(() => undefined)
      }
      let response = await fetchOnce()
      // A link is good for an hour; an older one that getFile still gave out is asked for anew.
      if (response?.status === 404) {
        await response.body?.cancel()
        response = await fetchOnce()
      }
      signal.throwIfAborted()
      if (response?.ok && response.body) {
        const mimeType = response.headers.get('content-type')
        return { stream: bodyOf(response, signal), ...(mimeType === null ? {} : { mimeType }) }
      }
      await response?.body?.cancel()
      if (!response || response.status === 429 || response.status >= 500)
        throw new HubError('platform_unreachable', 'a file could not be fetched from Telegram', {
          retry: { kind: 'later' },
        })
      throw new HubError('attachment_gone', `Telegram answered ${response.status} for a file`)
    },
  }
}

/** A rich form that Telegram does not take, or not here, is said in the plain one, which it always takes. */
async function orPlain<Result>(
  rich: (() => Promise<Result>) | undefined,
  plain: () => Promise<Result>,
): Promise<Result> {
  if (!rich) return await plain()
  try {
    return await rich()
  } catch (error) {
    if (!(error instanceof GrammyError) || error.error_code !== 400 || isUnchanged(error)) throw error
    return await plain()
  }
}

interface Where {
  readonly message_thread_id?: number
  readonly reply_parameters?: { message_id: number; allow_sending_without_reply: boolean }
}

function shownOf({ part, controls }: OutboundContent & { readonly kind: 'text' }) {
  const { text, entities, linkPreviews, rich } = bodySchema.parse(part.body)
  return {
    text,
    rich,
    entities,
    link_preview_options: { is_disabled: linkPreviews !== true },
    ...keyboard(controls),
  }
}

function bucketsOf(chatId: number): [Bucket, ...Bucket[]] {
  const chat = { name: `chat ${chatId}`, pace: CHAT_PACE }
  return chatId < 0 ? [chat, { name: `group ${chatId}`, pace: GROUP_PACE }, BOT] : [chat, BOT]
}

/** An edit without a keyboard takes the keyboard away. */
function keyboard(controls: readonly Control[]): { reply_markup?: InlineKeyboardMarkup } {
  if (controls.length === 0) return {}
  return {
    reply_markup: {
      inline_keyboard: Array.from({ length: Math.ceil(controls.length / BUTTONS_IN_ROW) }, (_, row) =>
        controls
          .slice(row * BUTTONS_IN_ROW, (row + 1) * BUTTONS_IN_ROW)
          .map(({ id, label }) => ({ text: label, callback_data: id })),
      ),
    },
  }
}

type GrammySignal = Parameters<Api['getMe']>[0]

/** grammY types its signal after a polyfill; Node's own has all that it uses. */
function abortable(signal: AbortSignal): GrammySignal {
  return signal as GrammySignal
}

export type { Target }
