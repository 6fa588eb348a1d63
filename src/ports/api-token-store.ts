import type { AdminId, ApiTokenId } from '../model/ids.ts'
import type { ApiScope, LiveSession } from './session-store.ts'

export interface ApiToken {
  readonly id: ApiTokenId
  readonly name: string
  readonly scopes: readonly ApiScope[]
  readonly createdAt: Date
  readonly expiresAt: Date | undefined
  /** To the minute. */
  readonly lastUsedAt: Date | undefined
}

/** Tokens for programs; only their hashes are kept. Each change leaves its own audit entry. */
export interface ApiTokenStore {
  add(
    adminId: AdminId,
    token: {
      readonly name: string
      readonly tokenHash: string
      readonly scopes: readonly ApiScope[]
      readonly expiresAt: Date | undefined
    },
    actor: string,
  ): Promise<ApiToken>
  /** Whom the token stands for, their role read anew; undefined: unknown, revoked or expired. Notes its use. */
  find(tokenHash: string): Promise<LiveSession | undefined>
  /** Newest first, at most 100. */
  list(adminId: AdminId): Promise<readonly ApiToken[]>
  /** False: this admin has no such token. */
  revoke(adminId: AdminId, id: ApiTokenId, actor: string): Promise<boolean>
}
