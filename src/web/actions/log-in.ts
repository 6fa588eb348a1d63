import { createHash } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { Admin } from '../../ports/admin-store.ts'
import type { AttemptLimit } from '../../ports/attempt-counter.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { OpenedSession } from '../sessions/live-sessions.ts'
import { countAttempt, type Gate, type Visitor } from './gate.ts'
import { codeSchema, redeemCode } from './second-factor.ts'

/** Deliberately loose: what no account can have is simply wrong. */
export const credentialsSchema = z.object({
  email: z.string().trim().toLowerCase().min(1).max(200),
  password: z.string().min(1).max(1000),
  code: codeSchema.optional().describe('Of the authenticator, or a recovery code; where one is set up'),
})
export type Credentials = z.infer<typeof credentialsSchema>

/** Between the right password and the code. */
const HALFWAY_MS = 5 * 60_000
const HALFWAY = 'brainall second factor'

/**
 * Rejects with `wrong_credentials`, the same for unknown accounts, `code_required` after the right password of
 * somebody with an authenticator, `wrong_code` or `too_many_attempts`.
 */
export async function logIn(
  parts: WebParts,
  gate: Gate,
  { email, password, code }: Credentials,
  visitor: Visitor,
): Promise<OpenedSession> {
  const limits = limitsFor(email, visitor.address)
  await countAttempt(parts, gate, limits, visitor)
  const admin = await parts.admins.byEmail(email)
  const matched = await gate.passwords.matches(admin?.passwordHash, password)
  if (admin === undefined || !matched) throw new WebFault('wrong_credentials')
  return enter(parts, gate, admin, code, limits, visitor)
}

/** After `code_required`: what the log-in page keeps in the form in place of the password. */
export async function halfway(
  { admins, signingKey }: WebParts,
  { email }: Credentials,
): Promise<string | undefined> {
  const admin = await admins.byEmail(email)
  if (admin?.passwordHash === undefined) return undefined
  return new SignJWT({ email, password: markOf(admin.passwordHash) })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(HALFWAY)
    .setExpirationTime(new Date(Date.now() + HALFWAY_MS))
    .sign(signingKey)
}

const halfwaySchema = z.object({ email: z.string(), password: z.string() })

/** The second half of a log-in. Rejects with `wrong_credentials` when the first took place too long ago. */
export async function finishLogIn(
  parts: WebParts,
  gate: Gate,
  token: string,
  code: string,
  visitor: Visitor,
): Promise<OpenedSession> {
  const verified = await jwtVerify(token, parts.signingKey, {
    algorithms: ['HS256'],
    audience: HALFWAY,
    requiredClaims: ['exp'],
  }).catch(() => undefined)
  const { data } = halfwaySchema.safeParse(verified?.payload)
  if (data === undefined) throw new WebFault('log_in_again')
  const limits = limitsFor(data.email, visitor.address)
  await countAttempt(parts, gate, limits, visitor)
  const admin = await parts.admins.byEmail(data.email)
  if (admin?.passwordHash === undefined || markOf(admin.passwordHash) !== data.password)
    throw new WebFault('log_in_again')
  return enter(parts, gate, admin, code, limits, visitor)
}

async function enter(
  parts: WebParts,
  gate: Gate,
  admin: Admin,
  code: string | undefined,
  limits: readonly AttemptLimit[],
  visitor: Visitor,
): Promise<OpenedSession> {
  const factor = await parts.secondFactors.find(admin.id)
  if (factor?.verified) {
    if (code === undefined) throw new WebFault('code_required')
    if (!(await redeemCode(parts, admin, factor, code))) throw new WebFault('wrong_code')
  }
  await gate.attempts.forgive(limits)
  return gate.live.open(admin, visitor.userAgent, visitor.address)
}

/** One account may be tried from many addresses, one address may try many accounts; both end. */
function limitsFor(email: string, address: string): readonly AttemptLimit[] {
  return [
    { key: `both ${address} ${email}`, max: 10 },
    { key: `account ${email}`, max: 100 },
    { key: `address ${address}`, max: 100 },
  ]
}

/** Ends a log-in under way when the password changes. */
function markOf(passwordHash: string): string {
  return createHash('sha256').update(passwordHash).digest('base64url')
}
