import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { AdminId, WorkspaceId } from '../../model/ids.ts'
import type { Language } from '../../model/settings.ts'
import { ADMIN_ROLES, type Admin, HUB_ROLES } from '../../ports/admin-store.ts'
import type { Member, MemberChange, MemberLink } from '../../ports/people-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import type { OpenedSession } from '../sessions/live-sessions.ts'
import { emailSchema, passwordSchema } from '../sessions/passwords.ts'
import { actorOf } from './actor.ts'
import { countAttempt, type Gate, type Visitor } from './gate.ts'

const LINK_LIFETIME_MS = 3 * 24 * 3_600_000

export const roleSchema = z.strictObject({ role: z.enum(HUB_ROLES) })
export const inviteSchema = z.strictObject({
  email: emailSchema,
  role: z.enum(ADMIN_ROLES).default('viewer'),
  workspaces: z
    .array(z.uuid().transform((id) => id as WorkspaceId))
    .max(200)
    .default([])
    .describe('Of a workspace admin: what they see and change'),
})
export const joinSchema = z.object({ token: z.string().min(1).max(200), password: passwordSchema })

/** To be handed over by the one who asked for it: the hub sends no mail, and shows it once. */
export interface MadeLink {
  readonly member: Member
  /** Of `/admin/join?token=…`. */
  readonly token: string
}

export async function invite(
  { people }: WebParts,
  { email, role, workspaces }: z.infer<typeof inviteSchema>,
  admin: Admin,
): Promise<MadeLink> {
  if ((role === 'workspace_admin') !== workspaces.length > 0)
    throw new WebFault('invalid', { fields: { workspaces: { key: 'admin.field.workspaces' } } })
  const { token, link } = freshLink()
  const member = await people.invite(
    { email, role, language: admin.language, workspaces },
    link,
    actorOf(admin),
  )
  if (member === undefined) {
    throw new WebFault('email_taken', { fields: { email: { key: 'admin.fault.email_taken' } } })
  }
  return { member, token }
}

/** For who lost the link or forgot the password; ends their password and sessions. Not for oneself. */
export async function makeLink(parts: WebParts, gate: Gate, id: AdminId, admin: Admin): Promise<MadeLink> {
  if (id === admin.id) throw new WebFault('not_yourself')
  const { token, link } = freshLink()
  if (!(await parts.people.replaceLink(id, link, actorOf(admin)))) throw new WebFault('not_found')
  await gate.live.forgetAll()
  return { member: await findMember(parts, id), token }
}

export async function changeRole(
  parts: WebParts,
  gate: Gate,
  id: AdminId,
  { role }: z.infer<typeof roleSchema>,
  admin: Admin,
): Promise<Member> {
  refuse(await parts.people.changeRole(id, role, actorOf(admin)))
  await gate.live.forgetAll()
  return findMember(parts, id)
}

export async function removeMember(parts: WebParts, gate: Gate, id: AdminId, admin: Admin): Promise<void> {
  if (id === admin.id) throw new WebFault('not_yourself')
  refuse(await parts.people.remove(id, actorOf(admin)))
  await gate.live.forgetAll()
}

export function behindLink({ people }: WebParts, token: string): Promise<Member | undefined> {
  return people.behindLink(hashOf(token))
}

/** Sets the password of the link's admin and logs them in. Rejects with `join_link` when it is not or no longer good. */
export async function join(
  parts: WebParts,
  gate: Gate,
  { token, password }: z.infer<typeof joinSchema>,
  language: Language,
  visitor: Visitor,
): Promise<OpenedSession> {
  await countAttempt(parts, gate, [{ key: `join ${visitor.address}`, max: 30 }], visitor)
  const known = await behindLink(parts, token)
  if (known === undefined) throw new WebFault('join_link')
  const passwordHash = await gate.passwords.hash(password)
  const member = await parts.people.redeemLink(hashOf(token), passwordHash)
  if (member === undefined) throw new WebFault('join_link')
  if (member.lastLogInAt === undefined) {
    await parts.admins.changeLanguage(member.id, language, actorOf(member))
  }
  return gate.live.open(member, visitor.userAgent, visitor.address)
}

async function findMember({ people }: WebParts, id: AdminId): Promise<Member> {
  const member = await people.find(id)
  if (member === undefined) throw new WebFault('not_found')
  return member
}

function refuse(change: MemberChange): void {
  if (change === 'unknown') throw new WebFault('not_found')
  if (change === 'last_owner') {
    throw new WebFault('last_owner', { fields: { role: { key: 'admin.fault.last_owner' } } })
  }
}

function freshLink(): { readonly token: string; readonly link: MemberLink } {
  const token = randomBytes(32).toString('base64url')
  return { token, link: { tokenHash: hashOf(token), expiresAt: new Date(Date.now() + LINK_LIFETIME_MS) } }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
