import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Language } from '../../model/settings.ts'
import type { Admin, AdminStore } from '../../ports/admin-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { createPasswords, emailSchema, passwordSchema } from '../sessions/passwords.ts'
import { countAttempt, type Gate, type Visitor } from './gate.ts'

const LINK_LIFETIME_MS = 24 * 3_600_000

export const setupSchema = z.object({
  token: z.string().min(1).max(200),
  email: emailSchema,
  password: passwordSchema,
})

/**
 * A token for `/admin/setup?token=…` that makes the first admin: once, within 24 hours. Only its hash is
 * kept. Several may be open; the first one used closes all.
 */
export async function createSetupLink(admins: AdminStore): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await admins.addSetupLink(hashOf(token), new Date(Date.now() + LINK_LIFETIME_MS))
  return token
}

/** Makes an owner unless the e-mail address has an account; a password changed since then stays. */
export async function ensureAdmin(admins: AdminStore, email: string, password: string): Promise<boolean> {
  const address = emailSchema.parse(email)
  if ((await admins.byEmail(address)) !== undefined) return false
  const passwordHash = await createPasswords().hash(password)
  const made = await admins.add(
    { email: address, passwordHash, role: 'owner', language: 'en' },
    'environment',
  )
  return made !== undefined
}

export function setupLinkOpen(admins: AdminStore, token: string): Promise<boolean> {
  return admins.setupLinkOpen(hashOf(token))
}

/** Rejects with `setup_link` when the link is not or no longer good. */
export async function setUp(
  parts: WebParts,
  gate: Gate,
  { token, email, password }: z.infer<typeof setupSchema>,
  language: Language,
  visitor: Visitor,
): Promise<Admin> {
  await countAttempt(parts, gate, [{ key: `set-up ${visitor.address}`, max: 30 }], visitor)
  if (!(await setupLinkOpen(parts.admins, token))) throw new WebFault('setup_link')
  const passwordHash = await gate.passwords.hash(password)
  const admin = await parts.admins.redeemSetupLink(hashOf(token), {
    email,
    passwordHash,
    role: 'owner',
    language,
  })
  if (admin === undefined) throw new WebFault('setup_link')
  parts.log.info({ admin: admin.id }, 'the first admin was made')
  return admin
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
