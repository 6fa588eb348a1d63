import { setTimeout as delay } from 'node:timers/promises'
import type { MatrixClient } from 'matrix-bot-sdk'
import { asHubError } from '../../src/model/errors.ts'
import type { Logger } from '../../src/ports/logger.ts'
import { asPlatformError, isNotFound } from './errors.ts'
import { contentOf } from './events.ts'
import type { Invite, Position } from './position.ts'
import type { Rooms } from './rooms.ts'

const REFUSALS = 5
const BACKOFF_MS = { least: 1_000, most: 30_000 }

/** Joins rooms beside the sync: another homeserver may take minutes to let the account in. */
export interface Invitations {
  /** Kept with the position until a sync shows the room, so that a restart before that loses none. */
  accept(roomId: string, invite: Invite): void
  isAwaited(roomId: string): boolean
  /** The room was seen, or is out of reach again. */
  close(roomId: string): void
  /** Resolves when nothing is under way; after an abort, at once. */
  settled(): Promise<void>
}

export function openInvitations(parts: {
  readonly client: MatrixClient
  readonly userId: string
  readonly position: Position
  readonly rooms: Rooms
  readonly log: Logger
  readonly signal: AbortSignal
}): Invitations {
  const { client, userId, position, rooms, log, signal } = parts
  const joining = new Map<string, Promise<void>>()

  const join = async (roomId: string, { by, direct, via }: Invite): Promise<void> => {
    let refusals = 0
    for (let tries = 0; position.invites[roomId] !== undefined; tries++) {
      try {
        await client.joinRoom(roomId, via)
        if (direct && by !== undefined) await markDirect(client, userId, roomId, by)
        return
      } catch (error) {
        signal.throwIfAborted()
        const failure = asHubError(asPlatformError(error))
        if (failure.code === 'platform_unauthorized') return
        if (failure.retry.kind === 'never') refusals += 1
        log.warn({ roomId, code: failure.code, err: failure }, 'a room could not be joined')
        // A homeserver may refuse at first what reaches it by federation a moment later.
        if (refusals === REFUSALS) break
        const own = Math.min(BACKOFF_MS.most, BACKOFF_MS.least * 2 ** Math.min(tries, 10))
        await delay(failure.retry.kind === 'after' ? Math.max(own, failure.retry.ms) : own, undefined, {
          signal,
        })
      }
    }
    position.removeInvite(roomId)
    await position.save()
  }

  const begin = (roomId: string, invite: Invite): void => {
    if (joining.has(roomId)) return
    if (invite.direct) rooms.noteDirect(roomId)
    const done = join(roomId, invite)
      .catch((error: unknown) => {
        if (!signal.aborted)
          log.warn({ roomId, err: asHubError(error) }, 'an invitation could not be settled')
      })
      .finally(() => joining.delete(roomId))
    joining.set(roomId, done)
  }

  for (const [roomId, invite] of Object.entries(position.invites)) begin(roomId, invite)

  return {
    accept(roomId, invite) {
      position.addInvite(roomId, invite)
      begin(roomId, invite)
    },
    isAwaited: (roomId) => position.invites[roomId] !== undefined,
    close: (roomId) => position.removeInvite(roomId),
    async settled() {
      await Promise.all(joining.values())
    },
  }
}

/** The account's own note of who it talks to alone: it outlives every cursor. */
async function markDirect(client: MatrixClient, userId: string, roomId: string, by: string): Promise<void> {
  const path = `/_matrix/client/v3/user/${encodeURIComponent(userId)}/account_data/m.direct`
  const known = contentOf(
    await client.doRequest('GET', path).catch((error: unknown) => {
      if (isNotFound(error)) return {}
      throw error
    }),
  )
  const roomIds = Array.isArray(known[by]) ? known[by] : []
  if (roomIds.includes(roomId)) return
  await client.doRequest('PUT', path, null, { ...known, [by]: [roomId, ...roomIds] })
}
