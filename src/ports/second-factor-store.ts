import type { AdminId } from '../model/ids.ts'

export interface SecondFactor {
  /** Of the authenticator, 20 bytes. */
  readonly secret: Buffer
  /** Only then is a code asked for. */
  readonly verified: boolean
  readonly since: Date
  readonly unusedRecoveryCodes: number
}

/** Authenticators of admins. Each change leaves its own audit entry, in the same transaction. */
export interface SecondFactorStore {
  find(id: AdminId): Promise<SecondFactor | undefined>
  /** Keeps a secret to be verified, in place of an earlier unverified one. False: there is a verified one. */
  propose(id: AdminId, secret: Buffer): Promise<boolean>
  /** False: nothing was proposed, or it is verified already. */
  verify(id: AdminId, step: number, recoveryCodeHashes: readonly string[], actor: string): Promise<boolean>
  /** Uses up the time step of a code. False: that one or a later one was used before. */
  useStep(id: AdminId, step: number): Promise<boolean>
  /** False: unknown or used. */
  useRecoveryCode(id: AdminId, codeHash: string, actor: string): Promise<boolean>
  replaceRecoveryCodes(id: AdminId, codeHashes: readonly string[], actor: string): Promise<void>
  /** With its recovery codes. */
  remove(id: AdminId, actor: string): Promise<void>
}
