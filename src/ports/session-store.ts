import type { AdminId, SessionId } from '../model/ids.ts'
import type { Admin } from './admin-store.ts'

export interface LiveSession {
  readonly id: SessionId
  readonly admin: Admin
  readonly expiresAt: Date
}

export interface SessionSummary {
  readonly id: SessionId
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly userAgent: string | undefined
  readonly address: string | undefined
}

export interface SessionStore {
  open(session: {
    readonly adminId: AdminId
    readonly expiresAt: Date
    readonly userAgent: string | undefined
    readonly address: string
  }): Promise<SessionId>
  /** undefined: unknown, revoked or expired. The admin's role is read anew each time. */
  find(id: SessionId): Promise<LiveSession | undefined>
  /** Newest first; live ones only, at most 100. */
  list(adminId: AdminId): Promise<readonly SessionSummary[]>
  /** False: no live session of this admin has the id. */
  revoke(adminId: AdminId, id: SessionId): Promise<boolean>
}
