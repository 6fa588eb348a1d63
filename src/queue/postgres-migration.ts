import { MIGRATION_ADVISORY_LOCK_KEY, quoteSchemaName, runMigrations } from 'bullmq'
import type { ClientBase } from 'pg'

/**
 * BullMQ 6.7 promotes due tickets by an UPDATE that locks rows in whatever order the plan finds them: workers
 * that promote many at once deadlock, and tickets run twice. Picking the rows in order, past locked ones,
 * cures it.
 */
const PROMOTION =
  /UPDATE job\s+SET state = 'waiting', delay_ms = 0\s+WHERE queue = p_queue\s+AND state = 'delayed'\s+AND process_at_ms <= p_now\s+RETURNING id/

const ORDERED_PROMOTION = `UPDATE job
         SET state = 'waiting', delay_ms = 0
       WHERE queue = p_queue
         AND id IN (
           SELECT due.id
             FROM job due
            WHERE due.queue = p_queue
              AND due.state = 'delayed'
              AND due.process_at_ms <= p_now
            ORDER BY due.id
              FOR UPDATE SKIP LOCKED
         )
      RETURNING id`

export type PromotionState = 'cured now' | 'cured before' | 'unknown'

/** Needs a connection of its own: locks and transaction share its session. */
export async function migrateQueueSchema(client: ClientBase, schema: string): Promise<PromotionState> {
  await runMigrations(client, schema)
  await client.query('BEGIN')
  try {
    await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [
      MIGRATION_ADVISORY_LOCK_KEY,
      schema,
    ])
    const state = await cureDelayedPromotion(client, schema)
    await client.query('COMMIT')
    return state
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

async function cureDelayedPromotion(client: ClientBase, schema: string): Promise<PromotionState> {
  const { rows } = await client.query<{ definition: string }>(
    `SELECT pg_get_functiondef(oid) AS definition
       FROM pg_proc
      WHERE proname = 'move_to_active' AND pronamespace = $1::regnamespace`,
    [quoteSchemaName(schema)],
  )
  const [{ definition } = { definition: '' }] = rows
  if (definition.includes(ORDERED_PROMOTION)) return 'cured before'
  if (!PROMOTION.test(definition)) return 'unknown'
  await client.query(definition.replace(PROMOTION, ORDERED_PROMOTION))
  return 'cured now'
}
