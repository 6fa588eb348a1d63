import { clientEvent } from './client-event.ts'
import type { Homeserver } from './homeserver.ts'
import { isObject, type JsonObject } from './json.ts'
import { requireJoined } from './membership.ts'
import { badJson, invalidParam, notFound } from './refusal.ts'
import { indexAfter, type Room, relationOf, type StoredEvent, type TimelineEntry } from './room.ts'
import { type ApiCall, ok, type Route, route } from './router.ts'
import { parseToken, positionToken } from './sync.ts'
import { parseEventFilter } from './sync-filter.ts'

const MAX_PAGE = 1000

export function historyRoutes(server: Homeserver): Route[] {
  const rooms = '_matrix/client/v3/rooms/:roomId'
  const relations = '_matrix/client/v1/rooms/:roomId/relations/:eventId'
  const read = (call: ApiCall) => {
    const { accessToken, userId } = call.session()
    const room = requireJoined(server.rooms.get(call.param('roomId')), userId)
    const show = (stored: StoredEvent) => clientEvent(room, stored, accessToken, userId)
    return { room, show }
  }
  const readRelations = (call: ApiCall, relType?: string, eventType?: string) => {
    const { room, show } = read(call)
    const children = relatives(server, call, room, relType, eventType)
    const limit = pageLimit(call, 5)
    const page = children.slice(0, limit)
    const last = page.at(-1)
    const isMore = children.length > page.length && last !== undefined
    const isForward = call.query.get('dir') === 'f'
    return ok({
      chunk: page.map(show),
      ...(isMore ? { next_batch: positionToken(isForward ? last.position : last.position - 1) } : {}),
    })
  }
  return [
    route('GET', `${rooms}/event/:eventId`, (call) => {
      const { room, show } = read(call)
      return ok(show(eventIn(room, call)))
    }),
    route('GET', `${rooms}/messages`, (call) => {
      const { room, show } = read(call)
      const page = messagePage(server, room, call)
      return ok({
        chunk: page.entries.map(({ stored }) => show(stored)),
        start: positionToken(page.start),
        ...(page.end === undefined ? {} : { end: positionToken(page.end) }),
        state: [],
      })
    }),
    route('GET', `${rooms}/context/:eventId`, (call) => {
      const { room, show } = read(call)
      const target = eventIn(room, call)
      const limit = pageLimit(call, 10)
      const entries = room.timeline.filter(({ replay }) => !replay)
      const at = entries.findIndex(({ stored }) => stored === target)
      const before = entries.slice(Math.max(0, at - Math.ceil(limit / 2)), at).reverse()
      const after = entries.slice(at + 1, at + 1 + Math.floor(limit / 2))
      return ok({
        event: show(target),
        events_before: before.map(({ stored }) => show(stored)),
        events_after: after.map(({ stored }) => show(stored)),
        state: [...room.state.values()].flatMap((keys) => [...keys.values()].map(show)),
        start: positionToken((before.at(-1)?.position ?? target.position) - 1),
        end: positionToken(after.at(-1)?.position ?? target.position),
      })
    }),
    route('GET', relations, (call) => readRelations(call)),
    route('GET', `${relations}/:relType`, (call) => readRelations(call, call.param('relType'))),
    route('GET', `${relations}/:relType/:eventType`, (call) =>
      readRelations(call, call.param('relType'), call.param('eventType')),
    ),
  ]
}

function eventIn(room: Room, call: ApiCall): StoredEvent {
  const stored = room.events.get(call.param('eventId'))
  if (!stored) throw notFound('Event not found.')
  return stored
}

function pageLimit(call: ApiCall, fallback: number): number {
  const asked = call.query.get('limit')
  const limit = asked === null ? fallback : Number(asked)
  if (!Number.isInteger(limit) || limit < 0) throw invalidParam('limit must be a whole number from 0')
  return Math.min(limit, MAX_PAGE)
}

function tokenAt(server: Homeserver, call: ApiCall, name: 'from' | 'to'): number | undefined {
  const token = call.query.get(name)
  return token === null ? undefined : parseToken(server, token)
}

/** A token stands between events: `s7` is after position 7. */
function messagePage(
  server: Homeserver,
  room: Room,
  call: ApiCall,
): { entries: TimelineEntry[]; start: number; end: number | undefined } {
  const dir = call.query.get('dir')
  if (dir !== 'b' && dir !== 'f') throw invalidParam("dir must be 'b' or 'f'")
  const limit = pageLimit(call, 10)
  const filter = parseEventFilter(inlineFilter(call.query.get('filter')))
  const isBack = dir === 'b'
  const from = tokenAt(server, call, 'from') ?? (isBack ? server.position : 0)
  const to = tokenAt(server, call, 'to')
  const entries: TimelineEntry[] = []
  const step = isBack ? -1 : 1
  let index = indexAfter(room.timeline, from) - (isBack ? 1 : 0)
  let isMore = false
  for (; index >= 0 && index < room.timeline.length; index += step) {
    const entry = room.timeline[index]
    if (!entry || (to !== undefined && (isBack ? entry.position <= to : entry.position > to))) break
    if (entry.replay || !filter.passes(entry.stored.event)) continue
    if (entries.length === limit) {
      isMore = true
      break
    }
    entries.push(entry)
  }
  const last = entries.at(-1)?.position
  const end = last === undefined ? from : isBack ? last - 1 : last
  return { entries, start: from, end: isMore ? end : undefined }
}

function inlineFilter(text: string | null): JsonObject {
  if (text === null) return {}
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch {
    throw badJson('filter is not JSON')
  }
  throw badJson('filter must be an object')
}

/** Newest first unless `dir=f`. */
function relatives(
  server: Homeserver,
  call: ApiCall,
  room: Room,
  relType: string | undefined,
  eventType: string | undefined,
): StoredEvent[] {
  const target = eventIn(room, call)
  const isForward = call.query.get('dir') === 'f'
  const from = tokenAt(server, call, 'from')
  const found = (room.children.get(target.event.event_id) ?? [])
    .filter(({ event }) => relType === undefined || relationOf(event)?.type === relType)
    .filter(({ event }) => eventType === undefined || event.type === eventType)
    .filter(({ position }) => from === undefined || (isForward ? position > from : position <= from))
  return isForward ? found : found.reverse()
}
