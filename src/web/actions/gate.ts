import type { AttemptCounter, AttemptLimit } from '../../ports/attempt-counter.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { createLiveSessions, type LiveSessions } from '../sessions/live-sessions.ts'
import { createPasswords, type Passwords } from '../sessions/passwords.ts'

/** Where a request comes from. */
export interface Visitor {
  readonly address: string
  readonly userAgent: string | undefined
}

export interface Gate {
  readonly live: LiveSessions
  readonly passwords: Passwords
  readonly attempts: AttemptCounter
}

export function createGate(parts: WebParts): Gate {
  return {
    live: createLiveSessions(parts.sessions, parts.apiTokens, parts.signals, parts.signingKey),
    passwords: createPasswords(),
    attempts: parts.attempts,
  }
}

/** Rejects with `too_many_attempts`. */
export async function countAttempt(
  { log }: Pick<WebParts, 'log'>,
  { attempts }: Gate,
  limits: readonly AttemptLimit[],
  { address }: Visitor,
): Promise<void> {
  const retryAfterMs = await attempts.take(limits)
  if (retryAfterMs === undefined) return
  log.warn({ address }, 'too many log-in attempts')
  throw new WebFault('too_many_attempts', { retryAfterMs })
}
