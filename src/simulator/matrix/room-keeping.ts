import { addUser, type Homeserver, openSession, putAccountData } from './homeserver.ts'
import { type JsonObject, objectAt, stringsAt } from './json.ts'
import { invite, join, leave, remove, requireJoined, setMembership, showProfile } from './membership.ts'
import { members, type Room, type RoomVersion, stateEvent } from './room.ts'
import { createRoom, upgradeRoom } from './room-creation.ts'
import { appendEvent, replayEvent, setTyping } from './room-log.ts'

export interface NewRoom {
  /** The person who makes it, with power level 100. */
  readonly creator: string
  readonly members?: readonly string[]
  /** Default `joined`. */
  readonly bot?: 'joined' | 'invited' | 'absent'
  /** 0 by default; 50 may redact, kick and write state. */
  readonly botPowerLevel?: number
  /** The invite says `is_direct`; a joined bot's `m.direct` names the room too. */
  readonly direct?: boolean
  readonly encrypted?: boolean
  readonly version?: RoomVersion
  readonly joinRule?: 'invite' | 'public'
  readonly name?: string
  readonly topic?: string
  /** Without `#` and server. */
  readonly alias?: string
}

/** People, rooms and who is in them; and what a homeserver may do to a sync. */
export interface RoomKeeping {
  /** Returns the user id. */
  addPerson(person: string | { localpart: string; displayName?: string; password?: string }): string
  rename(userId: string, displayName: string): void
  /** A token for one more client of this user. */
  issueAccessToken(userId: string): string
  /** Every session of the user ends: its next request is answered M_UNKNOWN_TOKEN. */
  revokeAccessTokens(userId: string): void
  /** Returns the room id. */
  addRoom(room: NewRoom): string
  invite(roomId: string, by: string, userId: string): void
  join(roomId: string, person: string): void
  leave(roomId: string, person: string): void
  kick(roomId: string, by: string, userId: string, reason?: string): void
  ban(roomId: string, by: string, userId: string, reason?: string): void
  setPowerLevel(roomId: string, by: string, userId: string, level: number): void
  setTyping(roomId: string, person: string, isTyping: boolean): void
  /** Tombstones the room. Returns the new room's id; the bot is 'invited' there by default. */
  upgradeRoom(
    roomId: string,
    by: string,
    options?: { version?: RoomVersion; bot?: 'joined' | 'invited' | 'absent' },
  ): string
  /** Shows the event again in the next sync of everybody in the room. */
  redeliver(roomId: string, eventId: string): void
  /**
   * Whatever `send` puts into the room at once reaches syncs as a `limited` timeline with only the newest
   * `keep` (default 1) events; the rest is to be had from /messages. Not before the bot's first sync, which
   * knows no gaps.
   */
  withGap(roomId: string, send: () => void, options?: { keep?: number }): void
}

export function roomKeeping(server: Homeserver, botUserId: string): RoomKeeping {
  const roomOf = (roomId: string): Room => {
    const room = server.rooms.get(roomId)
    if (!room) throw new Error(`no room ${roomId}`)
    return room
  }
  const seatBot = (room: Room, by: string, how: 'joined' | 'invited' | 'absent', isDirect: boolean) => {
    if (how === 'absent') return
    invite(server, room, { actor: by, target: botUserId, isDirect })
    if (how === 'joined') join(server, room, botUserId)
    if (how === 'joined' && isDirect) noteDirect(server, botUserId, by, room.roomId)
  }
  return {
    addPerson(person) {
      const { localpart, displayName, password } =
        typeof person === 'string'
          ? { localpart: person, displayName: undefined, password: undefined }
          : person
      const userId = `@${localpart}:${server.serverName}`
      if (server.users.has(userId)) throw new Error(`${userId} exists already`)
      addUser(server, {
        userId,
        password: password ?? `${localpart}-password`,
        displayName: displayName ?? localpart,
      })
      return userId
    },
    rename(userId, displayName) {
      const user = server.users.get(userId)
      if (!user) throw new Error(`no user ${userId}`)
      user.displayName = displayName
      showProfile(server, userId)
    },
    issueAccessToken: (userId) => openSession(server, userId).accessToken,
    revokeAccessTokens(userId) {
      for (const session of [...server.sessions.values()])
        if (session.userId === userId) server.sessions.delete(session.accessToken)
    },
    addRoom(plan) {
      const { creator, name, topic, alias, version = '11' } = plan
      const isDirect = plan.direct ?? false
      const megolm = {
        type: 'm.room.encryption',
        stateKey: '',
        content: { algorithm: 'm.megolm.v1.aes-sha2' },
      }
      const room = createRoom(server, {
        creator,
        version,
        joinRule: plan.joinRule ?? 'invite',
        initialState: plan.encrypted ? [megolm] : [],
        powerLevels: { users: { [creator]: 100, [botUserId]: plan.botPowerLevel ?? 0 } },
        ...(name === undefined ? {} : { name }),
        ...(topic === undefined ? {} : { topic }),
        ...(alias === undefined ? {} : { alias: `#${alias}:${server.serverName}` }),
      })
      for (const target of plan.members ?? []) {
        invite(server, room, { actor: creator, target })
        join(server, room, target)
      }
      seatBot(room, creator, plan.bot ?? 'joined', isDirect)
      return room.roomId
    },
    invite: (roomId, actor, target) => void invite(server, roomOf(roomId), { actor, target }),
    join: (roomId, person) => void join(server, roomOf(roomId), person),
    leave: (roomId, person) => void leave(server, roomOf(roomId), person),
    kick: (roomId, actor, target, reason) =>
      void remove(server, roomOf(roomId), { actor, target, to: 'leave', ...(reason ? { reason } : {}) }),
    ban: (roomId, actor, target, reason) =>
      void remove(server, roomOf(roomId), { actor, target, to: 'ban', ...(reason ? { reason } : {}) }),
    setPowerLevel(roomId, by, userId, level) {
      const room = roomOf(roomId)
      const levels: JsonObject = stateEvent(room, 'm.room.power_levels')?.content ?? {}
      const users = { ...objectAt(levels, 'users'), [userId]: level }
      const content = { ...levels, users }
      appendEvent(server, room, { type: 'm.room.power_levels', sender: by, stateKey: '', content })
    },
    setTyping: (roomId, person, isTyping) =>
      setTyping(server, requireJoined(roomOf(roomId), person), person, isTyping, 30_000),
    upgradeRoom(roomId, by, { version = '11', bot = 'invited' } = {}) {
      const old = roomOf(roomId)
      const room = upgradeRoom(server, old, by, version)
      for (const { state_key: userId = '' } of members(old, 'join')) {
        if (userId === by || userId === botUserId) continue
        setMembership(server, room, { actor: by, target: userId, to: 'invite' })
        join(server, room, userId)
      }
      seatBot(room, by, bot, false)
      return room.roomId
    },
    redeliver(roomId, eventId) {
      const room = roomOf(roomId)
      const stored = room.events.get(eventId)
      if (!stored) throw new Error(`no event ${eventId} in ${roomId}`)
      replayEvent(server, room, stored)
    },
    withGap(roomId, send, { keep = 1 } = {}) {
      const { timeline } = roomOf(roomId)
      const from = timeline.length
      send()
      for (const entry of timeline.slice(from, Math.max(from, timeline.length - keep))) entry.gapped = true
    },
  }
}

function noteDirect(server: Homeserver, botUserId: string, person: string, roomId: string): void {
  const bot = server.users.get(botUserId)
  if (!bot) throw new Error(`no user ${botUserId}`)
  const known = bot.accountData.get(' m.direct')?.content ?? {}
  const content = { ...known, [person]: [...(stringsAt(known, person) ?? []), roomId] }
  putAccountData(server, bot, { type: 'm.direct', content })
}
