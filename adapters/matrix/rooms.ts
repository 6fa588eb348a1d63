import type { MatrixClient } from 'matrix-bot-sdk'
import type { PointedAt, Surroundings } from './decode.ts'
import { isRefused } from './errors.ts'
import { contentOf, eventsIn, type RoomEvent, relationsOf, textAt } from './events.ts'

const MAX_ROOMS = 5_000
const MAX_NAMES = 20_000
const MAX_EVENTS = 20_000
/** Of rooms that say nothing about it (Matrix specification, `m.room.power_levels`). */
const DEFAULT_REDACT_LEVEL = 50
/** Whether a message may be a command to run what it replies to: only for these is that read. */
const RUNS = /[!/]run\b/i

/** What is known of rooms, their people and their latest events; asked of the homeserver where it is not. */
export interface Rooms {
  /** Takes in what a sync tells, oldest first. */
  note(roomId: string, events: readonly RoomEvent[], joinedCount?: number): void
  /** Remembers who wrote an event and in which thread, and nothing of what it says. */
  noteMessage(event: RoomEvent): void
  noteDirect(roomId: string): void
  forget(roomId: string): void
  surroundings(roomId: string, event: RoomEvent): Promise<Surroundings>
  /** A state event's content; undefined where there is none, or none for the bot to see. */
  state(roomId: string, type: string, key?: string): Promise<Record<string, unknown> | undefined>
}

/** Lookups that find nothing are answers; those that fail reject, so that the event is taken again. */
export function openRooms(client: MatrixClient): Rooms {
  const roomNames = new Map<string, string | undefined>()
  const joinedCounts = new Map<string, number>()
  const personNames = new Map<string, string>()
  const written = new Map<string, PointedAt | undefined>()
  const direct = new Map<string, true>()

  const state: Rooms['state'] = async (roomId, type, key = '') => {
    const content: unknown = await unlessRefused(client.getRoomStateEvent(roomId, type, key))
    return content === undefined ? undefined : { ...contentOf(content) }
  }

  const nameOf = async (roomId: string): Promise<string | undefined> => {
    if (roomNames.has(roomId)) return roomNames.get(roomId)
    const named = textAt(await state(roomId, 'm.room.name'), 'name')
    const name = named || textAt(await state(roomId, 'm.room.canonical_alias'), 'alias') || undefined
    return remember(roomNames, roomId, name, MAX_ROOMS)
  }

  const isDirect = async (roomId: string): Promise<boolean> => {
    if (direct.has(roomId) || client.dms.isDm(roomId)) return true
    const known = joinedCounts.get(roomId)
    if (known !== undefined) return known <= 2
    const members: unknown = await unlessRefused(client.getJoinedRoomMembers(roomId))
    const count = Array.isArray(members) ? members.length : Number.POSITIVE_INFINITY
    return remember(joinedCounts, roomId, count, MAX_ROOMS) <= 2
  }

  const personName = async (roomId: string, userId: string): Promise<string> => {
    const key = `${roomId} ${userId}`
    const known = personNames.get(key)
    if (known !== undefined) return known
    const name = textAt(await state(roomId, 'm.room.member', userId), 'displayname')
    return remember(personNames, key, name || localpart(userId), MAX_NAMES)
  }

  /** Who may remove what others said here, by the room's own rule. */
  const mayManage = async (roomId: string, userId: string): Promise<boolean> => {
    const levels = await state(roomId, 'm.room.power_levels')
    const level = (value: unknown, otherwise: number) => (typeof value === 'number' ? value : otherwise)
    return (
      level(contentOf(levels?.users)[userId], level(levels?.users_default, 0)) >=
      level(levels?.redact, DEFAULT_REDACT_LEVEL)
    )
  }

  const pointedAt = async (roomId: string, eventId: string): Promise<PointedAt | undefined> => {
    if (written.has(eventId)) return written.get(eventId)
    const event = await eventAt(roomId, eventId)
    return remember(written, eventId, event && asPointedAt(event), MAX_EVENTS)
  }

  const eventAt = async (roomId: string, eventId: string): Promise<RoomEvent | undefined> => {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/event/${encodeURIComponent(eventId)}`
    const [event] = eventsIn([await unlessRefused(client.doRequest('GET', path))])
    return event
  }

  return {
    note(roomId, events, joinedCount) {
      for (const event of events) {
        if (event.type === 'm.room.name' || event.type === 'm.room.canonical_alias') roomNames.delete(roomId)
        if (event.type === 'm.room.member' && event.state_key !== undefined) {
          joinedCounts.delete(roomId)
          const name = textAt(event.content, 'displayname')
          remember(personNames, `${roomId} ${event.state_key}`, name || localpart(event.state_key), MAX_NAMES)
        }
      }
      if (joinedCount !== undefined) remember(joinedCounts, roomId, joinedCount, MAX_ROOMS)
    },
    noteMessage(event) {
      remember(written, event.event_id, asPointedAt(event), MAX_EVENTS)
    },
    noteDirect(roomId) {
      remember(direct, roomId, true, MAX_ROOMS)
    },
    forget(roomId) {
      roomNames.delete(roomId)
      joinedCounts.delete(roomId)
      direct.delete(roomId)
    },
    async surroundings(roomId, event) {
      const { replyTo, replaces, annotates, threadRoot } = relationsOf(event)
      const target = replaces ?? replyTo ?? annotates
      const about = RUNS.test(textAt(event.content, 'body') ?? '') ? (replyTo ?? threadRoot) : undefined
      const quoted = about === undefined ? undefined : await eventAt(roomId, about)
      return {
        roomId,
        roomName: await nameOf(roomId),
        isDirect: await isDirect(roomId),
        senderName: await personName(roomId, event.sender),
        pointedAt: target === undefined ? undefined : await pointedAt(roomId, target),
        ...(event.type === 'm.reaction' ? { mayManage: await mayManage(roomId, event.sender) } : {}),
        quoted: quoted?.content,
      }
    },
    state,
  }
}

function asPointedAt(event: RoomEvent): PointedAt {
  return { sender: event.sender, threadRoot: relationsOf(event).threadRoot, at: event.origin_server_ts }
}

async function unlessRefused<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isRefused(error)) return undefined
    throw error
  }
}

/** The oldest entry makes room. */
function remember<Value>(known: Map<string, Value>, key: string, value: Value, limit: number): Value {
  known.delete(key)
  known.set(key, value)
  for (const oldest of known.keys()) {
    if (known.size <= limit) break
    known.delete(oldest)
  }
  return value
}

function localpart(userId: string): string {
  return userId.slice(1).split(':')[0] || userId
}
