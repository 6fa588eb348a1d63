import { randomBytes } from 'node:crypto'
import type { Fault, FaultPlan, WireRequest } from '../faults.ts'
import { startWireServer } from '../wire-server.ts'
import { createGateway, type Gateway, type SentEvent } from './gateway.ts'
import type { DispatchedEvent } from './gateway-session.ts'
import { createMedia } from './media.ts'
import { createPeople, type People } from './people.ts'
import { createRateLimits, type RateLimits } from './rate-limit.ts'
import { createRest } from './rest.ts'
import { commandRoutes } from './routes-commands.ts'
import { guildRoutes } from './routes-guilds.ts'
import { interactionRoutes } from './routes-interactions.ts'
import { messageRoutes } from './routes-messages.ts'
import { createSnowflakes } from './snowflake.ts'
import type { Change, DiscordUser, World } from './world.ts'

export interface DiscordEmulatorOptions {
  readonly port?: number
  readonly token?: string
  readonly applicationId?: string
  readonly botName?: string
  /** Refuse what exceeds a limit (buckets, 50 a second, one identify per 5 s). Default false; headers are always sent. */
  readonly rateLimits?: boolean
  /** The bucket of posting to, and of editing in, a channel. Default 5 in 5000 ms. Load runs raise it. */
  readonly messageBucket?: { readonly limit: number; readonly windowMs: number }
  /** Default 50. */
  readonly globalRequestsPerSecond?: number
  /** The portal's switch for the message content intent. Off: 4014 to who asks for it. Default true. */
  readonly messageContent?: boolean
  /** Default 41250. A client silent for one and a half of these is closed with 4009. */
  readonly heartbeatIntervalMs?: number
  /** How many the gateway asks for; to identify with fewer is refused with 4011. Default 1. */
  readonly shards?: number
  /** Sessions that may be begun at once, each 5 s after the last of its place. Default 1. */
  readonly maxConcurrency?: number
  /** Events kept for a resume, per session. Default 1000. */
  readonly replayLimit?: number
  /** How long a session without a socket can be resumed. Default 180000. */
  readonly sessionTtlMs?: number
  /** Life of an attachment link. Default 24 hours. */
  readonly linkTtlMs?: number
  /** Messages kept per channel. Default 10000. */
  readonly historyLimit?: number
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export interface DiscordState
  extends Pick<
    World,
    'users' | 'guilds' | 'channels' | 'messages' | 'commands' | 'interactions' | 'modals' | 'typing'
  > {}

export interface DiscordEmulator extends People, DiscordState {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** For the SDK's `rest.api`. */
  readonly apiUrl: string
  readonly gatewayUrl: string
  readonly token: string
  readonly applicationId: string
  readonly bot: DiscordUser
  readonly botUserId: string
  readonly faults: FaultPlan
  readonly rateLimits: RateLimits
  /** Sessions, identify count, everything dispatched, and rarer misbehaviour. */
  readonly gateway: Gateway
  addFault(fault: Fault): () => void
  onRequest(listener: (request: WireRequest) => void): () => void
  onChange(listener: (change: Change) => void): () => void
  /**
   * Resolves with the first value that is neither undefined, null nor false, asking again after each change.
   * Rejects after `timeoutMs` (default 5000), on abort, and on close.
   */
  waitFor<Value>(
    look: () => Value | undefined | null | false,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<Value>
  /** Bytes of an attachment. */
  readAttachment(id: string): Buffer | undefined
  /** Breaks every gateway socket, without a close frame or with a code. The session can be resumed. */
  cutGateway(code?: number): void
  /** Opcode 9. */
  invalidateSession(options: { readonly resumable: boolean }): void
  /** Opcode 7. */
  requestReconnect(): void
  /** Sends an event once more, with a new sequence number. */
  redeliver(event: DispatchedEvent): void
  /** The newest event of a type that was dispatched. */
  lastEvent(type: string): SentEvent | undefined
  close(): Promise<void>
}

export async function startDiscordEmulator(options: DiscordEmulatorOptions = {}): Promise<DiscordEmulator> {
  const now = options.now ?? Date.now
  const nextId = createSnowflakes(now)
  const applicationId = options.applicationId ?? nextId()
  const token = options.token ?? createToken(applicationId)
  const listeners = new Set<(change: Change) => void>()
  const waiting = new Set<(reason: Error) => void>()
  let url = ''
  const gatewayUrl = (): string => `${url.replace(/^http/, 'ws')}/gateway`

  const bot: DiscordUser = {
    id: applicationId,
    username: (options.botName ?? 'BrainAll').toLowerCase(),
    globalName: options.botName ?? 'BrainAll',
    bot: true,
    locale: 'en-US',
    acceptsDms: true,
  }
  const media = createMedia({
    baseUrl: () => url,
    linkTtlMs: options.linkTtlMs ?? 24 * 60 * 60 * 1000,
    now,
  })
  const world: World = {
    applicationId,
    bot,
    users: new Map([[bot.id, bot]]),
    guilds: new Map(),
    channels: new Map(),
    messages: new Map(),
    commands: new Map(),
    picked: new Map(),
    interactions: new Map(),
    modals: [],
    typing: [],
    media,
    readsContent: options.messageContent !== false,
    historyLimit: options.historyLimit ?? 10_000,
    now,
    nextId,
    emit: (event) => gateway.emit(event),
    changed: (change) => {
      for (const listener of listeners) listener(change)
    },
  }
  const gateway = createGateway({
    world,
    token,
    url: gatewayUrl,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 41_250,
    replayLimit: options.replayLimit ?? 1000,
    sessionTtlMs: options.sessionTtlMs ?? 180_000,
    shards: options.shards ?? 1,
    maxConcurrency: options.maxConcurrency ?? 1,
    limitIdentifies: options.rateLimits ?? false,
    allowedPrivilegedIntents: options.messageContent === false ? 0 : 1 << 15,
  })
  const rateLimits = createRateLimits({
    enforced: options.rateLimits ?? false,
    globalPerSecond: options.globalRequestsPerSecond ?? 50,
    now,
  })
  const rest = createRest({
    token,
    rateLimits,
    routes: [
      ...messageRoutes(world, options.messageBucket ?? { limit: 5, windowMs: 5000 }),
      ...interactionRoutes(world),
      ...commandRoutes(world),
      ...guildRoutes(world, gateway, gatewayUrl),
    ],
  })
  const server = await startWireServer({
    ...(options.port === undefined ? {} : { port: options.port }),
    handle: (request) => media.serve(request.method, request.path) ?? rest(request),
    upgrade: (request, socket, head) => gateway.upgrade(request, socket, head),
  })
  url = server.url

  const onChange = (listener: (change: Change) => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  return {
    ...createPeople(world),
    users: world.users,
    guilds: world.guilds,
    channels: world.channels,
    messages: world.messages,
    commands: world.commands,
    interactions: world.interactions,
    modals: world.modals,
    typing: world.typing,
    url,
    apiUrl: `${url}/api`,
    gatewayUrl: gatewayUrl(),
    token,
    applicationId,
    bot,
    botUserId: bot.id,
    faults: server.faults,
    rateLimits,
    gateway,
    addFault: (fault) => server.faults.add(fault),
    onRequest: (listener) => server.onRequest(listener),
    onChange,
    waitFor: (look, { timeoutMs = 5000, signal } = {}) =>
      new Promise((resolve, reject) => {
        const settle = (): void => {
          clearTimeout(timer)
          stopListening()
          waiting.delete(fail)
          signal?.removeEventListener('abort', abort)
        }
        const fail = (reason: Error): void => {
          settle()
          reject(reason)
        }
        const abort = (): void => fail(new Error('stopped waiting', { cause: signal?.reason }))
        const check = (): void => {
          try {
            const value = look()
            if (value === undefined || value === null || value === false) return
            settle()
            resolve(value)
          } catch (error) {
            fail(error instanceof Error ? error : new Error(String(error)))
          }
        }
        const timer = setTimeout(() => fail(new Error(`nothing came within ${timeoutMs} ms`)), timeoutMs)
        const stopListening = onChange(check)
        waiting.add(fail)
        signal?.addEventListener('abort', abort)
        if (signal?.aborted) abort()
        else check()
      }),
    readAttachment: (id) => media.read(id),
    cutGateway: (code) => gateway.cut(code),
    invalidateSession: ({ resumable }) => gateway.invalidate(resumable),
    requestReconnect: () => gateway.requestReconnect(),
    redeliver: (event) => gateway.redeliver(event),
    lastEvent: (type) => gateway.sent.findLast((event) => event.type === type),
    async close() {
      for (const fail of waiting) fail(new Error('the emulator was closed'))
      gateway.close()
      await server.close()
    },
  }
}

/** Shaped like a real bot token: the id, a time and a secret. */
function createToken(applicationId: string): string {
  const id = Buffer.from(applicationId).toString('base64url')
  return `${id}.${randomBytes(4).toString('base64url')}.${randomBytes(28).toString('base64url')}`
}
