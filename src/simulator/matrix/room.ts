import { isObject, type JsonObject, numberAt, objectAt, stringAt } from './json.ts'
import type { MatrixMessage } from './message.ts'

export type RoomVersion = '10' | '11'
export type Membership = 'join' | 'invite' | 'leave' | 'ban'

export interface RoomEvent {
  readonly event_id: string
  readonly type: string
  readonly room_id: string
  readonly sender: string
  readonly origin_server_ts: number
  readonly content: JsonObject
  readonly state_key?: string
  /** Room version 10 and older; from 11 on it is in `content`. */
  readonly redacts?: string
}

export interface StoredEvent {
  /** Replaced by its pruned form when redacted. */
  event: RoomEvent
  readonly position: number
  readonly sentBy?: { readonly accessToken: string; readonly transactionId: string }
  readonly previousContent?: JsonObject
  redactedBecause?: RoomEvent
}

/** One place in the order in which syncs see a room. A replayed event has several. */
export interface TimelineEntry {
  readonly position: number
  readonly stored: StoredEvent
  readonly replay: boolean
  /** Withheld from syncs, which say `limited` instead; /messages has it. */
  gapped: boolean
}

export interface Receipt {
  readonly type: string
  readonly userId: string
  readonly eventId: string
  readonly threadId?: string
  readonly at: number
  readonly position: number
}

export interface Room {
  readonly roomId: string
  readonly version: RoomVersion
  readonly timeline: TimelineEntry[]
  readonly events: Map<string, StoredEvent>
  /** Current state by `type` and then `state_key`. */
  readonly state: Map<string, Map<string, StoredEvent>>
  readonly stateLog: StoredEvent[]
  readonly children: Map<string, StoredEvent[]>
  readonly messages: Map<string, MatrixMessage>
  readonly typing: Map<string, NodeJS.Timeout>
  typingPosition: number
  /** Newest receipt by type, person and thread. */
  readonly receipts: Map<string, Receipt>
  readonly forgottenBy: Set<string>
  /** Position of the newest thing of any kind that a sync could tell about this room. */
  touched: number
}

export function emptyRoom(roomId: string, version: RoomVersion): Room {
  return {
    roomId,
    version,
    timeline: [],
    events: new Map(),
    state: new Map(),
    stateLog: [],
    children: new Map(),
    messages: new Map(),
    typing: new Map(),
    typingPosition: 0,
    receipts: new Map(),
    forgottenBy: new Set(),
    touched: 0,
  }
}

export function stateEvent(room: Room, type: string, key = ''): RoomEvent | undefined {
  return room.state.get(type)?.get(key)?.event
}

export function membership(room: Room, userId: string): Membership | undefined {
  return membershipOf(stateEvent(room, 'm.room.member', userId))
}

export function membershipAt(room: Room, userId: string, position: number): Membership | undefined {
  const found = room.stateLog.findLast(
    ({ event, position: at }) =>
      at <= position && event.type === 'm.room.member' && event.state_key === userId,
  )
  return membershipOf(found?.event)
}

export function members(room: Room, ...wanted: Membership[]): RoomEvent[] {
  const all = [...(room.state.get('m.room.member')?.values() ?? [])].map(({ event }) => event)
  return all.filter((event) => {
    const found = membershipOf(event)
    return found !== undefined && wanted.includes(found)
  })
}

function membershipOf(event: RoomEvent | undefined): Membership | undefined {
  const value = event?.content.membership
  return value === 'join' || value === 'invite' || value === 'leave' || value === 'ban' ? value : undefined
}

export function powerLevel(room: Room, userId: string): number {
  const levels = stateEvent(room, 'm.room.power_levels')?.content ?? {}
  return numberAt(objectAt(levels, 'users') ?? {}, userId) ?? numberAt(levels, 'users_default') ?? 0
}

type PowerAction = 'ban' | 'invite' | 'kick' | 'redact'

export function levelForAction(room: Room, action: PowerAction): number {
  const levels = stateEvent(room, 'm.room.power_levels')?.content ?? {}
  return numberAt(levels, action) ?? (action === 'invite' ? 0 : 50)
}

export function levelForEvent(room: Room, type: string, isState: boolean): number {
  const levels = stateEvent(room, 'm.room.power_levels')?.content ?? {}
  const fallback = isState
    ? (numberAt(levels, 'state_default') ?? 50)
    : (numberAt(levels, 'events_default') ?? 0)
  return numberAt(objectAt(levels, 'events') ?? {}, type) ?? fallback
}

interface Relation {
  readonly type: string
  readonly eventId: string
}

/** Also reads the clear-text relation of an encrypted event. */
export function relationOf(event: RoomEvent): Relation | undefined {
  const relates = event.content['m.relates_to']
  if (!isObject(relates)) return undefined
  const type = stringAt(relates, 'rel_type')
  const eventId = stringAt(relates, 'event_id')
  return type !== undefined && eventId !== undefined ? { type, eventId } : undefined
}

/** Index of the first entry after `position`. */
export function indexAfter(timeline: readonly TimelineEntry[], position: number): number {
  let low = 0
  let high = timeline.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const entry = timeline[middle]
    if (entry !== undefined && entry.position <= position) low = middle + 1
    else high = middle
  }
  return low
}
