import type { AdminId, WorkspaceId } from '../model/ids.ts'
import type { Language } from '../model/settings.ts'
import type { Admin, AdminRole } from './admin-store.ts'

export interface Member extends Admin {
  readonly createdAt: Date
  /** Until when the link in their hands sets their password; they cannot log in before it did. */
  readonly linkUntil: Date | undefined
  /** Of a workspace admin. */
  readonly workspaces: readonly { readonly id: WorkspaceId; readonly name: string }[]
  /** When they last logged in; sessions are forgotten a month after their end. */
  readonly lastLogInAt: Date | undefined
}

/** Of a one-time link only the hash of its token is kept. */
export interface MemberLink {
  readonly tokenHash: string
  readonly expiresAt: Date
}

export type MemberChange = 'done' | 'unknown' | 'last_owner'

/** The admins among each other. Each change leaves its own audit entry, in the same transaction. */
export interface PeopleStore {
  /** Oldest first, at most 500. */
  list(): Promise<readonly Member[]>
  find(id: AdminId): Promise<Member | undefined>
  /** undefined: the e-mail address is taken. */
  invite(
    invited: {
      readonly email: string
      readonly role: AdminRole
      readonly language: Language
      readonly workspaces: readonly WorkspaceId[]
    },
    link: MemberLink,
    actor: string,
  ): Promise<Member | undefined>
  /** Takes password and sessions away until the link is used. False: unknown. */
  replaceLink(id: AdminId, link: MemberLink, actor: string): Promise<boolean>
  /** Whose link it is; undefined: unknown, used or expired. */
  behindLink(tokenHash: string): Promise<Member | undefined>
  /** Uses the link up. undefined: unknown, used or expired. */
  redeemLink(tokenHash: string, passwordHash: string): Promise<Member | undefined>
  /** `last_owner`: it would leave the hub without an owner who can log in. */
  changeRole(id: AdminId, role: AdminRole, actor: string): Promise<MemberChange>
  /** With all their sessions. */
  remove(id: AdminId, actor: string): Promise<MemberChange>
}
