import type { AdminId, ApiTokenId, SessionId, WorkspaceId } from '../model/ids.ts'
import type { Admin } from './admin-store.ts'

/** What a token for programs may be used for, besides what its maker may do. */
export const API_SCOPES = ['read', 'settings', 'models', 'connections', 'work', 'people'] as const
export type ApiScope = (typeof API_SCOPES)[number]

export interface LiveSession {
  readonly id: SessionId | ApiTokenId
  readonly admin: Admin
  readonly expiresAt: Date | undefined
  /** The only ones it may see or change; undefined: all. */
  readonly workspaces: readonly WorkspaceId[] | undefined
  /** Of a token for programs; undefined: a person's own session. */
  readonly scopes: readonly ApiScope[] | undefined
}

export interface SessionSummary {
  readonly id: SessionId
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly userAgent: string | undefined
  readonly address: string | undefined
}

/** `raced`: a renewal at the same moment was quicker, its token counts. */
export type Renewal =
  | { readonly kind: 'renewed' | 'raced'; readonly session: LiveSession }
  | { readonly kind: 'refused' }

export interface SessionStore {
  open(session: {
    readonly adminId: AdminId
    readonly expiresAt: Date
    readonly refreshHash: string
    readonly userAgent: string | undefined
    readonly address: string
  }): Promise<SessionId>
  /** undefined: unknown, revoked or expired. The admin's role is read anew each time. */
  find(id: SessionId): Promise<LiveSession | undefined>
  /**
   * Replaces the token that renews. One that was replaced more than half a minute ago was stolen, by whoever used
   * it first or second: the session ends. Refused also after `idleMs` without a renewal.
   */
  renew(id: SessionId, refreshHash: string, nextHash: string, idleMs: number): Promise<Renewal>
  /** Newest first; live ones only, at most 100. */
  list(adminId: AdminId): Promise<readonly SessionSummary[]>
  /** False: no live session of this admin has the id. */
  revoke(adminId: AdminId, id: string): Promise<boolean>
}
