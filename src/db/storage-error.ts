import { HubError } from '../model/errors.ts'

/** Data exceptions and broken constraints: the same once more would end the same way. */
const REFUSED = /^(22|23)/
/** Connection, resources, operator intervention, system errors, read-only, rolled back by a conflict, locks, time. */
const UNAVAILABLE = /^(08|53|57|58|25006|40|55P03|F0|XX)/
const SYSTEM_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
])
/** pg gives these no code. */
const MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when|Query read timeout|Cannot use a pool after)/

/**
 * A failed transaction in the hub's family: `event_refused` (never), `storage_unavailable` (later), or the
 * error as it is where the fault is more likely ours.
 */
export function asStorageError(error: unknown): unknown {
  if (error instanceof HubError) return error
  for (let one = error; one instanceof Error; one = one.cause) {
    const code = 'code' in one ? String(one.code) : ''
    if (REFUSED.test(code)) {
      return new HubError('event_refused', 'the database refuses what this event says', { cause: error })
    }
    if (UNAVAILABLE.test(code) || SYSTEM_CODES.has(code) || MESSAGES.test(one.message)) {
      return new HubError('storage_unavailable', `the database cannot be used now: ${one.message}`, {
        retry: { kind: 'later' },
        cause: error,
      })
    }
  }
  return error
}
