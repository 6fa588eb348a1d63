import type { Language } from '../../model/settings.ts'
import type { Claim } from '../../ports/sign-in-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { OpenedSession } from '../sessions/live-sessions.ts'
import { countAttempt, type Gate, type Visitor } from './gate.ts'

const ASK_LIMIT_MS = 10_000

export function claimBehind({ signIns }: WebParts, token: string): Promise<Claim | undefined> {
  return signIns.behind(token)
}

/**
 * Uses the link up and asks the platform whether the person administers the place now. Rejects with
 * `sign_in_link` when the link is not or no longer good, and with `no_admin_there` when they do not, or when the
 * platform cannot say.
 */
export async function signIn(
  parts: WebParts,
  gate: Gate,
  token: string,
  language: Language,
  visitor: Visitor,
): Promise<OpenedSession> {
  await countAttempt(parts, gate, [{ key: `sign-in ${visitor.address}`, max: 30 }], visitor)
  if (parts.confinement.unavailable !== undefined) throw new WebFault('sign_in_unavailable')
  const claim = await parts.signIns.redeem(token)
  if (claim === undefined) throw new WebFault('sign_in_link')
  if (!(await administers(parts, claim))) {
    await parts.signIns.dismiss(claim)
    await gate.live.forgetAll()
    throw new WebFault('no_admin_there')
  }
  const admin = await parts.signIns.admit(claim, language)
  await gate.live.forgetAll()
  return gate.live.open(admin, visitor.userAgent, visitor.address)
}

async function administers({ administers: ask, log }: WebParts, claim: Claim): Promise<boolean> {
  try {
    return await ask(claim, AbortSignal.timeout(ASK_LIMIT_MS))
  } catch (error) {
    log.warn(
      { err: error, connection: claim.connection.slug },
      'a platform did not say who administers a place',
    )
    throw new WebFault('platform_silent', { cause: error })
  }
}
