import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { closeCode, converse } from './gateway-connection.ts'
import {
  type DispatchedEvent,
  dispatch,
  messageContentIntent,
  replayAfter,
  type Session,
  visibleData,
} from './gateway-session.ts'
import { createIdentifyLimit, type IdentifyLimit } from './identify-limit.ts'
import type { JsonObject } from './json.ts'
import { shardOf } from './snowflake.ts'
import { guildCreateJson, userJson } from './wire-guild.ts'
import { boundLog, type OutgoingEvent, type World } from './world.ts'

const guildsIntent = 1
const knownIntents = (1 << 26) - 1
const privilegedIntents = (1 << 1) | (1 << 8) | messageContentIntent

export interface SentEvent extends DispatchedEvent {
  readonly sessionId: string
  readonly at: number
}

export interface Gateway {
  /** Everything dispatched to any session, oldest first; the last 10000. */
  readonly sent: readonly SentEvent[]
  readonly sessions: ReadonlyMap<string, Session>
  readonly identifies: IdentifyLimit
  readonly shards: number
  emit(event: OutgoingEvent): void
  /** Holds events back until released; returns the release, in order or the other way round. */
  hold(): (order?: 'sent' | 'reversed') => void
  redeliver(event: DispatchedEvent): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Breaks every socket without a close frame, or closes them with a code. Sessions stay resumable. */
  cut(code?: number): void
  /** Refuses sockets until the returned function is called. */
  takeDown(): () => void
  invalidate(resumable: boolean): void
  requestReconnect(): void
  /** Makes the next resumes fail: their sessions are gone. */
  forgetSessions(): void
  close(): void
}

export function createGateway(options: {
  readonly world: World
  readonly token: string
  readonly url: () => string
  readonly heartbeatIntervalMs: number
  readonly replayLimit: number
  readonly sessionTtlMs: number
  readonly shards: number
  readonly maxConcurrency: number
  readonly limitIdentifies: boolean
  readonly allowedPrivilegedIntents: number
}): Gateway {
  const server = new WebSocketServer({ noServer: true })
  const sessions = new Map<string, Session>()
  const sockets = new Set<WebSocket>()
  const sent: SentEvent[] = []
  const held: OutgoingEvent[][] = []
  const { world } = options
  const now = (): number => world.now()
  const identifies = createIdentifyLimit(now, options.limitIdentifies, options.maxConcurrency)
  let down = false

  const send = (session: Session, type: string, data: JsonObject): void => {
    const event = dispatch(session, type, data, options.replayLimit)
    sent.push({ ...event, sessionId: session.id, at: now() })
    boundLog(sent)
  }

  const deliver = (event: OutgoingEvent): void => {
    dropExpired()
    for (const session of sessions.values()) {
      if (shardOf(event.guildId, session.shardCount) !== session.shardId) continue
      const data = visibleData(session, event)
      if (data) send(session, event.type, data)
    }
  }

  const dropExpired = (): void => {
    for (const [id, { detachedAt }] of sessions)
      if (detachedAt !== undefined && now() - detachedAt > options.sessionTtlMs) sessions.delete(id)
  }

  const attach = (session: Session, socket: WebSocket): void => {
    session.socket?.close(closeCode.unknownError, 'Resumed elsewhere.')
    session.socket = socket
    session.detachedAt = undefined
    socket.once('close', (code) => {
      if (session.socket !== socket) return
      session.socket = undefined
      session.detachedAt = now()
      // A client that says goodbye normally ends its session with it.
      if (code === 1000 || code === 1001) sessions.delete(session.id)
      world.changed({ kind: 'gateway', id: session.id })
    })
    world.changed({ kind: 'gateway', id: session.id })
  }

  const sendInvalidSession = (socket: WebSocket, resumable: boolean): void =>
    socket.send(JSON.stringify({ op: 9, d: resumable, s: null, t: null }))

  const identify = (socket: WebSocket, data: JsonObject) => {
    const { intents, shard, properties } = data
    const [shardId, shardCount] = Array.isArray(shard) ? shard : [0, 1]
    if (data.token !== options.token)
      return socket.close(closeCode.authenticationFailed, 'Authentication failed.')
    if (typeof intents !== 'number' || intents < 0 || intents & ~knownIntents)
      return socket.close(closeCode.invalidIntents, 'Invalid intent(s).')
    if (intents & privilegedIntents & ~options.allowedPrivilegedIntents)
      return socket.close(closeCode.disallowedIntents, 'Disallowed intent(s).')
    if (typeof shardId !== 'number' || typeof shardCount !== 'number' || shardId < 0 || shardId >= shardCount)
      return socket.close(closeCode.invalidShard, 'Invalid shard.')
    if (shardCount < options.shards) return socket.close(closeCode.shardingRequired, 'Sharding required.')
    if (properties === undefined) return socket.close(closeCode.decodeError, 'Error while decoding payload.')
    const verdict = identifies.take(shardId)
    if (verdict === 'exhausted') return socket.close(closeCode.authenticationFailed, 'Authentication failed.')
    if (verdict === 'too soon') return sendInvalidSession(socket, false)
    const session: Session = {
      id: randomBytes(16).toString('hex'),
      intents,
      shardId,
      shardCount,
      sequence: 0,
      replay: [],
      socket: undefined,
      detachedAt: undefined,
    }
    dropExpired()
    sessions.set(session.id, session)
    attach(session, socket)
    welcome(session)
  }

  const welcome = (session: Session): void => {
    const guilds = [...world.guilds.values()].filter(
      (guild) => guild.members.has(world.bot.id) && shardOf(guild.id, session.shardCount) === session.shardId,
    )
    send(session, 'READY', {
      v: 10,
      user: { ...userJson(world.bot), verified: true, mfa_enabled: false, email: null, flags: 0 },
      guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: options.url(),
      session_type: 'normal',
      shard: [session.shardId, session.shardCount],
      application: { id: world.applicationId, flags: world.readsContent ? 1 << 19 : 0 },
      private_channels: [],
      relationships: [],
      presences: [],
      user_settings: {},
      _trace: ['emulator'],
    })
    if (session.intents & guildsIntent)
      for (const guild of guilds) send(session, 'GUILD_CREATE', guildCreateJson(world, guild))
  }

  const resume = (socket: WebSocket, data: JsonObject) => {
    if (data.token !== options.token)
      return socket.close(closeCode.authenticationFailed, 'Authentication failed.')
    dropExpired()
    const session = typeof data.session_id === 'string' ? sessions.get(data.session_id) : undefined
    if (!session || typeof data.seq !== 'number') return sendInvalidSession(socket, false)
    if (data.seq > session.sequence) return socket.close(closeCode.invalidSequence, 'Invalid seq.')
    attach(session, socket)
    if (!replayAfter(session, data.seq)) {
      session.socket = undefined
      sessions.delete(session.id)
      return sendInvalidSession(socket, false)
    }
    send(session, 'RESUMED', { _trace: ['emulator'] })
  }

  const open = (socket: WebSocket, request: IncomingMessage) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const query = new URL(request.url ?? '/', 'ws://gateway').searchParams
    if (query.get('v') !== '10') return socket.close(closeCode.invalidVersion, 'Invalid API version.')
    if (query.get('encoding') !== 'json' || query.has('compress'))
      return socket.close(closeCode.decodeError, 'Only uncompressed JSON is spoken here.')
    converse(socket, {
      heartbeatIntervalMs: options.heartbeatIntervalMs,
      now,
      isAuthenticated: () => [...sessions.values()].some((session) => session.socket === socket),
      identify: (data) => identify(socket, data),
      resume: (data) => resume(socket, data),
    })
  }

  return {
    sent,
    sessions,
    identifies,
    shards: options.shards,
    emit(event) {
      const holding = held.at(-1)
      if (holding) {
        holding.push(event)
        boundLog(holding)
      } else deliver(event)
    },
    hold() {
      const events: OutgoingEvent[] = []
      held.push(events)
      return (order = 'sent') => {
        const index = held.indexOf(events)
        if (index >= 0) held.splice(index, 1)
        for (const event of order === 'sent' ? events.splice(0) : events.splice(0).reverse()) deliver(event)
      }
    },
    redeliver(event) {
      const original = sent.find(({ data, sequence }) => data === event.data && sequence === event.sequence)
      const attached = [...sessions.values()].filter(({ socket }) => socket !== undefined)
      const same = attached.filter(({ id }) => id === original?.sessionId)
      // After a restart of the client its new sessions get what the old one had.
      for (const session of same.length > 0 ? same : attached) send(session, event.type, event.data)
    },
    upgrade(request, socket, head) {
      if (down) return void socket.destroy()
      server.handleUpgrade(request, socket, head, (webSocket) => open(webSocket, request))
    },
    cut(code) {
      for (const socket of sockets) {
        if (code === undefined) socket.terminate()
        else socket.close(code)
      }
    },
    takeDown() {
      down = true
      for (const socket of sockets) socket.terminate()
      return () => {
        down = false
      }
    },
    invalidate(resumable) {
      for (const session of [...sessions.values()]) {
        const { socket } = session
        session.socket = undefined
        session.detachedAt = now()
        if (!resumable) sessions.delete(session.id)
        if (socket) sendInvalidSession(socket, resumable)
      }
    },
    requestReconnect() {
      for (const { socket } of sessions.values())
        socket?.send(JSON.stringify({ op: 7, d: null, s: null, t: null }))
    },
    forgetSessions: () => sessions.clear(),
    close() {
      for (const socket of sockets) socket.terminate()
      server.close()
    },
  }
}
