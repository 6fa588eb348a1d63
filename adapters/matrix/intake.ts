import { asHubError } from '../../src/model/errors.ts'
import { externalId } from '../../src/model/ids.ts'
import type { ReceiverContext } from '../../src/ports/receiver.ts'
import { backOff, type SyncingClient } from './client.ts'
import { decode, type Self, workspaceOf } from './decode.ts'
import { asPlatformError } from './errors.ts'
import { eventsIn, type JoinedRoom, type RoomEvent, type SyncAnswer, strippedIn, textAt } from './events.ts'
import type { Invitations } from './invitations.ts'
import type { Position } from './position.ts'
import type { Rooms } from './rooms.ts'
import { type Continuation, eventsToTake, hasJoined } from './timeline.ts'

export interface IntakeParts {
  readonly client: SyncingClient
  readonly self: Self
  readonly position: Position
  readonly rooms: Rooms
  readonly invitations: Invitations
  readonly context: ReceiverContext
  readonly signal: AbortSignal
}

const CLOCK_SLACK_MS = 60_000

/** Takes in one answer to a sync: rooms in parallel, each in its order. Resolves once all of it is committed. */
export async function takeSync(parts: IntakeParts, answer: SyncAnswer, since: string | null): Promise<void> {
  const { client, position, rooms, invitations } = parts
  if (answer.account_data.events.length > 0) await client.dms.update()
  for (const roomId of Object.keys(answer.rooms.leave)) {
    rooms.forget(roomId)
    invitations.close(roomId)
  }
  for (const [roomId, { invite_state: state }] of Object.entries(answer.rooms.invite)) {
    acceptInvite(parts, roomId, state.events)
  }
  const { startedAt } = position
  if (since === null && startedAt === undefined) {
    // What was said before the bot was there is not for it to answer.
    position.start(Date.now())
    for (const [roomId, section] of Object.entries(answer.rooms.join)) noteRoom(parts, roomId, section)
    return
  }
  const from: Continuation =
    since === null
      ? { kind: 'newer-than', at: Math.max(position.lastAt, (startedAt ?? 0) + CLOCK_SLACK_MS) }
      : { kind: 'since', token: since }
  const sections = Object.entries(answer.rooms.join)
  await Promise.all(sections.map(([roomId, section]) => takeRoom(parts, roomId, section, from)))
}

function acceptInvite({ self, invitations }: IntakeParts, roomId: string, state: readonly unknown[]): void {
  const own = strippedIn(state).find(
    (event) => event.type === 'm.room.member' && event.state_key === self.userId,
  )
  invitations.accept(roomId, {
    direct: own?.content.is_direct === true,
    via: own ? serverOf(own.sender) : [],
    ...(own ? { by: own.sender } : {}),
  })
}

function noteRoom({ rooms }: IntakeParts, roomId: string, section: JoinedRoom): void {
  const timeline = eventsIn(section.timeline.events)
  rooms.note(
    roomId,
    [...eventsIn(section.state.events), ...timeline],
    section.summary?.['m.joined_member_count'],
  )
}

async function takeRoom(
  parts: IntakeParts,
  roomId: string,
  section: JoinedRoom,
  from: Continuation,
): Promise<void> {
  const { client, self, invitations, context, position } = parts
  noteRoom(parts, roomId, section)
  const isNew =
    invitations.isAwaited(roomId) ||
    (from.kind === 'since' && hasJoined(eventsIn(section.timeline.events), self.userId))
  if (isNew) {
    const created = await persist(parts, {}, () => parts.rooms.state(roomId, 'm.room.create'))
    const predecessor = textAt(created?.predecessor, 'room_id')
    if (predecessor !== undefined) await persist(parts, {}, () => takeMove(parts, predecessor, roomId))
  }
  const continuation: Continuation = isNew ? { kind: 'joined' } : from
  const taken = position.lastTaken(roomId)
  const looked = { client, userId: self.userId, log: context.log }
  const events = await persist(parts, {}, () => eventsToTake(looked, roomId, section, continuation, taken))
  for (const event of events ?? []) {
    parts.rooms.noteMessage(event)
    await persist(parts, { eventId: event.event_id }, () => takeEvent(parts, roomId, event))
    position.seen(event.origin_server_ts)
    position.noteTaken(roomId, event.event_id)
  }
  invitations.close(roomId)
}

async function takeEvent(parts: IntakeParts, roomId: string, event: RoomEvent): Promise<void> {
  const { self, rooms, invitations, client, context } = parts
  if (event.type === 'm.room.tombstone' && event.state_key === '') {
    const replacement = textAt(event.content, 'replacement_room')
    if (replacement === undefined) return
    if ((await client.getJoinedRooms()).includes(replacement)) await takeMove(parts, roomId, replacement)
    else invitations.accept(replacement, { direct: false, via: serverOf(event.sender) })
    return
  }
  const isOurs = event.sender === self.userId
  if (isOurs || !RELEVANT.has(event.type)) return
  const inbound = decode(event, await rooms.surroundings(roomId, event), self)
  if (!inbound) return
  if (inbound.kind !== 'message' || !TAKES_RIGHTS.test(inbound.text))
    return void (await context.ingest(inbound))
  const levels = await rooms.state(roomId, 'm.room.power_levels')
  await context.ingest({ ...inbound, administers: mayManage(levels, event.sender) })
}

/** A command that switches something for others, too. */
const TAKES_RIGHTS = /^\s*[/!]model\s+\S/i
/** Who may change a room's state is who the room's other settings are for. */
const MODERATOR = 50

function mayManage(levels: Readonly<Record<string, unknown>> | undefined, person: string): boolean {
  const { users, users_default: everybody, state_default: needed } = levels ?? {}
  const own =
    users instanceof Object ? Object.entries(users).find(([name]) => name === person)?.[1] : undefined
  const level = Number(own ?? everybody ?? 0)
  return level >= Number(needed ?? MODERATOR)
}

const RELEVANT: ReadonlySet<string> = new Set([
  'm.room.message',
  'm.room.encrypted',
  'm.room.redaction',
  'm.reaction',
])

/** A room's successor counts only where each names the other: anybody can claim a predecessor. */
async function takeMove(parts: IntakeParts, oldRoomId: string, newRoomId: string): Promise<void> {
  const { self, rooms, context } = parts
  const [tombstone, created] = await Promise.all([
    rooms.state(oldRoomId, 'm.room.tombstone'),
    rooms.state(newRoomId, 'm.room.create'),
  ])
  if (textAt(tombstone, 'replacement_room') !== newRoomId) return
  if (textAt(created?.predecessor, 'room_id') !== oldRoomId) return
  await context.ingest({
    kind: 'channel-moved',
    connectionId: self.connectionId,
    eventId: `moved ${oldRoomId} ${newRoomId}`,
    at: new Date(),
    workspace: workspaceOf(self),
    channel: { externalId: externalId(oldRoomId), kind: 'group' },
    person: { externalId: externalId(self.userId), name: self.displayName },
    newExternalId: externalId(newRoomId),
  })
}

/**
 * Tries again until it is done, since the next event of the room must not overtake it. What can never be done
 * is left out. Rejects when the signal aborts, or when the account is no longer accepted.
 */
async function persist<Result>(
  { context, signal }: IntakeParts,
  fields: { readonly eventId?: string },
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  for (let failures = 0; ; failures++) {
    signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      const failure = asHubError(asPlatformError(error))
      if (failure.code === 'platform_unauthorized') throw failure
      context.log.error({ ...fields, code: failure.code, err: failure }, 'an event could not be taken in')
      if (failure.retry.kind === 'never') return undefined
      await backOff(failures, failure, signal)
    }
  }
}

function serverOf(userId: string): string[] {
  const at = userId.indexOf(':')
  return at < 0 ? [] : [userId.slice(at + 1)]
}
