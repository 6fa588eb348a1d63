import { GrammyError, HttpError } from 'grammy'
import { HubError } from '../../src/model/errors.ts'

const GONE = /message to (edit|delete) not found|message can't be (edited|deleted)|MESSAGE_ID_INVALID/i

/** grammY's errors in the hub's family. A network error's own text is left out: it can hold the token. */
export function asPlatformError(error: unknown): unknown {
  if (error instanceof HttpError) {
    return new HubError('platform_unreachable', 'Telegram could not be reached', { retry: { kind: 'later' } })
  }
  if (!(error instanceof GrammyError)) return error
  const { error_code: status, description, parameters } = error
  if (status === 429) {
    const ms = (parameters.retry_after ?? 1) * 1000
    return new HubError('platform_rate_limited', 'Telegram asks to slow down', {
      retry: { kind: 'after', ms },
    })
  }
  if (status === 401 || status === 404) {
    return new HubError('platform_unauthorized', 'Telegram does not accept the bot token', {
      retry: { kind: 'never' },
    })
  }
  if (status === 403) return new HubError('platform_forbidden', `Telegram refused: ${description}`)
  if (status >= 500) {
    return new HubError('platform_unreachable', `Telegram failed: ${description}`, {
      retry: { kind: 'later' },
    })
  }
  if (/file is too big/i.test(description))
    return new HubError('attachment_too_large', 'the file is larger than Telegram lets bots fetch')
  if (GONE.test(description)) return new HubError('platform_message_gone', `Telegram refused: ${description}`)
  return new HubError('platform_rejected', `Telegram refused: ${description}`)
}

export function isUnchanged(error: unknown): boolean {
  return error instanceof GrammyError && /message is not modified/i.test(error.description)
}
