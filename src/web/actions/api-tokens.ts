import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { ApiTokenId } from '../../model/ids.ts'
import type { Admin } from '../../ports/admin-store.ts'
import type { ApiToken } from '../../ports/api-token-store.ts'
import { API_SCOPES } from '../../ports/session-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { API_TOKEN_MARK, hashOf } from '../sessions/live-sessions.ts'
import { actorOf } from './actor.ts'
import type { Gate } from './gate.ts'

const DAY_MS = 86_400_000

export const newTokenSchema = z.object({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.enum(API_SCOPES)).min(1),
  days: z.number().int().min(1).max(3650).optional().describe('Until it ends; absent: it does not'),
})

export async function makeToken(
  { apiTokens }: WebParts,
  admin: Admin,
  { name, scopes, days }: z.infer<typeof newTokenSchema>,
): Promise<{ readonly token: string; readonly made: ApiToken }> {
  const token = `${API_TOKEN_MARK}${randomBytes(32).toString('base64url')}`
  const expiresAt = days === undefined ? undefined : new Date(Date.now() + days * DAY_MS)
  const values = { name, scopes: [...new Set(scopes)], tokenHash: hashOf(token), expiresAt }
  return { token, made: await apiTokens.add(admin.id, values, actorOf(admin)) }
}

export async function revokeToken(
  { apiTokens }: WebParts,
  { live }: Gate,
  admin: Admin,
  id: ApiTokenId,
): Promise<void> {
  if (!(await apiTokens.revoke(admin.id, id, actorOf(admin)))) throw new WebFault('not_found')
  await live.forgetAll()
}
