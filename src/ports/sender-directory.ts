import type { ConnectionId } from '../model/ids.ts'
import type { Sender } from './sender.ts'

export interface SenderDirectory {
  /** Rejects with `connection_unknown` (never) when the connection was removed. */
  of(connectionId: ConnectionId): Promise<Sender>
}
