import { z } from 'zod'
import { LANGUAGES, type Language } from '../../model/settings.ts'
import type { Admin } from '../../ports/admin-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { OpenedSession } from '../sessions/live-sessions.ts'
import { passwordSchema } from '../sessions/passwords.ts'
import { actorOf } from './actor.ts'
import { countAttempt, type Gate, type Visitor } from './gate.ts'

export const passwordChangeSchema = z.object({
  current: z.string().min(1).max(1000),
  password: passwordSchema,
})
export const languageSchema = z.object({ language: z.enum(LANGUAGES) })

/** Ends every session, the one used too; the new one takes its place. */
export async function changePassword(
  parts: WebParts,
  gate: Gate,
  admin: Admin,
  { current, password }: z.infer<typeof passwordChangeSchema>,
  visitor: Visitor,
): Promise<OpenedSession> {
  const limits = [{ key: `password ${admin.id}`, max: 10 }]
  await countAttempt(parts, gate, limits, visitor)
  const known = await parts.admins.byEmail(admin.email)
  if (!(await gate.passwords.matches(known?.passwordHash, current))) {
    throw new WebFault('invalid', { fields: { current: { key: 'admin.field.wrong_password' } } })
  }
  await gate.attempts.forgive(limits)
  await parts.admins.changePassword(admin.id, await gate.passwords.hash(password), actorOf(admin))
  await gate.live.forgetAll()
  return gate.live.open(admin, visitor.userAgent, visitor.address)
}

export async function changeLanguage(
  parts: WebParts,
  gate: Gate,
  admin: Admin,
  language: Language,
): Promise<void> {
  await parts.admins.changeLanguage(admin.id, language, actorOf(admin))
  await gate.live.forgetAll()
}
