import { randomBytes } from 'node:crypto'
import type { Homeserver } from './homeserver.ts'
import type { JsonObject } from './json.ts'
import { invite, setMembership } from './membership.ts'
import { emptyRoom, membership, type Room, type RoomVersion, stateEvent } from './room.ts'
import { appendEvent } from './room-log.ts'

interface RoomPlan {
  readonly creator: string
  readonly version: RoomVersion
  readonly joinRule: 'invite' | 'public'
  readonly name?: string
  readonly topic?: string
  /** Whole alias, `#name:server`. */
  readonly alias?: string
  readonly isDirect?: boolean
  readonly invited?: readonly string[]
  readonly powerLevels?: JsonObject
  readonly creationContent?: JsonObject
  readonly initialState?: readonly { type: string; stateKey: string; content: JsonObject }[]
}

export function createRoom(server: Homeserver, plan: RoomPlan): Room {
  const { creator } = plan
  const roomId = `!${randomBytes(12).toString('base64url')}:${server.serverName}`
  const room = emptyRoom(roomId, plan.version)
  server.rooms.set(roomId, room)
  const put = (type: string, content: JsonObject, stateKey = '') =>
    appendEvent(server, room, { type, sender: creator, stateKey, content })

  put('m.room.create', {
    ...plan.creationContent,
    room_version: plan.version,
    ...(plan.version === '10' ? { creator } : {}),
  })
  setMembership(server, room, { actor: creator, target: creator, to: 'join' })
  put('m.room.power_levels', {
    ban: 50,
    events: {
      'm.room.encryption': 100,
      'm.room.history_visibility': 100,
      'm.room.name': 50,
      'm.room.power_levels': 100,
      'm.room.tombstone': 100,
    },
    events_default: 0,
    invite: 0,
    kick: 50,
    redact: 50,
    state_default: 50,
    users: { [creator]: 100 },
    users_default: 0,
    notifications: { room: 50 },
    ...plan.powerLevels,
  })
  if (plan.alias !== undefined) {
    server.aliases.set(plan.alias, roomId)
    put('m.room.canonical_alias', { alias: plan.alias })
  }
  put('m.room.join_rules', { join_rule: plan.joinRule })
  put('m.room.history_visibility', { history_visibility: 'shared' })
  for (const { type, stateKey, content } of plan.initialState ?? []) put(type, content, stateKey)
  if (plan.name !== undefined) put('m.room.name', { name: plan.name })
  if (plan.topic !== undefined) put('m.room.topic', { topic: plan.topic })
  for (const target of plan.invited ?? [])
    invite(server, room, { actor: creator, target, isDirect: plan.isDirect ?? false })
  return room
}

/** Makes the successor, then closes the old room with a tombstone. Nobody is moved or invited. */
export function upgradeRoom(server: Homeserver, old: Room, by: string, version: RoomVersion): Room {
  const copied = ['m.room.encryption', 'm.room.avatar', 'm.room.topic', 'm.room.name']
  const levels = stateEvent(old, 'm.room.power_levels')?.content ?? {}
  const room = createRoom(server, {
    creator: by,
    version,
    joinRule: stateEvent(old, 'm.room.join_rules')?.content.join_rule === 'public' ? 'public' : 'invite',
    powerLevels: levels,
    creationContent: { predecessor: { room_id: old.roomId } },
    initialState: copied.flatMap((type) => {
      const event = stateEvent(old, type)
      return event ? [{ type, stateKey: '', content: event.content }] : []
    }),
  })
  const close = (type: string, content: JsonObject) =>
    appendEvent(server, old, { type, sender: by, stateKey: '', content })
  close('m.room.tombstone', {
    body: 'This room has been replaced',
    replacement_room: room.roomId,
  })
  close('m.room.power_levels', { ...levels, events_default: 50, invite: 50 })
  for (const [alias, roomId] of server.aliases)
    if (roomId === old.roomId) server.aliases.set(alias, room.roomId)
  return room
}

export function joinedRoomIds(server: Homeserver, userId: string): string[] {
  return [...server.rooms.values()]
    .filter((room) => membership(room, userId) === 'join')
    .map(({ roomId }) => roomId)
}
