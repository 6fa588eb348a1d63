import type { WireAnswer } from '../wire-server.ts'
import { checkCanonicalJson, checkMessageContent } from './content-rules.ts'
import { type Homeserver, rememberTransaction } from './homeserver.ts'
import { type JsonObject, objectAt, stringAt } from './json.ts'
import { requireJoined, requirePower } from './membership.ts'
import { redactionDraft } from './redaction.ts'
import { badJson, forbidden, MatrixRefusal, notFound } from './refusal.ts'
import { checkRelation } from './relation-rules.ts'
import { levelForAction, levelForEvent, type Room, type RoomEvent } from './room.ts'
import { appendEvent } from './room-log.ts'
import { type ApiCall, ok, type Route, route } from './router.ts'

const EVENT_BYTES = 65_536

/** What a homeserver adds to an event before it counts its bytes (format of room versions 4 and on). */
const SERVER_FIELDS = {
  auth_events: Array.from({ length: 3 }, () => '$'.padEnd(44, 'x')),
  depth: 1_000_000,
  hashes: { sha256: 'x'.repeat(43) },
  prev_events: ['$'.padEnd(44, 'x')],
  signatures: { server: { 'ed25519:a_xxxx': 'x'.repeat(86) } },
  unsigned: { age_ts: 1_000_000_000_000 },
}

export function sendRoutes(server: Homeserver, takeFromBudget: (userId: string) => void): Route[] {
  const rooms = '_matrix/client/v3/rooms/:roomId'
  const send = `${rooms}/send/:type/:txnId`
  const redact = `${rooms}/redact/:eventId/:txnId`
  const writeState = (call: ApiCall, stateKey: string) => {
    const { userId } = call.session()
    const room = requireJoined(server.rooms.get(call.param('roomId')), userId)
    const type = call.param('type')
    const content = call.body()
    requirePower(room, userId, levelForEvent(room, type, true))
    if (type === 'm.room.create' || type === 'm.room.member')
      throw forbidden(`${type} is not written through this API here`)
    if (stateKey.startsWith('@') && stateKey !== userId) throw forbidden('state key of another user')
    checkEvent(room, userId, type, content, stateKey)
    takeFromBudget(userId)
    return ok({ event_id: appendEvent(server, room, { type, sender: userId, content, stateKey }).event_id })
  }
  return [
    route('PUT', send, (call) =>
      once(server, call, (room, sentBy) => {
        const type = call.param('type')
        const content = call.body()
        if (type === 'm.room.redaction')
          return redactEvent(server, room, call, content, takeFromBudget, sentBy)
        const { userId } = call.session()
        requirePower(room, userId, levelForEvent(room, type, false))
        checkEvent(room, userId, type, content)
        checkRelation(room, userId, type, content)
        if (type === 'm.room.message')
          checkMessageContent(server, content, objectAt(content, 'm.relates_to')?.rel_type === 'm.replace')
        takeFromBudget(userId)
        return appendEvent(server, room, { type, sender: userId, content, sentBy })
      }),
    ),
    route('PUT', redact, (call) =>
      once(server, call, (room, sentBy) => {
        const { reason, ...unknown } = call.body()
        if (reason !== undefined && typeof reason !== 'string') throw badJson('reason must be a string')
        if (Object.keys(unknown).length > 0) throw badJson('a redaction has only a reason')
        const content = { redacts: call.param('eventId'), ...(reason === undefined ? {} : { reason }) }
        return redactEvent(server, room, call, content, takeFromBudget, sentBy)
      }),
    ),
    route('PUT', `${rooms}/state/:type/*stateKey`, (call) => writeState(call, call.param('stateKey'))),
    route('PUT', `${rooms}/state/:type`, (call) => writeState(call, '')),
  ]
}

type SentBy = { readonly accessToken: string; readonly transactionId: string }

/** The same token, path and transaction id give the same event, whatever the body says. */
function once(
  server: Homeserver,
  call: ApiCall,
  send: (room: Room, sentBy: SentBy) => RoomEvent,
): WireAnswer {
  const { accessToken, userId } = call.session()
  const key = `${accessToken} ${call.request.path.split('?', 1)[0]}`
  const known = server.transactions.get(key)
  if (known !== undefined) return ok({ event_id: known })
  const room = requireJoined(server.rooms.get(call.param('roomId')), userId)
  const { event_id } = send(room, { accessToken, transactionId: call.param('txnId') })
  rememberTransaction(server, key, event_id)
  return ok({ event_id })
}

function redactEvent(
  server: Homeserver,
  room: Room,
  call: ApiCall,
  content: JsonObject,
  takeFromBudget: (userId: string) => void,
  sentBy: SentBy,
): RoomEvent {
  const { userId } = call.session()
  const target = room.events.get(stringAt(content, 'redacts') ?? '')
  if (!target) throw notFound('Could not find the event to redact')
  if (target.event.type === 'm.room.create') throw forbidden('Redacting create events is not permitted')
  requirePower(room, userId, levelForEvent(room, 'm.room.redaction', false))
  if (target.event.sender !== userId) requirePower(room, userId, levelForAction(room, 'redact'))
  checkEvent(room, userId, 'm.room.redaction', content)
  takeFromBudget(userId)
  return appendEvent(server, room, { ...redactionDraft(room, userId, content), sentBy })
}

function checkEvent(room: Room, sender: string, type: string, content: JsonObject, stateKey?: string): void {
  checkCanonicalJson(content)
  const whole = {
    ...SERVER_FIELDS,
    content,
    origin_server_ts: Date.now(),
    room_id: room.roomId,
    sender,
    type,
    ...(stateKey === undefined ? {} : { state_key: stateKey }),
  }
  const isLong = [type, stateKey ?? ''].some((text) => Buffer.byteLength(text) > 255)
  if (isLong || Buffer.byteLength(JSON.stringify(whole)) > EVENT_BYTES)
    throw new MatrixRefusal(413, 'M_TOO_LARGE', 'event too large')
}
