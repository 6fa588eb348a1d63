import { isObject, type JsonObject, numberAt, objectAt, stringsAt } from './json.ts'
import { badJson } from './refusal.ts'
import type { RoomEvent } from './room.ts'

/** What a homeserver shows of a room's timeline when the filter names no limit. */
const DEFAULT_TIMELINE_LIMIT = 10
const MAX_TIMELINE_LIMIT = 100

export interface EventFilter {
  readonly limit: number
  passes(event: Pick<RoomEvent, 'type' | 'sender'>): boolean
}

export interface SyncFilter {
  readonly timeline: EventFilter
  readonly state: EventFilter
  readonly ephemeral: EventFilter
  readonly accountData: EventFilter
  readonly roomAccountData: EventFilter
  readonly includeLeave: boolean
  passesRoom(roomId: string): boolean
}

export function parseSyncFilter(filter: JsonObject): SyncFilter {
  for (const key of ['room', 'account_data', 'presence'])
    if (filter[key] !== undefined && !isObject(filter[key])) throw badJson(`filter.${key} must be an object`)
  const room = objectAt(filter, 'room') ?? {}
  const rooms = stringsAt(room, 'rooms')
  const notRooms = stringsAt(room, 'not_rooms')
  return {
    timeline: parseEventFilter(objectAt(room, 'timeline')),
    state: parseEventFilter(objectAt(room, 'state')),
    ephemeral: parseEventFilter(objectAt(room, 'ephemeral')),
    accountData: parseEventFilter(objectAt(filter, 'account_data')),
    roomAccountData: parseEventFilter(objectAt(room, 'account_data')),
    includeLeave: room.include_leave === true,
    passesRoom: (roomId) => (!rooms || rooms.includes(roomId)) && !notRooms?.includes(roomId),
  }
}

export function parseEventFilter(filter: JsonObject = {}): EventFilter {
  const limit = numberAt(filter, 'limit') ?? DEFAULT_TIMELINE_LIMIT
  if (!Number.isInteger(limit) || limit < 0) throw badJson('filter limit must be a whole number from 0')
  const types = stringsAt(filter, 'types')
  const notTypes = stringsAt(filter, 'not_types')
  const senders = stringsAt(filter, 'senders')
  const notSenders = stringsAt(filter, 'not_senders')
  return {
    limit: Math.min(limit, MAX_TIMELINE_LIMIT),
    passes: ({ type, sender }) =>
      (!types || types.some((pattern) => matches(pattern, type))) &&
      !notTypes?.some((pattern) => matches(pattern, type)) &&
      (!senders || senders.includes(sender)) &&
      !notSenders?.includes(sender),
  }
}

function matches(pattern: string, type: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(type)
}
