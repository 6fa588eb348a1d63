import { z } from 'zod'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { type AttemptLimit, type Attempts, createAttempts } from '../sessions/attempts.ts'
import { createLiveSessions, type LiveSessions, type OpenedSession } from '../sessions/live-sessions.ts'
import { createPasswords, type Passwords } from '../sessions/passwords.ts'

/** Deliberately loose: what no account can have is simply wrong. */
export const credentialsSchema = z.object({
  email: z.string().trim().toLowerCase().min(1).max(200),
  password: z.string().min(1).max(1000),
})
export type Credentials = z.infer<typeof credentialsSchema>

/** Where a request comes from. */
export interface Visitor {
  readonly address: string
  readonly userAgent: string | undefined
}

export interface Gate {
  readonly live: LiveSessions
  readonly passwords: Passwords
  readonly attempts: Attempts
}

export function createGate(parts: WebParts): Gate {
  return {
    live: createLiveSessions(parts.sessions, parts.signals, parts.signingKey),
    passwords: createPasswords(),
    attempts: createAttempts(),
  }
}

/** Rejects with `wrong_credentials`, the same for unknown accounts, or `too_many_attempts`. */
export async function logIn(
  parts: WebParts,
  gate: Gate,
  { email, password }: Credentials,
  visitor: Visitor,
): Promise<OpenedSession> {
  const limits = limitsFor(email, visitor.address)
  countAttempt(parts, gate, limits, visitor)
  const admin = await parts.admins.byEmail(email)
  const matched = await gate.passwords.matches(admin?.passwordHash, password)
  if (admin === undefined || !matched) throw new WebFault('wrong_credentials')
  gate.attempts.forgive(limits)
  return gate.live.open(admin.id, visitor.userAgent, visitor.address)
}

export function countAttempt(
  parts: WebParts,
  { attempts }: Gate,
  limits: readonly AttemptLimit[],
  { address }: Visitor,
): void {
  const retryAfterMs = attempts.take(limits)
  if (retryAfterMs === undefined) return
  parts.log.warn({ address }, 'too many log-in attempts')
  throw new WebFault('too_many_attempts', { retryAfterMs })
}

/** One account may be tried from many addresses, one address may try many accounts; both end. */
function limitsFor(email: string, address: string): readonly AttemptLimit[] {
  return [
    { key: `both ${address} ${email}`, max: 10 },
    { key: `account ${email}`, max: 100 },
    { key: `address ${address}`, max: 100 },
  ]
}
