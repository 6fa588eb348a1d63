import type { WireAnswer } from '../wire-server.ts'
import type { Homeserver } from './homeserver.ts'
import { isObject, type JsonObject, stringAt } from './json.ts'
import { requireJoined } from './membership.ts'
import { badJson, forbidden, invalidParam, notFound } from './refusal.ts'
import type { Room } from './room.ts'
import { addReceipt, setTyping } from './room-log.ts'
import { type ApiCall, ok, type Route, route } from './router.ts'
import { buildSync, parseToken, positionToken } from './sync.ts'
import { parseSyncFilter } from './sync-filter.ts'

const MAX_POLL_MS = 60_000
const MAX_TYPING_MS = 120_000
const RECEIPT_TYPES = ['m.read', 'm.read.private', 'm.fully_read']

export function syncRoutes(server: Homeserver): Route[] {
  const rooms = '_matrix/client/v3/rooms/:roomId'
  const joinedRoom = (call: ApiCall) =>
    requireJoined(server.rooms.get(call.param('roomId')), call.session().userId)
  const receive = (call: ApiCall, room: Room, type: string, eventId: string, threadId?: string) => {
    if (!room.events.has(eventId)) throw notFound(`no event ${eventId} in this room`)
    const { userId } = call.session()
    addReceipt(server, room, { type, userId, eventId, ...(threadId === undefined ? {} : { threadId }) })
  }
  return [
    route('GET', '_matrix/client/v3/sync', (call) => sync(server, call)),
    route('PUT', `${rooms}/typing/:userId`, (call) => {
      const { userId } = call.session()
      if (call.param('userId') !== userId) throw forbidden("Cannot set another user's typing state")
      const room = joinedRoom(call)
      const { typing, timeout = 30_000 } = call.body()
      if (typeof typing !== 'boolean') throw badJson('typing must be a boolean')
      if (typeof timeout !== 'number' || !Number.isInteger(timeout) || timeout < 0)
        throw badJson('timeout must be a whole number of milliseconds')
      setTyping(server, room, userId, typing, Math.min(timeout, MAX_TYPING_MS))
      return ok()
    }),
    route('POST', `${rooms}/receipt/:receiptType/:eventId`, (call) => {
      const type = call.param('receiptType')
      if (!RECEIPT_TYPES.includes(type)) throw invalidParam(`Receipt type must be one of ${RECEIPT_TYPES}`)
      const body = call.body({ mayBeEmpty: true })
      const threadId = stringAt(body, 'thread_id')
      if (body.thread_id !== undefined && !threadId)
        throw invalidParam('thread_id must be a non-empty string')
      receive(call, joinedRoom(call), type, call.param('eventId'), threadId)
      return ok()
    }),
    route('POST', `${rooms}/read_markers`, (call) => {
      const room = joinedRoom(call)
      const body = call.body()
      for (const type of RECEIPT_TYPES) {
        const eventId = stringAt(body, type)
        if (eventId !== undefined) receive(call, room, type, eventId)
      }
      return ok()
    }),
  ]
}

async function sync(server: Homeserver, call: ApiCall): Promise<WireAnswer> {
  const session = call.session()
  const { query } = call
  const token = query.get('since')
  const request = {
    since: token === null ? undefined : parseToken(server, token),
    fullState: flag(query.get('full_state')),
    filter: parseSyncFilter(askedFilter(call)),
  }
  const timeout = Number(query.get('timeout') ?? '0')
  if (!Number.isInteger(timeout) || timeout < 0) throw invalidParam('timeout must be a whole number')
  const deadline = Date.now() + Math.min(timeout, MAX_POLL_MS)
  for (;;) {
    const remaining = deadline - Date.now()
    const body = buildSync(server, session, request, remaining <= 0)
    if (body) return ok(body)
    if (call.signal.aborted) return ok({ next_batch: positionToken(request.since ?? 0) })
    await news(server, remaining, call.signal)
  }
}

function flag(value: string | null): boolean {
  if (value === null || value === 'false') return false
  if (value === 'true') return true
  throw invalidParam("must be one of 'true' and 'false'")
}

function askedFilter(call: ApiCall): JsonObject {
  const asked = call.query.get('filter')
  if (asked === null) return {}
  if (!asked.startsWith('{')) {
    const stored = call.user().filters[Number(asked)]
    if (!stored) throw invalidParam(`No such filter ${asked}`)
    return stored
  }
  try {
    const value: unknown = JSON.parse(asked)
    return isObject(value) ? value : {}
  } catch {
    throw badJson('Invalid filter JSON')
  }
}

function news(server: Homeserver, limitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      server.waiting.delete(finish)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const timer = setTimeout(finish, limitMs)
    server.waiting.add(finish)
    signal.addEventListener('abort', finish)
  })
}
