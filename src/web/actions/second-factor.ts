import { z } from 'zod'
import type { Admin } from '../../ports/admin-store.ts'
import type { SecondFactor } from '../../ports/second-factor-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import {
  authenticatorAddress,
  base32,
  newRecoveryCodes,
  newSecret,
  recoveryCodeHash,
  stepOf,
} from '../sessions/one-time-code.ts'
import { actorOf } from './actor.ts'
import { countAttempt, type Gate, type Visitor } from './gate.ts'

/** Six digits, or a recovery code; spaces do not count. */
export const codeSchema = z
  .string()
  .max(40)
  .transform((code) => code.replace(/\s/g, ''))
  .pipe(z.string().min(6))
export const confirmSchema = z.object({ code: codeSchema })
export const passwordOnlySchema = z.object({ current: z.string().min(1).max(1000) })

export interface Proposal {
  /** For typing by hand. */
  readonly secret: string
  /** An `otpauth:` address, for the picture. */
  readonly address: string
}

export async function propose({ secondFactors }: WebParts, admin: Admin): Promise<Proposal> {
  const secret = newSecret()
  if (!(await secondFactors.propose(admin.id, secret))) throw new WebFault('second_factor_there')
  return proposalOf(secret, admin)
}

/** The one that waits for its first code. */
export function proposalOf(secret: Buffer, admin: Admin): Proposal {
  return { secret: base32(secret), address: authenticatorAddress(secret, admin.email) }
}

/** Makes the authenticator count and gives the recovery codes, which are shown only now. */
export async function confirm(
  parts: WebParts,
  gate: Gate,
  admin: Admin,
  code: string,
  visitor: Visitor,
): Promise<readonly string[]> {
  const limits = limitsOf(admin)
  await countAttempt(parts, gate, limits, visitor)
  const proposed = await parts.secondFactors.find(admin.id)
  if (proposed === undefined || proposed.verified) throw new WebFault('second_factor_there')
  const step = stepOf(proposed.secret, code, Date.now())
  if (step === undefined) throw wrongCode()
  const codes = newRecoveryCodes()
  const hashes = codes.map(recoveryCodeHash)
  if (!(await parts.secondFactors.verify(admin.id, step, hashes, actorOf(admin))))
    throw new WebFault('second_factor_there')
  await gate.attempts.forgive(limits)
  return codes
}

export async function renewRecoveryCodes(
  parts: WebParts,
  gate: Gate,
  admin: Admin,
  current: string,
  visitor: Visitor,
): Promise<readonly string[]> {
  await mustKnowPassword(parts, gate, admin, current, visitor)
  const codes = newRecoveryCodes()
  await parts.secondFactors.replaceRecoveryCodes(admin.id, codes.map(recoveryCodeHash), actorOf(admin))
  return codes
}

export async function removeSecondFactor(
  parts: WebParts,
  gate: Gate,
  admin: Admin,
  current: string,
  visitor: Visitor,
): Promise<void> {
  await mustKnowPassword(parts, gate, admin, current, visitor)
  await parts.secondFactors.remove(admin.id, actorOf(admin))
}

/** Uses the code up: the same one is refused from then on. */
export async function redeemCode(
  { secondFactors }: Pick<WebParts, 'secondFactors'>,
  admin: Admin,
  factor: SecondFactor,
  code: string,
): Promise<boolean> {
  if (!/^\d{6}$/.test(code))
    return secondFactors.useRecoveryCode(admin.id, recoveryCodeHash(code), actorOf(admin))
  const step = stepOf(factor.secret, code, Date.now())
  return step !== undefined && secondFactors.useStep(admin.id, step)
}

/** Whoever finds an open browser shall not take the account over. */
export async function mustKnowPassword(
  parts: WebParts,
  gate: Gate,
  admin: Admin,
  current: string,
  visitor: Visitor,
): Promise<void> {
  const limits = limitsOf(admin)
  await countAttempt(parts, gate, limits, visitor)
  const known = await parts.admins.byEmail(admin.email)
  if (!(await gate.passwords.matches(known?.passwordHash, current))) {
    throw new WebFault('invalid', { fields: { current: { key: 'admin.field.wrong_password' } } })
  }
  await gate.attempts.forgive(limits)
}

function limitsOf({ id }: Admin) {
  return [{ key: `password ${id}`, max: 10 }]
}

function wrongCode(): WebFault {
  return new WebFault('invalid', { fields: { code: { key: 'admin.field.wrong_code' } } })
}
