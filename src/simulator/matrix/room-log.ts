import { randomBytes } from 'node:crypto'
import { announce, type Homeserver, touch, wake } from './homeserver.ts'
import type { JsonObject } from './json.ts'
import { hideEvent, showEvent } from './message-view.ts'
import { pruned, redactedId } from './redaction.ts'
import { MatrixRefusal } from './refusal.ts'
import { type Receipt, type Room, type RoomEvent, relationOf, type StoredEvent } from './room.ts'

const EVENT_LIMIT = 500_000
const TYPING_LOG_LIMIT = 20_000

interface EventDraft {
  readonly type: string
  readonly sender: string
  readonly content: JsonObject
  readonly stateKey?: string
  /** Only for redactions in rooms before version 11. */
  readonly redacts?: string
  readonly sentAt?: number
  readonly sentBy?: { readonly accessToken: string; readonly transactionId: string }
  /** What a person's own client decrypts the event to. */
  readonly plain?: JsonObject
}

/** Adds an event without asking whether its sender may send it. */
export function appendEvent(server: Homeserver, room: Room, draft: EventDraft): RoomEvent {
  if (server.eventCount >= EVENT_LIMIT)
    throw new MatrixRefusal(
      403,
      'M_RESOURCE_LIMIT_EXCEEDED',
      `the emulator holds at most ${EVENT_LIMIT} events`,
    )
  server.eventCount += 1
  const event: RoomEvent = {
    event_id: `$${randomBytes(32).toString('base64url')}`,
    type: draft.type,
    room_id: room.roomId,
    sender: draft.sender,
    origin_server_ts: draft.sentAt ?? Date.now(),
    content: draft.content,
    ...(draft.stateKey === undefined ? {} : { state_key: draft.stateKey }),
    ...(draft.redacts === undefined ? {} : { redacts: draft.redacts }),
  }
  const previous = draft.stateKey === undefined ? undefined : room.state.get(draft.type)?.get(draft.stateKey)
  const stored: StoredEvent = {
    event,
    position: touch(server, room),
    ...(draft.sentBy === undefined ? {} : { sentBy: draft.sentBy }),
    ...(previous === undefined ? {} : { previousContent: previous.event.content }),
  }
  room.timeline.push({ position: stored.position, stored, replay: false, gapped: false })
  room.events.set(event.event_id, stored)
  if (draft.stateKey !== undefined) {
    const keys = room.state.get(draft.type) ?? new Map<string, StoredEvent>()
    room.state.set(draft.type, keys.set(draft.stateKey, stored))
    room.stateLog.push(stored)
  }
  const relation = relationOf(event)
  if (relation) {
    const siblings = room.children.get(relation.eventId) ?? []
    siblings.push(stored)
    room.children.set(relation.eventId, siblings)
  }
  if (event.type === 'm.room.redaction') applyRedaction(room, event)
  else showEvent(room, stored, draft.plain)
  announce(server, { kind: 'event', roomId: room.roomId, event })
  return event
}

function applyRedaction(room: Room, redaction: RoomEvent): void {
  const target = room.events.get(redactedId(redaction) ?? '')
  if (!target || target.redactedBecause) return
  const before = target.event
  target.event = pruned(before, room.version)
  target.redactedBecause = redaction
  const relation = relationOf(before)
  if (relation) {
    const siblings = room.children.get(relation.eventId) ?? []
    room.children.set(
      relation.eventId,
      siblings.filter((sibling) => sibling !== target),
    )
  }
  hideEvent(room, before, redaction.sender)
}

/** Shows an event again to every later sync, as a homeserver does after it lost its place. */
export function replayEvent(server: Homeserver, room: Room, stored: StoredEvent): void {
  room.timeline.push({ position: touch(server, room), stored, replay: true, gapped: false })
  wake(server)
}

export function setTyping(
  server: Homeserver,
  room: Room,
  userId: string,
  isTyping: boolean,
  timeoutMs: number,
): void {
  const running = room.typing.get(userId)
  clearTimeout(running)
  if (isTyping) {
    const timer = setTimeout(() => setTyping(server, room, userId, false, 0), timeoutMs)
    room.typing.set(userId, timer.unref())
  } else room.typing.delete(userId)
  if ((running !== undefined) !== isTyping) room.typingPosition = touch(server, room)
  const note = { roomId: room.roomId, userId, isTyping, timeoutMs, at: Date.now() }
  server.typingLog.push(note)
  if (server.typingLog.length > TYPING_LOG_LIMIT) server.typingLog.splice(0, TYPING_LOG_LIMIT / 2)
  announce(server, { kind: 'typing', note })
}

export function addReceipt(
  server: Homeserver,
  room: Room,
  draft: Pick<Receipt, 'type' | 'userId' | 'eventId' | 'threadId'>,
): void {
  const receipt: Receipt = { ...draft, at: Date.now(), position: touch(server, room) }
  room.receipts.set(`${draft.type} ${draft.userId} ${draft.threadId ?? ''}`, receipt)
  announce(server, { kind: 'receipt', roomId: room.roomId, receipt })
}
