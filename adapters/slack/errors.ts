import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api'
import { z } from 'zod'
import { HubError, type RetryAdvice } from '../../src/model/errors.ts'

const UNAUTHORIZED: ReadonlySet<string> = new Set([
  ...['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired'],
  ...['not_allowed_token_type', 'user_removed_from_team', 'team_disabled', 'org_login_required'],
])
const GONE: ReadonlySet<string> = new Set([
  ...['message_not_found', 'cant_update_message', 'cant_delete_message', 'edit_window_closed'],
])
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...['not_in_channel', 'channel_not_found', 'is_archived', 'posting_to_channel_denied', 'missing_scope'],
  ...[
    'no_permission',
    'access_denied',
    'user_not_in_channel',
    'team_access_not_granted',
    'ekm_access_denied',
  ],
  ...['not_authorized', 'no_access', 'user_is_restricted'],
])
const FILE_GONE: ReadonlySet<string> = new Set(['file_not_found', 'file_deleted'])
const LIMITED: ReadonlySet<string> = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded'])
/** Slack's own failures, after which the call may have taken effect. */
const UNKNOWN_EFFECT: ReadonlySet<string> = new Set([
  ...['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org'],
])

const scopeSchema = z.object({ needed: z.string() })

const DEFAULT_PAUSE_MS = 1_000

/**
 * The SDK's errors in the hub's family. Causes are left out: they can hold requests with their tokens and texts.
 * `asked`: the method or what else was wanted, for the operator.
 */
export function asPlatformError(error: unknown, asked: string): HubError {
  if (error instanceof HubError) return error
  if (error instanceof WebAPIRateLimitedError) return limited(asked, error.retryAfter * 1000)
  if (error instanceof WebAPIPlatformError) return refused(error, asked)
  if (error instanceof WebAPIHTTPError) {
    const unsure = error.statusCode >= 500 || error.statusCode === 408
    return unsure
      ? unreachable(`Slack answered ${error.statusCode} to ${asked}`)
      : new HubError('platform_rejected', `Slack answered ${error.statusCode} to ${asked}`)
  }
  if (error instanceof WebAPIRequestError) return unreachable(`Slack could not be reached for ${asked}`)
  // The SDK's plain error for a 429 without a usable Retry-After.
  if (error instanceof Error && error.message.startsWith('Retry header'))
    return limited(asked, DEFAULT_PAUSE_MS)
  return new HubError('platform_unreachable', `${asked} failed: ${nameOf(error)}`, {
    retry: { kind: 'later' },
  })
}

export function unreachable(message: string): HubError {
  return new HubError('platform_unreachable', message, { retry: { kind: 'later' } })
}

export function limited(asked: string, ms: number): HubError {
  const retry: RetryAdvice = { kind: 'after', ms }
  return new HubError('platform_rate_limited', `Slack asks to slow down (${asked})`, { retry })
}

function refused({ data }: WebAPIPlatformError, asked: string): HubError {
  const { error } = data
  // Where the answer was no JSON, the SDK gives its whole text as the error.
  if (!/^[a-z0-9_.-]{1,80}$/i.test(error)) return unreachable(`what answered ${asked} was not Slack`)
  if (LIMITED.has(error)) return limited(asked, (data.response_metadata?.retryAfter ?? 1) * 1000)
  if (UNKNOWN_EFFECT.has(error)) return unreachable(`Slack failed at ${asked}: ${error}`)
  const { data: scope } = scopeSchema.safeParse(data)
  const needed = error === 'missing_scope' && scope ? ` (needs ${scope.needed})` : ''
  const message = `Slack refused ${asked}: ${error}${needed}`
  if (UNAUTHORIZED.has(error)) return new HubError('platform_unauthorized', message)
  if (GONE.has(error)) return new HubError('platform_message_gone', message)
  if (FILE_GONE.has(error)) return new HubError('attachment_gone', message)
  if (FORBIDDEN.has(error) || error.startsWith('restricted_action'))
    return new HubError('platform_forbidden', message)
  if (error === 'streaming_state_conflict') return new HubError('platform_still_growing', message)
  return new HubError('platform_rejected', message)
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}
