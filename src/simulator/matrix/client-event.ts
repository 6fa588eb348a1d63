import type { JsonObject } from './json.ts'
import { members, type Room, type RoomEvent, relationOf, type StoredEvent } from './room.ts'

/** An event as one session gets it: with `unsigned` of its own and bundled edits and thread. */
export function clientEvent(
  room: Room,
  stored: StoredEvent,
  accessToken: string,
  viewer: string,
): JsonObject {
  return { ...stored.event, unsigned: unsignedOf(room, stored, accessToken, viewer) }
}

/** /sync leaves out the room id. */
export function syncEvent(room: Room, stored: StoredEvent, accessToken: string, viewer: string): JsonObject {
  const { room_id: _roomId, ...rest } = clientEvent(room, stored, accessToken, viewer)
  return rest
}

export function strippedEvent(event: RoomEvent): JsonObject {
  const { type, sender, content, state_key } = event
  return { type, sender, content, state_key }
}

function unsignedOf(room: Room, stored: StoredEvent, accessToken: string, viewer: string): JsonObject {
  const relations = bundled(room, stored, accessToken, viewer)
  return {
    age: Math.max(0, Date.now() - stored.event.origin_server_ts),
    ...(stored.sentBy?.accessToken === accessToken ? { transaction_id: stored.sentBy.transactionId } : {}),
    ...(stored.previousContent ? { prev_content: stored.previousContent } : {}),
    ...(stored.redactedBecause ? { redacted_because: stored.redactedBecause } : {}),
    ...(Object.keys(relations).length > 0 ? { 'm.relations': relations } : {}),
  }
}

function bundled(room: Room, stored: StoredEvent, accessToken: string, viewer: string): JsonObject {
  if (stored.event.state_key !== undefined || stored.redactedBecause) return {}
  const children = room.children.get(stored.event.event_id) ?? []
  const edit = children.findLast(
    ({ event }) => relationOf(event)?.type === 'm.replace' && event.sender === stored.event.sender,
  )
  const thread = children.filter(({ event }) => relationOf(event)?.type === 'm.thread')
  const latest = thread.at(-1)
  return {
    ...(edit ? { 'm.replace': edit.event } : {}),
    ...(latest
      ? {
          'm.thread': {
            latest_event: clientEvent(room, latest, accessToken, viewer),
            count: thread.length,
            current_user_participated:
              stored.event.sender === viewer || thread.some(({ event }) => event.sender === viewer),
          },
        }
      : {}),
  }
}

export function memberProfiles(room: Room): JsonObject {
  return Object.fromEntries(
    members(room, 'join').map(({ state_key: userId = '', content }) => [
      userId,
      { display_name: content.displayname ?? null, avatar_url: content.avatar_url ?? null },
    ]),
  )
}
