import type { ConnectionId } from '../model/ids.ts'
import type { ConnectionState } from './receiver.ts'

export type ConnectionSource = 'environment' | 'admin' | 'simulator'

export interface Connection {
  readonly id: ConnectionId
  readonly platform: string
  /** Names it in URLs and logs; unique. */
  readonly slug: string
  readonly name: string
  readonly source: ConnectionSource
  readonly paused: boolean
  /** Raised by each change of credentials or pause. */
  readonly version: number
  readonly state: ConnectionState['kind'] | 'paused'
  readonly stateDetail: string | undefined
  readonly stateAt: Date
  /** The bot's account, as the platform names it. */
  readonly account: string | undefined
}

export interface ConnectionStore {
  list(): Promise<readonly Connection[]>
  /** Decrypted; for receivers and senders only. */
  credentials(id: ConnectionId): Promise<Readonly<Record<string, string>>>
  /**
   * Writes what the environment (or the simulator) names: new ones are made, changed ones changed, those of
   * the same source that are no longer named are removed from the list of connections but keep their history.
   */
  reconcile(
    source: 'environment' | 'simulator',
    wanted: readonly {
      readonly platform: string
      readonly slug: string
      readonly name: string
      readonly credentials: Readonly<Record<string, string>>
    }[],
  ): Promise<void>
  /** Made in the admin; the slug is made of the name. Leaves its own audit entry. */
  add(
    connection: {
      readonly platform: string
      readonly name: string
      readonly credentials: Readonly<Record<string, string>>
    },
    actor: string,
  ): Promise<ConnectionId>
  /** All of them. False: unknown. Rejects with `read_only` for those of the environment. */
  replaceCredentials(
    id: ConnectionId,
    credentials: Readonly<Record<string, string>>,
    actor: string,
  ): Promise<boolean>
  /** Forgets its credentials; its history stays. False and `read_only` as above. */
  remove(id: ConnectionId, actor: string): Promise<boolean>
  /** Leaves its own audit entry. False: unknown, or removed. */
  setPaused(id: ConnectionId, paused: boolean, actor: string): Promise<boolean>
  /** Where a `holder` of the lease is named that holds it no more, nothing is written. */
  report(id: ConnectionId, state: ConnectionState, holder?: string): Promise<void>
  readCursor(id: ConnectionId): Promise<unknown>
  /** Rejects with `lease_lost` where a `holder` is named that another has taken over from. */
  writeCursor(id: ConnectionId, value: unknown, holder?: string): Promise<void>
  /** One process at a time receives for a connection. False: another holds it. */
  acquire(id: ConnectionId, owner: string, leaseMs: number): Promise<boolean>
  letGo(id: ConnectionId, owner: string): Promise<void>
}
