import type { Homeserver } from './homeserver.ts'
import { type JsonObject, stringAt } from './json.ts'
import { forbidden } from './refusal.ts'
import {
  levelForAction,
  type Membership,
  membership,
  powerLevel,
  type Room,
  type RoomEvent,
  stateEvent,
} from './room.ts'
import { appendEvent } from './room-log.ts'

export function requireJoined(room: Room | undefined, userId: string): Room {
  if (!room || membership(room, userId) !== 'join') throw forbidden(`User ${userId} not in room`)
  return room
}

export function join(server: Homeserver, room: Room, userId: string): RoomEvent | undefined {
  const now = membership(room, userId)
  if (now === 'join') return undefined
  if (now === 'ban') throw forbidden('You are banned from this room')
  const rule = stateEvent(room, 'm.room.join_rules')?.content.join_rule
  if (rule !== 'public' && now !== 'invite') throw forbidden('You are not invited to this room.')
  const isDirect = stateEvent(room, 'm.room.member', userId)?.content.is_direct
  return setMembership(server, room, {
    actor: userId,
    target: userId,
    to: 'join',
    extra: isDirect === true ? { is_direct: true } : {},
  })
}

export function invite(
  server: Homeserver,
  room: Room,
  change: { actor: string; target: string; isDirect?: boolean; reason?: string },
): RoomEvent {
  requireJoined(room, change.actor)
  const now = membership(room, change.target)
  if (now === 'join') throw forbidden(`${change.target} is already in the room.`)
  if (now === 'ban') throw forbidden(`${change.target} is banned from the room`)
  requirePower(room, change.actor, levelForAction(room, 'invite'))
  return setMembership(server, room, {
    ...change,
    to: 'invite',
    extra: change.isDirect ? { is_direct: true } : {},
  })
}

export function leave(server: Homeserver, room: Room, userId: string, reason?: string): RoomEvent {
  const now = membership(room, userId)
  if (now !== 'join' && now !== 'invite') throw forbidden(`User ${userId} not in room`)
  return setMembership(server, room, { actor: userId, target: userId, to: 'leave', ...optional(reason) })
}

/** `to` says kick ('leave') or ban. */
export function remove(
  server: Homeserver,
  room: Room,
  change: { actor: string; target: string; to: 'leave' | 'ban'; reason?: string },
): RoomEvent {
  requireJoined(room, change.actor)
  const now = membership(room, change.target)
  if (change.to === 'leave' && now !== 'join' && now !== 'invite')
    throw forbidden('The target user is not in the room')
  requirePower(room, change.actor, levelForAction(room, change.to === 'ban' ? 'ban' : 'kick'))
  if (powerLevel(room, change.target) >= powerLevel(room, change.actor))
    throw forbidden('You cannot remove user with your power or more')
  return setMembership(server, room, change)
}

/** Asks nobody; the rules are the callers'. */
export function setMembership(
  server: Homeserver,
  room: Room,
  change: { actor: string; target: string; to: Membership; reason?: string; extra?: JsonObject },
): RoomEvent {
  const user = server.users.get(change.target)
  const isGone = change.to === 'leave' || change.to === 'ban'
  if (!isGone) room.forgottenBy.delete(change.target)
  return appendEvent(server, room, {
    type: 'm.room.member',
    sender: change.actor,
    stateKey: change.target,
    content: {
      membership: change.to,
      ...(isGone || user?.displayName === undefined ? {} : { displayname: user.displayName }),
      ...(isGone || user?.avatarUrl === undefined ? {} : { avatar_url: user.avatarUrl }),
      ...optional(change.reason),
      ...change.extra,
    },
  })
}

/** A new name or picture becomes a new member event in every joined room. */
export function showProfile(server: Homeserver, userId: string): void {
  for (const room of server.rooms.values())
    if (membership(room, userId) === 'join')
      setMembership(server, room, { actor: userId, target: userId, to: 'join' })
}

export function requirePower(room: Room, userId: string, level: number): void {
  if (powerLevel(room, userId) < level)
    throw forbidden(`needs power level ${level}, ${userId} has ${powerLevel(room, userId)}`)
}

export function reasonIn(body: JsonObject): { reason?: string } {
  return optional(stringAt(body, 'reason'))
}

function optional(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason }
}
