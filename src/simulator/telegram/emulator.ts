import type { FaultPlan, WireRequest } from '../faults.ts'
import { startWireServer } from '../wire-server.ts'
import { answerRequest, answerWebhookCall, type BotApi } from './bot-api.ts'
import type { BotCommand, TelegramChange, TelegramChat, TelegramMessage, TelegramPerson } from './chats.ts'
import { type PeopleSide, peopleSide } from './people-side.ts'
import { RateLimits } from './rate-limits.ts'
import { UpdateDelivery } from './update-methods.ts'
import type { Update } from './update-queue.ts'
import type { WebhookTarget } from './webhook.ts'
import { World } from './world.ts'

export interface TelegramEmulatorOptions {
  readonly port?: number
  readonly token?: string
  readonly botUsername?: string
  /** Default false. */
  readonly rateLimits?: boolean
  /** Default true. */
  readonly privacyMode?: boolean
  /** Milliseconds since the epoch; default the machine's clock. */
  readonly now?: () => number
  /** Wait before the first repetition of a failed webhook delivery; doubles each time. Default 1000. */
  readonly webhookRetryMs?: number
}

export interface TelegramEmulator extends PeopleSide {
  /** For grammY's `client.apiRoot`. */
  readonly url: string
  readonly token: string
  readonly bot: TelegramPerson
  readonly faults: FaultPlan
  readonly chats: ReadonlyMap<number, TelegramChat>
  readonly people: ReadonlyMap<number, TelegramPerson>
  /** Every update made for the bot, delivered or not. */
  readonly updates: readonly Update[]
  /** How many of them the bot has not confirmed. */
  readonly waitingUpdates: number
  readonly webhook: WebhookTarget | undefined
  /** As set for the default scope and no language. */
  readonly commands: readonly BotCommand[]
  onRequest(listener: (request: WireRequest) => void): () => void
  /** Called after each change of state. Returns a function that unsubscribes. */
  onChange(listener: (change: TelegramChange) => void): () => void
  /** The updates that carry this message. */
  updatesOf(message: TelegramMessage): Update[]
  /** Delivers an update once more under its own id, outside the offset. */
  redeliver(update: Update): Update
  /** Delivers the same content under a new update id. */
  duplicate(update: Update): Update
  /** Delivers nothing until the returned function is called, which may turn the order round. */
  holdUpdates(): (order?: 'reversed') => void
  /** Leaves a gap in the update ids. */
  skipUpdateIds(count: number): void
  setRateLimits(enabled: boolean): void
  setPrivacyMode(enabled: boolean): void
  /** The old token answers 401 from now on. */
  rotateToken(token: string): void
  /** Links that getFile gave out answer 404 from now on. */
  expireFileLinks(): void
  /** Resolves with what `read` gives once it is neither undefined nor false; rejects after `timeoutMs` (default 5000). */
  waitFor<T>(read: () => T | undefined | false, timeoutMs?: number): Promise<T>
  /** The newest message, in any chat, that is not deleted and fits. */
  waitForMessage(fits: (message: TelegramMessage) => boolean, timeoutMs?: number): Promise<TelegramMessage>
  /** Ends polls, webhook deliveries and connections. */
  close(): Promise<void>
}

const defaultToken = '7000000001:AAemulated-bot-token-for-tests-0123456'

export async function startTelegramEmulator(
  options: TelegramEmulatorOptions = {},
): Promise<TelegramEmulator> {
  let token = options.token ?? defaultToken
  const botId = Number(token.split(':')[0])
  if (!Number.isSafeInteger(botId) || botId <= 0 || !token.includes(':'))
    throw new Error('a Telegram token is <bot id>:<secret>')
  const now = options.now ?? Date.now
  const username = options.botUsername ?? 'brainall_bot'
  const bot = { id: botId, isBot: true, firstName: 'BrainAll', username }
  const world = new World({ bot, privacyMode: options.privacyMode ?? true, now })
  const limits = new RateLimits(options.rateLimits ?? false, now)
  const delivery: UpdateDelivery = new UpdateDelivery(world, {
    firstDelayMs: options.webhookRetryMs ?? 1000,
    callMethod: (call) => answerWebhookCall(api, call),
  })
  const api: BotApi = { world, limits, delivery, token: () => token }

  const server = await startWireServer({
    ...(options.port === undefined ? {} : { port: options.port }),
    handle: async (request, { response }) => {
      const hangUp = new AbortController()
      const onClose = (): void => hangUp.abort()
      response.on('close', onClose)
      try {
        return await answerRequest(api, request, hangUp.signal)
      } finally {
        response.off('close', onClose)
      }
    },
  })

  const waitFor = <T>(read: () => T | undefined | false, timeoutMs = 5000): Promise<T> =>
    new Promise((resolve, reject) => {
      const check = (): boolean => {
        const value = read()
        if (value === undefined || value === false) return false
        clearTimeout(timer)
        unsubscribe()
        resolve(value)
        return true
      }
      const timer = setTimeout(() => {
        unsubscribe()
        reject(new Error(`nothing fitting happened on the emulated Telegram within ${timeoutMs} ms`))
      }, timeoutMs)
      const unsubscribe = world.onChange(check)
      check()
    })
  const messages = (): TelegramMessage[] => [...world.chats.values()].flatMap((chat) => chat.messages)

  return {
    ...peopleSide(world),
    url: server.url,
    get token() {
      return token
    },
    bot,
    faults: server.faults,
    chats: world.chats,
    people: world.people,
    updates: world.updates.log,
    get waitingUpdates() {
      return world.updates.waitingCount
    },
    get webhook() {
      return delivery.target
    },
    get commands() {
      return world.commands.get('default///') ?? []
    },
    onRequest: (listener) => server.onRequest(listener),
    onChange: (listener) => world.onChange(listener),
    updatesOf: (message) => world.updates.log.filter((update) => carries(update, message)),
    redeliver: (update) => world.updates.repeat(update, 'same'),
    duplicate: (update) => world.updates.repeat(update, 'new'),
    holdUpdates: () => world.updates.hold(),
    skipUpdateIds: (count) => world.updates.skipIds(count),
    setRateLimits: (enabled) => {
      limits.enabled = enabled
    },
    setPrivacyMode: (enabled) => {
      world.privacyMode = enabled
    },
    rotateToken: (next) => {
      token = next
    },
    expireFileLinks: () => world.files.expireLinks(),
    waitFor,
    waitForMessage: (fits, timeoutMs) =>
      waitFor(() => messages().findLast((message) => !message.deleted && fits(message)), timeoutMs),
    async close() {
      await delivery.stop()
      await server.close()
    },
  }
}

function carries(update: Update, message: TelegramMessage): boolean {
  const content = update.message ?? update.edited_message
  if (typeof content !== 'object' || content === null) return false
  if (!('message_id' in content) || !('chat' in content)) return false
  const { chat } = content
  const isHere = typeof chat === 'object' && chat !== null && 'id' in chat && chat.id === message.chatId
  return isHere && content.message_id === message.id
}
