import { MatrixError } from 'matrix-bot-sdk'
import { HubError } from '../../src/model/errors.ts'

const UNAUTHORIZED: ReadonlySet<string> = new Set([
  'M_UNKNOWN_TOKEN',
  'M_MISSING_TOKEN',
  'M_USER_DEACTIVATED',
  'M_USER_LOCKED',
])
const DEFAULT_WAIT_MS = 1_000

/** A homeserver's refusal in the hub's family; anything else as it is. */
export function asPlatformError(error: unknown): unknown {
  if (!(error instanceof MatrixError)) return error
  const { errcode, statusCode, retryAfterMs } = error
  if (errcode === 'M_LIMIT_EXCEEDED' || statusCode === 429) {
    return new HubError('platform_rate_limited', 'the Matrix homeserver asks to slow down', {
      retry: { kind: 'after', ms: retryAfterMs ?? DEFAULT_WAIT_MS },
    })
  }
  if (UNAUTHORIZED.has(errcode) || statusCode === 401) {
    return new HubError(
      'platform_unauthorized',
      `the Matrix homeserver does not accept the account: ${errcode}`,
    )
  }
  if (statusCode >= 500) {
    return new HubError('platform_unreachable', `the Matrix homeserver failed with ${statusCode}`, {
      retry: { kind: 'later' },
    })
  }
  // Its own words stay out: modules of homeservers may repeat what was written.
  const refused = `the Matrix homeserver refused with ${statusCode} ${errcode}`
  if (errcode === 'M_FORBIDDEN' || statusCode === 403) return new HubError('platform_forbidden', refused)
  return new HubError('platform_rejected', refused)
}

/** The event that a relation names is not there: Synapse says so in words only. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof MatrixError)) return false
  return error.errcode === 'M_NOT_FOUND' || (error.statusCode === 400 && /unknown event/i.test(error.error))
}

export function isNotFound(error: unknown): boolean {
  return error instanceof MatrixError && error.statusCode === 404
}

export function isRefused(error: unknown): boolean {
  return error instanceof MatrixError && (error.statusCode === 403 || error.statusCode === 404)
}

/** The homeserver no longer knows the place in its stream: a new one, or one restored from a backup. */
export function isPositionUnknown(error: unknown): boolean {
  if (!(error instanceof MatrixError)) return false
  if (error.errcode === 'M_UNKNOWN_POS') return true
  return (
    error.statusCode === 400 &&
    (error.errcode === 'M_INVALID_PARAM' || error.errcode === 'M_UNKNOWN') &&
    /token|since/i.test(error.error)
  )
}
