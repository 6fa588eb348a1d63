import type { AdminId } from '../model/ids.ts'
import type { Language } from '../model/settings.ts'

export const ADMIN_ROLES = ['owner', 'operator', 'workspace_admin', 'viewer'] as const
/** Of people who run the hub; the others belong to workspaces. */
export const HUB_ROLES = ['owner', 'operator', 'viewer'] as const
export type AdminRole = (typeof ADMIN_ROLES)[number]

export interface Admin {
  readonly id: AdminId
  /** In lower case. */
  readonly email: string
  readonly role: AdminRole
  readonly language: Language
  /** How to call them where `email` is none that people know. */
  readonly name: string | undefined
}

export interface NewAdmin {
  readonly email: string
  readonly passwordHash: string
  readonly role: AdminRole
  readonly language: Language
}

/** Who may use the admin. Each change leaves its own audit entry, in the same transaction. */
export interface AdminStore {
  any(): Promise<boolean>
  /** Without a password: they have yet to choose one, by their link. */
  byEmail(email: string): Promise<(Admin & { readonly passwordHash: string | undefined }) | undefined>
  /** undefined: the e-mail address is taken. */
  add(admin: NewAdmin, actor: string): Promise<Admin | undefined>
  /** Ends every session of this admin. */
  changePassword(id: AdminId, passwordHash: string, actor: string): Promise<void>
  changeLanguage(id: AdminId, language: Language, actor: string): Promise<void>

  addSetupLink(tokenHash: string, expiresAt: Date): Promise<void>
  /** Whether the link would still make the first admin. */
  setupLinkOpen(tokenHash: string): Promise<boolean>
  /**
   * Uses the link up and makes the first admin, together or not at all. undefined: the link is unknown,
   * used or expired, or the hub has an admin already.
   */
  redeemSetupLink(tokenHash: string, admin: NewAdmin): Promise<Admin | undefined>
}
