import { strippedEvent, syncEvent } from './client-event.ts'
import type { Homeserver, Session } from './homeserver.ts'
import type { JsonObject } from './json.ts'
import { invalidParam } from './refusal.ts'
import {
  indexAfter,
  members,
  membership,
  membershipAt,
  type Room,
  type StoredEvent,
  type TimelineEntry,
} from './room.ts'
import type { EventFilter, SyncFilter } from './sync-filter.ts'

interface SyncRequest {
  readonly since: number | undefined
  readonly fullState: boolean
  readonly filter: SyncFilter
}

export function positionToken(position: number): string {
  return `s${position}`
}

/** Tokens of a homeserver that was reset are refused rather than guessed at. */
export function parseToken(server: Homeserver, token: string): number {
  const [, digits] = /^s(\d{1,15})$/.exec(token) ?? []
  const position = Number(digits)
  if (digits === undefined || position > server.position) throw invalidParam(`Invalid stream token ${token}`)
  return position
}

/** Undefined when there is nothing to tell and the client would rather wait. */
export function buildSync(
  server: Homeserver,
  session: Session,
  request: SyncRequest,
  isLastChance: boolean,
): JsonObject | undefined {
  const { since, filter } = request
  const joined: JsonObject = {}
  const invited: JsonObject = {}
  const left: JsonObject = {}
  for (const room of server.rooms.values()) {
    if (!filter.passesRoom(room.roomId) || room.forgottenBy.has(session.userId)) continue
    if (since !== undefined && room.touched <= since && !request.fullState) continue
    const now = membership(room, session.userId)
    if (now === 'join') {
      const section = joinedSection(server, room, session, request)
      if (section) joined[room.roomId] = section
    } else if (now === 'invite') {
      if (since === undefined || memberPosition(room, session.userId) > since)
        invited[room.roomId] = invitedSection(room, session.userId)
    } else if (now !== undefined) {
      const section = leftSection(room, session, request)
      if (section) left[room.roomId] = section
    }
  }
  const accountData = accountDataSince(server, session.userId, undefined, since, filter.accountData)
  if (since === undefined && filter.accountData.passes({ type: 'm.push_rules', sender: session.userId }))
    accountData.push({ type: 'm.push_rules', content: { global: {} } })
  const isQuiet = [joined, invited, left, accountData].every((part) => Object.keys(part).length === 0)
  if (isQuiet && !isLastChance && since !== undefined && !request.fullState) return undefined
  return {
    next_batch: positionToken(server.position),
    rooms: { join: joined, invite: invited, leave: left },
    account_data: { events: accountData },
    presence: { events: [] },
    to_device: { events: [] },
    device_lists: {},
    device_one_time_keys_count: { signed_curve25519: 0 },
  }
}

function joinedSection(
  server: Homeserver,
  room: Room,
  session: Session,
  { since: asked, fullState, filter }: SyncRequest,
): JsonObject | undefined {
  const isFresh = asked === undefined || membershipAt(room, session.userId, asked) !== 'join'
  const since = isFresh ? undefined : asked
  const slice = timelineSlice(room.timeline, since, filter.timeline)
  const shows = ({ stored }: TimelineEntry) => syncEvent(room, stored, session.accessToken, session.userId)
  const state = stateBetween(room, fullState ? undefined : since, slice.startsAfter, filter.state)
  const ephemeral = ephemeralSince(room, since).filter((event) =>
    filter.ephemeral.passes({ type: event.type, sender: '' }),
  )
  const accountData = accountDataSince(server, session.userId, room.roomId, since, filter.roomAccountData)
  const isQuiet = [slice.entries, state, ephemeral, accountData].every((part) => part.length === 0)
  if (isQuiet && !slice.limited && !isFresh && !fullState) return undefined
  const hasMemberNews = slice.entries.some(({ stored }) => stored.event.type === 'm.room.member')
  return {
    timeline: {
      events: slice.entries.map(shows),
      limited: slice.limited,
      prev_batch: positionToken(slice.startsAfter),
    },
    state: { events: state.map((stored) => syncEvent(room, stored, session.accessToken, session.userId)) },
    ephemeral: { events: ephemeral },
    account_data: { events: accountData },
    unread_notifications: { notification_count: 0, highlight_count: 0 },
    summary:
      isFresh || hasMemberNews
        ? {
            'm.joined_member_count': members(room, 'join').length,
            'm.invited_member_count': members(room, 'invite').length,
            'm.heroes': members(room, 'join', 'invite')
              .map(({ state_key }) => state_key)
              .filter((userId) => userId !== session.userId)
              .slice(0, 5),
          }
        : {},
  }
}

function invitedSection(room: Room, userId: string): JsonObject {
  const own = room.state.get('m.room.member')?.get(userId)?.event
  const shown = ['create', 'join_rules', 'name', 'avatar', 'topic', 'canonical_alias', 'encryption']
  const events = shown.flatMap((name) => room.state.get(`m.room.${name}`)?.get('')?.event ?? [])
  const inviter = room.state.get('m.room.member')?.get(own?.sender ?? '')?.event
  const memberEvents = [inviter, own].filter((event) => event !== undefined)
  return { invite_state: { events: [...events, ...memberEvents].map(strippedEvent) } }
}

function leftSection(room: Room, session: Session, { since, filter }: SyncRequest): JsonObject | undefined {
  const leftAt = memberPosition(room, session.userId)
  if (since === undefined ? !filter.includeLeave : leftAt <= since) return undefined
  const before = since === undefined ? 'join' : membershipAt(room, session.userId, since)
  // Whoever turned an invite down never saw the room.
  const from = before === 'join' ? since : leftAt - 1
  const seen = room.timeline.slice(0, indexAfter(room.timeline, leftAt))
  const slice = timelineSlice(seen, from, filter.timeline)
  return {
    timeline: {
      events: slice.entries.map(({ stored }) => syncEvent(room, stored, session.accessToken, session.userId)),
      limited: slice.limited,
      prev_batch: positionToken(slice.startsAfter),
    },
    state: { events: [] },
    account_data: { events: [] },
  }
}

/** The newest entries after `since`; a first sight of the room knows no gaps and no replays. */
function timelineSlice(
  timeline: readonly TimelineEntry[],
  since: number | undefined,
  filter: EventFilter,
): { entries: TimelineEntry[]; limited: boolean; startsAfter: number } {
  const entries: TimelineEntry[] = []
  const first = since === undefined ? 0 : indexAfter(timeline, since)
  for (let index = timeline.length - 1; index >= first; index -= 1) {
    const entry = timeline[index]
    if (!entry || !filter.passes(entry.stored.event)) continue
    if (since === undefined && entry.replay) continue
    const isGap = since !== undefined && entry.gapped
    if (isGap || entries.length === filter.limit) {
      const startsAfter = entries[0] ? entries[0].position - 1 : entry.position
      return { entries, limited: true, startsAfter }
    }
    entries.unshift(entry)
  }
  return { entries, limited: false, startsAfter: entries[0] ? entries[0].position - 1 : (since ?? 0) }
}

function stateBetween(
  room: Room,
  after: number | undefined,
  until: number,
  filter: EventFilter,
): StoredEvent[] {
  const newest = new Map<string, StoredEvent>()
  for (const stored of room.stateLog) {
    if (stored.position <= (after ?? 0) || stored.position > until) continue
    if (filter.passes(stored.event))
      newest.set(`${stored.event.type} ${stored.event.state_key ?? ''}`, stored)
  }
  return [...newest.values()]
}

function ephemeralSince(room: Room, since: number | undefined): (JsonObject & { type: string })[] {
  const events: (JsonObject & { type: string })[] = []
  if (since === undefined ? room.typing.size > 0 : room.typingPosition > since)
    events.push({ type: 'm.typing', content: { user_ids: [...room.typing.keys()] } })
  const byEvent: Record<string, Record<string, Record<string, JsonObject>>> = {}
  for (const { type, userId, eventId, threadId, at, position } of room.receipts.values()) {
    if (position <= (since ?? 0) || type !== 'm.read') continue
    const note = { ts: at, ...(threadId === undefined ? {} : { thread_id: threadId }) }
    byEvent[eventId] = { [type]: { ...byEvent[eventId]?.[type], [userId]: note } }
  }
  if (Object.keys(byEvent).length > 0) events.push({ type: 'm.receipt', content: byEvent })
  return events
}

function accountDataSince(
  server: Homeserver,
  userId: string,
  roomId: string | undefined,
  since: number | undefined,
  filter: EventFilter,
): JsonObject[] {
  const data = [...(server.users.get(userId)?.accountData.values() ?? [])]
  return data
    .filter((datum) => datum.roomId === roomId && datum.position > (since ?? 0))
    .filter(({ type }) => filter.passes({ type, sender: userId }))
    .map(({ type, content }) => ({ type, content }))
}

function memberPosition(room: Room, userId: string): number {
  return room.state.get('m.room.member')?.get(userId)?.position ?? 0
}
