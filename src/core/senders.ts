import { HubError } from '../model/errors.ts'
import type { ConnectionId } from '../model/ids.ts'
import type { CallBudget } from '../ports/call-budget.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { Logger } from '../ports/logger.ts'
import type { PlatformAdapter } from '../ports/platform-adapter.ts'
import type { Sender } from '../ports/sender.ts'
import type { SenderDirectory } from '../ports/sender-directory.ts'

/** A changed connection is noticed after at most this long. */
const FRESH_MS = 2_000

/** One sender a connection, made anew when its credentials change. */
export function createSenderDirectory(
  store: ConnectionStore,
  adapters: ReadonlyMap<string, PlatformAdapter>,
  budgetOf: (connectionId: ConnectionId) => CallBudget,
  log: Logger,
): SenderDirectory {
  const senders = new Map<ConnectionId, { version: number; sender: Sender }>()
  let listed: Awaited<ReturnType<ConnectionStore['list']>> = []
  let listedAt = Number.NEGATIVE_INFINITY

  return {
    async of(connectionId) {
      if (performance.now() - listedAt > FRESH_MS) {
        listed = await store.list()
        listedAt = performance.now()
      }
      const connection = listed.find(({ id }) => id === connectionId)
      const adapter = connection && adapters.get(connection.platform)
      if (!connection || !adapter)
        throw new HubError('connection_unknown', 'this connection no longer exists')
      const known = senders.get(connectionId)
      if (known?.version === connection.version) return known.sender
      const sender = adapter.createSender(
        await store.credentials(connectionId),
        log.child({ connection: connection.slug }),
        budgetOf(connectionId),
      )
      senders.set(connectionId, { version: connection.version, sender })
      return sender
    },
  }
}
