import { setTimeout as delay } from 'node:timers/promises'
import {
  Client,
  Events,
  GatewayCloseCodes,
  type GatewayDispatchPayload,
  GatewayIntentBits,
  Options,
  Partials,
} from 'discord.js'
import { HubError } from '../../src/model/errors.ts'
import type { Logger } from '../../src/ports/logger.ts'
import { asPlatformError, unauthorized } from './errors.ts'

const INTENTS = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages]
const LEAVE_PATIENCE_MS = 3_000
const LOOK_MS = 50

export interface GatewayOptions {
  readonly token: string
  readonly apiUrl: string
  /** Asks for the message content intent. */
  readonly readsContent: boolean
  readonly log: Logger
  /** Every event, before the SDK itself looks at it; must not throw. */
  readonly onEvent: (client: Client, event: GatewayDispatchPayload, shardId: number) => void
  readonly onReconnecting: () => void
  /** Rejects to end the connection. */
  readonly failed: Promise<never>
}

/**
 * Holds one connection to the gateway until the signal aborts; the SDK resumes and reconnects by itself.
 * Rejects when Discord closes it for good.
 */
export async function holdGateway(
  options: GatewayOptions,
  signal: AbortSignal,
): Promise<'stopped' | 'content-refused'> {
  const { token, apiUrl, readsContent, log } = options
  const client = createClient(apiUrl, readsContent)
  const ended = Promise.withResolvers<'stopped' | 'content-refused'>()
  const away = new Set<number>()
  let loggingIn = !signal.aborted
  let listening = true

  const warn = (error: unknown): void =>
    log.warn({ err: asPlatformError(error) }, "Discord's client reported an error")
  client.on(Events.Error, warn)
  client.on(Events.ShardError, warn)
  client.on(Events.Raw, (event: GatewayDispatchPayload, shardId: number) => {
    if (event.t === 'READY' || event.t === 'RESUMED') away.delete(shardId)
    if (listening) options.onEvent(client, event, shardId)
  })
  client.on(Events.ShardReconnecting, (shardId) => {
    away.add(shardId)
    if (listening) options.onReconnecting()
  })
  client.on(Events.ShardDisconnect, ({ code }) => {
    if (code === GatewayCloseCodes.DisallowedIntents && readsContent) ended.resolve('content-refused')
    else ended.reject(closedForGood(code))
  })
  const stop = (): void => ended.resolve('stopped')
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  else {
    client
      .login(token)
      .catch((error: unknown) => ended.reject(asPlatformError(error)))
      .finally(() => {
        loggingIn = false
      })
  }
  try {
    return await Promise.race([ended.promise, options.failed])
  } finally {
    listening = false
    signal.removeEventListener('abort', stop)
    await leave(client, () => !loggingIn && away.size === 0, warn)
  }
}

/**
 * A shard that is between two connections cannot be stopped: `destroy()` takes it for closed already, and it
 * connects afterwards (`WebSocketShard#destroy` in @discordjs/ws). So this waits for it to arrive, a while
 * here, then in the background.
 */
async function leave(client: Client, isCalm: () => boolean, warn: (error: unknown) => void): Promise<void> {
  const arrived = Promise.withResolvers<void>()
  const timer = setInterval(() => {
    if (isCalm()) arrived.resolve()
  }, LOOK_MS)
  if (isCalm()) arrived.resolve()
  const destroyed = arrived.promise
    .then(() => client.destroy())
    .catch(warn)
    .finally(() => clearInterval(timer))
  const patience = new AbortController()
  await Promise.race([
    destroyed,
    delay(LEAVE_PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined),
  ])
  patience.abort()
  timer.unref()
}

function createClient(apiUrl: string, readsContent: boolean): Client {
  return new Client({
    intents: readsContent ? [...INTENTS, GatewayIntentBits.MessageContent] : INTENTS,
    partials: [Partials.Channel, Partials.Message],
    shards: 'auto',
    rest: { api: apiUrl },
    allowedMentions: { parse: [], repliedUser: false },
    // Events are read as they arrive; only names, roles and permissions are kept.
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      ReactionManager: 0,
      PresenceManager: 0,
      VoiceStateManager: 0,
      ThreadMemberManager: 0,
      UserManager: { maxSize: 200, keepOverLimit: (user) => user.id === user.client.user.id },
      GuildMemberManager: { maxSize: 50, keepOverLimit: (member) => member.id === member.client.user.id },
    }),
  })
}

function closedForGood(code: number): HubError {
  if (code === GatewayCloseCodes.AuthenticationFailed) return unauthorized()
  const name = GatewayCloseCodes[code] ?? 'unknown reason'
  return new HubError('platform_rejected', `Discord closed the connection for good: ${code} (${name})`)
}
