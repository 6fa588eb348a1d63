import type { MatrixClient } from 'matrix-bot-sdk'
import type { Logger } from '../../src/ports/logger.ts'
import { TIMELINE_FILTER } from './client.ts'
import { isRefused } from './errors.ts'
import { eventsIn, type JoinedRoom, pageSchema, type RoomEvent, textAt } from './events.ts'

const PAGE = 100
const MAX_BACKFILL = 2_000
/** Clocks of homeservers differ; what is taken twice is known by its id. */
const CLOCK_MARGIN_MS = 60_000

/** Where a room's timeline continues what was taken before. */
export type Continuation =
  /** From a sync token. */
  | { readonly kind: 'since'; readonly token: string }
  /** The token was lost: from what is newer than this. */
  | { readonly kind: 'newer-than'; readonly at: number }
  /** The account has just joined: from its invitation. */
  | { readonly kind: 'joined' }

export interface TimelineParts {
  readonly client: MatrixClient
  readonly userId: string
  readonly log: Logger
}

/** The events to take, oldest first, with the gap before a limited timeline filled from the history. */
export async function eventsToTake(
  { client, userId, log }: TimelineParts,
  roomId: string,
  { timeline }: JoinedRoom,
  from: Continuation,
  /** The last event that was taken of this very sync before it was cut short. */
  taken?: string,
): Promise<RoomEvent[]> {
  const isKnown = (event: RoomEvent): boolean => {
    if (event.event_id === taken) return true
    if (from.kind === 'newer-than') return event.origin_server_ts <= from.at - CLOCK_MARGIN_MS
    return from.kind === 'joined' && membershipOf(event, userId) === 'invite'
  }
  const events = eventsIn(timeline.events)
  let known = events.findLastIndex(isKnown)
  let before = timeline.limited || from.kind !== 'since' ? timeline.prev_batch : undefined
  let filled = 0
  while (known < 0 && before !== undefined && filled < MAX_BACKFILL) {
    const page = await pageBefore(client, roomId, before, from.kind === 'since' ? from.token : undefined)
    const older = eventsIn(page.chunk).reverse()
    filled += page.chunk.length
    events.unshift(...older)
    known = older.findLastIndex(isKnown)
    before = page.chunk.length === 0 ? undefined : page.end
  }
  if (known >= 0) return events.slice(known + 1)
  // In a room that anybody may join there is no invitation.
  if (from.kind === 'joined') {
    return events.slice(events.findLastIndex((event) => membershipOf(event, userId) === 'join') + 1)
  }
  if (before !== undefined) {
    log.warn({ roomId, filled }, 'a gap in a room is too long to be filled: its oldest messages are left out')
  }
  return events
}

/** Whether the account came into the room within this timeline. Its change of name is a join too. */
export function hasJoined(events: readonly RoomEvent[], userId: string): boolean {
  return events.some(
    (event) =>
      membershipOf(event, userId) === 'join' && textAt(event.unsigned?.prev_content, 'membership') !== 'join',
  )
}

function membershipOf(event: RoomEvent, userId: string): string | undefined {
  if (event.type !== 'm.room.member' || event.state_key !== userId) return undefined
  return textAt(event.content, 'membership')
}

async function pageBefore(client: MatrixClient, roomId: string, from: string, to: string | undefined) {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages`
  const query = { dir: 'b', from, to, limit: PAGE, filter: JSON.stringify(TIMELINE_FILTER) }
  try {
    return pageSchema.parse(await client.doRequest('GET', path, query))
  } catch (error) {
    // The history of a room that the account has left meanwhile.
    if (isRefused(error)) return { chunk: [] }
    throw error
  }
}
