import type { Homeserver, MatrixChange, Media, TypingNote } from './homeserver.ts'
import type { MatrixMessage } from './message.ts'
import {
  type Membership,
  membership,
  type Receipt,
  type Room,
  type RoomEvent,
  type RoomVersion,
  stateEvent,
} from './room.ts'

const DEFAULT_WAIT_MS = 5000

export interface WaitOptions {
  /** Default 5000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface RoomSight {
  readonly roomId: string
  readonly version: RoomVersion
  readonly name: string | undefined
  readonly isEncrypted: boolean
  readonly replacedBy: string | undefined
  readonly members: Readonly<Record<string, Membership>>
}

/** What somebody who looks at the rooms sees, and waits for. */
export interface Observations {
  rooms(): RoomSight[]
  room(roomId: string): RoomSight
  /** Every event in order, redacted ones pruned. */
  events(roomId: string): RoomEvent[]
  /** Messages in order, as a person's client shows them: edits folded into what they edit. */
  messages(roomId: string): MatrixMessage[]
  message(roomId: string, eventId: string): MatrixMessage | undefined
  /** Messages of one thread, its root first. */
  thread(roomId: string, rootEventId: string): MatrixMessage[]
  typingNow(roomId: string): string[]
  /** Bounded: the oldest notes are dropped. */
  typingLog(roomId?: string): TypingNote[]
  receipts(roomId: string): Receipt[]
  media(mxcUrl: string): Media | undefined
  /** Returns a function that unsubscribes. */
  onChange(listener: (change: MatrixChange) => void): () => void
  /** The first message, of those there and those to come, for which `matches` holds. */
  waitForMessage(
    roomId: string,
    matches: (message: MatrixMessage) => boolean,
    options?: WaitOptions,
  ): Promise<MatrixMessage>
  /** Asks again after every change until there is a result. Rejects after the time limit. */
  waitFor<T>(look: () => T | undefined | false, options?: WaitOptions): Promise<T>
}

export function observations(server: Homeserver, closing: AbortSignal): Observations {
  const roomOf = (roomId: string): Room => {
    const room = server.rooms.get(roomId)
    if (!room) throw new Error(`no room ${roomId}`)
    return room
  }
  const onChange = (listener: (change: MatrixChange) => void) => {
    server.listeners.add(listener)
    return () => void server.listeners.delete(listener)
  }
  const waitFor = <T>(look: () => T | undefined | false, options: WaitOptions = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      const timeoutMs = options.timeoutMs ?? DEFAULT_WAIT_MS
      const limit = AbortSignal.any([closing, ...(options.signal ? [options.signal] : [])])
      const finish = (settle: () => void) => {
        clearTimeout(timer)
        stopListening()
        limit.removeEventListener('abort', give)
        settle()
      }
      const give = () => finish(() => reject(limit.reason))
      const check = () => {
        try {
          const found = look()
          if (found !== undefined && found !== false) finish(() => resolve(found))
        } catch (error) {
          finish(() => reject(error))
        }
      }
      const timer = setTimeout(
        () => finish(() => reject(new Error(`nothing came within ${timeoutMs} ms`))),
        timeoutMs,
      )
      const stopListening = onChange(check)
      limit.addEventListener('abort', give)
      if (limit.aborted) give()
      else check()
    })
  return {
    rooms: () => [...server.rooms.values()].map(sightOf),
    room: (roomId) => sightOf(roomOf(roomId)),
    events: (roomId) => [...roomOf(roomId).events.values()].map(({ event }) => event),
    messages: (roomId) => [...roomOf(roomId).messages.values()],
    message: (roomId, eventId) => roomOf(roomId).messages.get(eventId),
    thread: (roomId, root) =>
      [...roomOf(roomId).messages.values()].filter(
        ({ eventId, threadRoot }) => eventId === root || threadRoot === root,
      ),
    typingNow: (roomId) => [...roomOf(roomId).typing.keys()],
    typingLog: (roomId) => server.typingLog.filter((note) => roomId === undefined || note.roomId === roomId),
    receipts: (roomId) => [...roomOf(roomId).receipts.values()],
    media: (mxcUrl) => server.media.get(mxcUrl.slice(`mxc://${server.serverName}/`.length)),
    onChange,
    waitForMessage: (roomId, matches, options) =>
      waitFor(() => [...roomOf(roomId).messages.values()].find(matches), options),
    waitFor,
  }
}

function sightOf(room: Room): RoomSight {
  const name = stateEvent(room, 'm.room.name')?.content.name
  const replacedBy = stateEvent(room, 'm.room.tombstone')?.content.replacement_room
  const userIds = [...(room.state.get('m.room.member')?.keys() ?? [])]
  return {
    roomId: room.roomId,
    version: room.version,
    name: typeof name === 'string' ? name : undefined,
    isEncrypted: stateEvent(room, 'm.room.encryption') !== undefined,
    replacedBy: typeof replacedBy === 'string' ? replacedBy : undefined,
    members: Object.fromEntries(userIds.map((userId) => [userId, membership(room, userId) ?? 'leave'])),
  }
}
