import { and, eq, sql } from 'drizzle-orm'
import { HubError } from '../model/errors.ts'
import type { Lease } from '../model/work.ts'
import type { Database, Transaction } from './database.ts'
import { conversations } from './schema/conversation.ts'

/** A moment `ms` from now, by the database's clock, which all processes share. */
export const inMs = (ms: number) => sql`now() + make_interval(secs => ${ms / 1000})`

/** Holds the conversation's row until the transaction ends, so that nobody takes over in between. */
export async function assertLease(tx: Transaction, lease: Lease): Promise<void> {
  const [row] = await tx
    .select({ fence: conversations.leaseFence })
    .from(conversations)
    .where(eq(conversations.id, lease.conversationId))
    .for('share')
  if (row?.fence !== lease.fence) throw leaseLost()
}

/**
 * The same for one statement: what it writes `from` this is written only while the lease is held, and nobody
 * takes over until the statement has ended.
 */
export function heldLease(db: Database | Transaction, lease: Lease) {
  return db.$with('held').as(
    db
      .select({ id: conversations.id })
      .from(conversations)
      .where(and(eq(conversations.id, lease.conversationId), eq(conversations.leaseFence, lease.fence)))
      .for('share'),
  )
}

/** Gives the conversation back. */
export async function endLease(tx: Transaction, lease: Lease): Promise<void> {
  const rows = await tx
    .update(conversations)
    .set({ leaseOwner: null, leaseUntil: null })
    .where(and(eq(conversations.id, lease.conversationId), eq(conversations.leaseFence, lease.fence)))
    .returning({ id: conversations.id })
  if (rows.length === 0) throw leaseLost()
}

export function leaseLost(): HubError {
  return new HubError('lease_lost', 'another worker has taken over this conversation')
}
