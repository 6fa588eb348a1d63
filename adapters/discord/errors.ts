import { DiscordAPIError, DiscordjsError, DiscordjsErrorCodes, HTTPError, RateLimitError } from 'discord.js'
import { HubError } from '../../src/model/errors.ts'

/** Discord's own error numbers, as far as they mean something to the hub. */
export const discordCode = {
  unknownChannel: 10003,
  unknownMessage: 10008,
  unknownWebhook: 10015,
  unknownInteraction: 10062,
  oldMessageEdits: 30046,
  alreadyAcknowledged: 40060,
  missingAccess: 50001,
  cannotMessageUser: 50007,
  missingPermissions: 50013,
  invalidWebhookToken: 50027,
  threadArchived: 50083,
  noHistoryToReply: 160002,
} as const

const FORBIDDEN: ReadonlySet<number | string> = new Set([
  discordCode.unknownChannel,
  discordCode.missingAccess,
  discordCode.cannotMessageUser,
  discordCode.missingPermissions,
  discordCode.threadArchived,
  discordCode.noHistoryToReply,
])
const OLD_EDIT_PAUSE_MS = 60_000

/**
 * discord.js's errors in the hub's family. The SDK's errors keep the URL, with an interaction's token in it,
 * and the request's body: they are never handed on as a cause.
 */
export function asPlatformError(error: unknown): HubError {
  if (error instanceof HubError) return error
  if (error instanceof RateLimitError) {
    return rateLimited(Math.max(1, Math.ceil(error.retryAfter), Math.ceil(error.timeToReset)))
  }
  if (error instanceof DiscordAPIError) return refusal(error)
  if (error instanceof HTTPError) return unreachable(`Discord failed with status ${error.status}`)
  if (isTokenError(error)) return unauthorized()
  return unreachable('Discord could not be reached')
}

export function isDiscordCode(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof DiscordAPIError && codes.some((code) => error.code === code)
}

export function unauthorized(): HubError {
  return new HubError('platform_unauthorized', 'Discord does not accept the bot token')
}

function refusal(error: DiscordAPIError): HubError {
  const { code, status } = error
  const told = `Discord refused (${code}): ${withoutValues(error.message)}`
  if (code === discordCode.unknownMessage) return new HubError('platform_message_gone', told)
  if (code === discordCode.oldMessageEdits) return rateLimited(OLD_EDIT_PAUSE_MS)
  if (status === 401 && code !== discordCode.invalidWebhookToken) return unauthorized()
  if (status === 403 || FORBIDDEN.has(code)) return new HubError('platform_forbidden', told)
  return new HubError('platform_rejected', told)
}

/** Further lines name a faulty field and may quote what was in it. */
function withoutValues(message: string): string {
  return message
    .split('\n')
    .map((line, index) => (index === 0 ? line : line.split(':')[0]))
    .join('; ')
}

function rateLimited(ms: number): HubError {
  return new HubError('platform_rate_limited', 'Discord asks to slow down', { retry: { kind: 'after', ms } })
}

function unreachable(message: string): HubError {
  return new HubError('platform_unreachable', message, { retry: { kind: 'later' } })
}

/** After a 401 the REST client forgets its token and says so in a plain error (@discordjs/rest `resolveRequest`). */
function isTokenError(error: unknown): boolean {
  if (error instanceof DiscordjsError) return error.code === DiscordjsErrorCodes.TokenInvalid
  return error instanceof Error && error.message.startsWith('Expected token to be set')
}
