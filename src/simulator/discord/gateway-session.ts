import type { WebSocket } from 'ws'
import type { JsonObject } from './json.ts'
import type { OutgoingEvent } from './world.ts'

export const messageContentIntent = 1 << 15

export interface DispatchedEvent {
  readonly type: string
  readonly sequence: number
  readonly data: JsonObject
}

export interface Session {
  readonly id: string
  readonly intents: number
  readonly shardId: number
  readonly shardCount: number
  sequence: number
  /** Sent events that a resume can ask for again; the oldest fall out. */
  readonly replay: DispatchedEvent[]
  socket: WebSocket | undefined
  /** When its socket went away. */
  detachedAt: number | undefined
}

/** What a session gets of an event: undefined where its intents leave it out. */
export function visibleData(session: Session, event: OutgoingEvent): JsonObject | undefined {
  if (event.intent !== 0 && (session.intents & event.intent) === 0) return undefined
  if (session.intents & messageContentIntent) return event.data
  return event.dataWithoutContent ?? event.data
}

export function dispatch(
  session: Session,
  type: string,
  data: JsonObject,
  replayLimit: number,
): DispatchedEvent {
  session.sequence += 1
  const event = { type, sequence: session.sequence, data }
  session.replay.push(event)
  if (session.replay.length > replayLimit) session.replay.shift()
  sendEvent(session, event)
  return event
}

/** Sends everything after `sequence` again; false when that is no longer kept. */
export function replayAfter(session: Session, sequence: number): boolean {
  const missing = session.sequence - sequence
  const kept = session.replay.filter((event) => event.sequence > sequence)
  if (kept.length < missing) return false
  for (const event of kept) sendEvent(session, event)
  return true
}

function sendEvent(session: Session, event: DispatchedEvent): void {
  const { socket } = session
  if (!socket || socket.readyState !== socket.OPEN) return
  socket.send(JSON.stringify({ op: 0, t: event.type, s: event.sequence, d: event.data }))
}
