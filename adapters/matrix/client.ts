import { setTimeout as delay } from 'node:timers/promises'
import { MatrixClient } from 'matrix-bot-sdk'
import { asHubError, type HubError } from '../../src/model/errors.ts'
import { asPlatformError, isPositionUnknown } from './errors.ts'
import { type SyncAnswer, syncSchema } from './events.ts'
import { callHomeserver } from './homeserver.ts'
import type { Position } from './position.ts'

const POLL_MS = 30_000
const POLL_SLACK_MS = 60_000
const FIRST_SYNC_MS = 600_000
const BACKOFF_MS = { least: 1_000, most: 10_000 }
const TIMELINE_TYPES = [
  'm.room.message',
  'm.room.encrypted',
  'm.room.redaction',
  'm.reaction',
  'm.room.tombstone',
  'm.room.member',
  'm.room.name',
  'm.room.canonical_alias',
]

/** Of timelines, in a sync and in a room's history alike. */
export const TIMELINE_FILTER = { types: TIMELINE_TYPES, lazy_load_members: true }

const SYNC_FILTER = JSON.stringify({
  presence: { types: [] },
  account_data: { types: ['m.direct'] },
  room: {
    timeline: { ...TIMELINE_FILTER, limit: 50 },
    state: { types: ['m.room.member', 'm.room.name', 'm.room.canonical_alias'], lazy_load_members: true },
    ephemeral: { types: [] },
    account_data: { types: [] },
  },
})

export interface SyncParts {
  readonly position: Position
  /** Resolves once all of it is committed. `since`: null for what no token stands before. */
  readonly take: (answer: SyncAnswer, since: string | null) => Promise<void>
  readonly onFailure: (failure: HubError) => void
  readonly onSuccess: () => void
  readonly signal: AbortSignal
}

/**
 * The SDK's client with a sync that loses nothing. The SDK's own loop goes on from the new token in memory
 * after processing failed, even with `persistTokenAfterSync`, and awaits no listener: it is replaced.
 */
export class SyncingClient extends MatrixClient {
  readonly #parts: SyncParts

  constructor(homeserverUrl: string, accessToken: string, parts: SyncParts) {
    super(homeserverUrl, accessToken, parts.position)
    this.#parts = parts
    this.persistTokenAfterSync = true
  }

  /** Ends with the signal, redirects nowhere, and reads `Retry-After`: the SDK's own does none of it. */
  override async doRequest(
    method: string,
    endpoint: string,
    query?: Readonly<Record<string, unknown>> | null,
    body?: unknown,
    timeoutMs = 60_000,
    _raw = false,
    contentType?: string,
  ): Promise<unknown> {
    const { homeserverUrl, accessToken } = this
    const { signal } = this.#parts
    const call = { homeserverUrl, accessToken, method, path: endpoint, query, body, contentType }
    return await callHomeserver({ ...call, timeoutMs, signal })
  }

  protected override doSync(token: string | null): Promise<unknown> {
    const query = { filter: SYNC_FILTER, timeout: this.syncingTimeout, since: token }
    const limit = token === null ? FIRST_SYNC_MS : POLL_MS + POLL_SLACK_MS
    return this.doRequest('GET', '/_matrix/client/v3/sync', query, null, limit)
  }

  /** Resolves when the signal aborts; rejects with `platform_unauthorized`. */
  protected override async startSyncInternal(): Promise<void> {
    const { position, take, onFailure, onSuccess, signal } = this.#parts
    let hasAnswered = false
    for (let failures = 0; !signal.aborted; ) {
      const since = position.getSyncToken()
      // A quiet homeserver answers a first sync at once, so that the connection is known to stand.
      this.syncingTimeout = hasAnswered ? POLL_MS : 0
      try {
        const answer = syncSchema.parse(await this.doSync(since))
        await take(answer, since)
        await position.setSyncToken(answer.next_batch)
        failures = 0
        hasAnswered = true
        onSuccess()
      } catch (error) {
        if (signal.aborted) return
        hasAnswered = false
        const failure = asHubError(asPlatformError(error))
        if (failure.code === 'platform_unauthorized') throw failure
        onFailure(failure)
        if (since !== null && isPositionUnknown(error)) {
          await position.setSyncToken(null).catch((cause: unknown) => onFailure(asHubError(cause)))
        }
        await backOff(failures++, failure, signal)
      }
    }
  }
}

/** Rejects when the signal aborts. */
export async function backOff(failures: number, failure: HubError, signal: AbortSignal): Promise<void> {
  const asked = failure.retry.kind === 'after' ? failure.retry.ms : 0
  const own = Math.min(BACKOFF_MS.most, BACKOFF_MS.least * 2 ** Math.min(failures, 10))
  await delay(Math.max(asked, own), undefined, { signal })
}
