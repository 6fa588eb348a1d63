import { setTimeout as delay } from 'node:timers/promises'
import { asHubError, HubError } from '../../src/model/errors.ts'
import type { Logger } from '../../src/ports/logger.ts'

const STALLED = 'intake_stalled'
const FIRST_WAIT_MS = 250
const MAX_WAIT_MS = 10_000
/** Past this the connection starts anew, and what was missed is read from Discord's history. */
const PATIENCE_MS = 15 * 60 * 1000

/**
 * Does work that must not be lost: Discord takes no acknowledgement and delivers nothing twice, so a failure
 * is tried again here. Resolves false where trying again is useless (logged) or the signal aborted; rejects
 * with `intake_stalled` when patience ends.
 */
export async function persist(
  work: () => Promise<unknown>,
  { log, signal, what }: { readonly log: Logger; readonly signal: AbortSignal; readonly what: object },
): Promise<boolean> {
  const giveUpAt = performance.now() + PATIENCE_MS
  for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(MAX_WAIT_MS, wait * 2)) {
    try {
      await work()
      return true
    } catch (error) {
      if (signal.aborted) return false
      const failure = asHubError(error)
      if (failure.code === STALLED) throw failure
      log.error({ ...what, code: failure.code, err: failure }, 'an event could not be taken in')
      if (failure.retry.kind === 'never') return false
      const pause = failure.retry.kind === 'after' ? Math.max(wait, failure.retry.ms) : wait
      if (performance.now() + pause > giveUpAt) {
        throw new HubError(STALLED, 'events could not be stored for a long time', {
          retry: { kind: 'later' },
        })
      }
      await delay(pause, undefined, { signal }).catch(() => undefined)
    }
  }
  return false
}
