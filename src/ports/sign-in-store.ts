import type { ConnectionId, ExternalId, PersonId, WorkspaceId } from '../model/ids.ts'
import type { Language } from '../model/settings.ts'
import type { Admin } from './admin-store.ts'

/** Who says they administer which place. */
export interface Claim {
  readonly person: { readonly id: PersonId; readonly externalId: ExternalId; readonly name: string }
  readonly workspace: { readonly id: WorkspaceId; readonly externalId: ExternalId; readonly name: string }
  readonly connection: { readonly id: ConnectionId; readonly platform: string; readonly slug: string }
}

/** Workspace admins who come from a chat. */
export interface SignInStore {
  /** undefined: unknown, used or expired. */
  behind(token: string): Promise<Claim | undefined>
  /** Uses the link up. undefined: unknown, used or expired. */
  redeem(token: string): Promise<Claim | undefined>
  /** The admin that this person is, made on their first visit, with this workspace among theirs. Leaves an audit entry. */
  admit(claim: Claim, language: Language): Promise<Admin>
  /** They no longer administer it there. Leaves an audit entry where they had it. */
  dismiss(claim: Claim): Promise<void>
}
