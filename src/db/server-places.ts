import { and, eq, ne, sql } from 'drizzle-orm'
import type { CallLedger, PlannedCall } from '../ports/call-ledger.ts'
import type { Database, Transaction } from './database.ts'
import { conversations } from './schema/conversation.ts'
import { modelServers } from './schema/operation.ts'
import { callWaits, openCalls } from './schema/spending.ts'

type Waiting = Parameters<CallLedger['open']>[0]

/**
 * Takes a free place on a server, or a place in its line. The line is in the order in which the hub's fair queue
 * began the turns, whichever worker holds them. Returns how many go before; 0: the place is taken.
 */
export async function takePlace(
  tx: Transaction,
  { id, lease, virtualStart }: Waiting,
  { server, concurrency }: PlannedCall,
): Promise<number> {
  if (concurrency === undefined) return 0
  // Whoever takes a place on this server waits for those who do so just now.
  await tx
    .select({ id: modelServers.id })
    .from(modelServers)
    .where(eq(modelServers.id, server.id))
    .for('update')
  const [busy] = await tx
    .select({ count: sql<number>`count(*)::int` })
    .from(openCalls)
    .where(eq(openCalls.serverId, server.id))
  const [before] = await tx
    .select({ count: sql<number>`count(*)::int` })
    .from(callWaits)
    .where(
      and(
        eq(callWaits.serverId, server.id),
        ne(callWaits.turnId, id),
        sql`(${callWaits.virtualStart}, ${callWaits.turnId}) < (${virtualStart}::float8, ${id}::uuid)`,
      ),
    )
  const free = Math.max(0, concurrency - (busy?.count ?? 0))
  const ahead = before?.count ?? 0
  if (ahead < free) {
    await tx.delete(callWaits).where(eq(callWaits.turnId, id))
    return 0
  }
  const values = {
    turnId: id,
    conversationId: lease.conversationId,
    fence: lease.fence,
    serverId: server.id,
    virtualStart,
  }
  await tx.insert(callWaits).values(values).onConflictDoUpdate({ target: callWaits.turnId, set: values })
  return ahead + 1
}

/** Those whose worker died. */
export async function leaveAbandonedPlaces(db: Database): Promise<void> {
  await db.delete(callWaits).where(
    sql`not exists (
      select 1 from ${conversations} c
      where c.id = ${callWaits.conversationId} and c.lease_fence = ${callWaits.fence} and c.lease_until >= now()
    )`,
  )
}
