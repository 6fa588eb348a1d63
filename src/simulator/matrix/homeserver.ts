import { randomBytes } from 'node:crypto'
import type { JsonObject } from './json.ts'
import type { Receipt, Room, RoomEvent } from './room.ts'

const TRANSACTION_LIMIT = 100_000
const MEDIA_BYTES_LIMIT = 512 * 1024 * 1024

export interface Session {
  readonly accessToken: string
  readonly userId: string
  readonly deviceId: string
}

interface AccountDatum {
  readonly roomId: string | undefined
  readonly type: string
  readonly content: JsonObject
  readonly position: number
}

export interface User {
  readonly userId: string
  readonly password: string
  displayName: string | undefined
  avatarUrl: string | undefined
  /** By `roomId type`; the room id is empty for global data. */
  readonly accountData: Map<string, AccountDatum>
  readonly filters: JsonObject[]
}

export interface Media {
  readonly data: Buffer
  readonly contentType: string
  readonly fileName: string | undefined
}

export interface TypingNote {
  readonly roomId: string
  readonly userId: string
  readonly isTyping: boolean
  readonly timeoutMs: number
  readonly at: number
}

export type MatrixChange =
  | { readonly kind: 'event'; readonly roomId: string; readonly event: RoomEvent }
  | { readonly kind: 'typing'; readonly note: TypingNote }
  | { readonly kind: 'receipt'; readonly roomId: string; readonly receipt: Receipt }
  | { readonly kind: 'account-data'; readonly userId: string; readonly type: string }

export interface Homeserver {
  readonly serverName: string
  position: number
  eventCount: number
  readonly users: Map<string, User>
  readonly sessions: Map<string, Session>
  readonly rooms: Map<string, Room>
  readonly aliases: Map<string, string>
  readonly media: Map<string, Media>
  mediaBytes: number
  readonly typingLog: TypingNote[]
  /** Event id by access token, path and transaction id. */
  readonly transactions: Map<string, string>
  readonly listeners: Set<(change: MatrixChange) => void>
  /** Syncs that wait for news. */
  readonly waiting: Set<() => void>
  wakeScheduled: boolean
}

export function emptyHomeserver(serverName: string): Homeserver {
  return {
    serverName,
    position: 0,
    eventCount: 0,
    users: new Map(),
    sessions: new Map(),
    rooms: new Map(),
    aliases: new Map(),
    media: new Map(),
    mediaBytes: 0,
    typingLog: [],
    transactions: new Map(),
    listeners: new Set(),
    waiting: new Set(),
    wakeScheduled: false,
  }
}

export function closeHomeserver(server: Homeserver): void {
  for (const room of server.rooms.values()) for (const timer of room.typing.values()) clearTimeout(timer)
  server.listeners.clear()
}

export function putAccountData(
  server: Homeserver,
  user: User,
  datum: { roomId?: string; type: string; content: JsonObject },
): void {
  const { roomId, type, content } = datum
  const room = roomId === undefined ? undefined : server.rooms.get(roomId)
  server.position += 1
  const { position } = server
  if (room) room.touched = position
  user.accountData.set(`${roomId ?? ''} ${type}`, { roomId, type, content, position })
  announce(server, { kind: 'account-data', userId: user.userId, type })
}

/** Returns the `mxc://` address. The oldest media go when the store is full. */
export function storeMedia(server: Homeserver, media: Media): string {
  const id = randomBytes(12).toString('base64url')
  server.media.set(id, media)
  server.mediaBytes += media.data.length
  for (const [oldest, { data }] of server.media) {
    if (server.mediaBytes <= MEDIA_BYTES_LIMIT || oldest === id) break
    server.media.delete(oldest)
    server.mediaBytes -= data.length
  }
  return `mxc://${server.serverName}/${id}`
}

export function rememberTransaction(server: Homeserver, key: string, eventId: string): void {
  server.transactions.set(key, eventId)
  for (const oldest of server.transactions.keys()) {
    if (server.transactions.size <= TRANSACTION_LIMIT) break
    server.transactions.delete(oldest)
  }
}

export function addUser(
  server: Homeserver,
  user: { userId: string; password: string; displayName?: string; avatarUrl?: string },
): User {
  const added: User = {
    userId: user.userId,
    password: user.password,
    displayName: user.displayName,
    avatarUrl: user.avatarUrl,
    accountData: new Map(),
    filters: [],
  }
  server.users.set(user.userId, added)
  return added
}

export function openSession(server: Homeserver, userId: string, deviceId?: string): Session {
  const session = {
    accessToken: `syt_${randomBytes(24).toString('base64url')}`,
    userId,
    deviceId: deviceId ?? randomBytes(5).toString('hex').toUpperCase(),
  }
  server.sessions.set(session.accessToken, session)
  return session
}

/** Moves the server's stream on, and the room with it. */
export function touch(server: Homeserver, room: Room): number {
  server.position += 1
  room.touched = server.position
  return server.position
}

export function announce(server: Homeserver, change: MatrixChange): void {
  for (const listener of server.listeners) listener(change)
  wake(server)
}

/** Deferred, so that everything done in one go reaches a waiting sync together. */
export function wake(server: Homeserver): void {
  if (server.wakeScheduled) return
  server.wakeScheduled = true
  setImmediate(() => {
    server.wakeScheduled = false
    for (const wakeOne of [...server.waiting]) wakeOne()
  })
}
