import type { Environment } from '../../config/schema.ts'
import { createCallBudgets } from '../core/call-budgets.ts'
import { createRateLedger } from '../db/rate-ledger.ts'
import type { ConnectionId } from '../model/ids.ts'
import type { CallBudget } from '../ports/call-budget.ts'
import type { Logger } from '../ports/logger.ts'
import { openRedisRateLedger } from '../queue/index.ts'
import type { Closing } from './closing.ts'
import type { Storage } from './storage.ts'

/** The rate limits of all processes, kept where the queue is: in Redis where there is one, else in the database. */
export function openCallBudgets(
  { REDIS_URL: redisUrl }: Environment,
  { database, signals }: Storage,
  closing: Closing,
  log: Logger,
): (connectionId: ConnectionId) => CallBudget {
  let ledger = createRateLedger(database.db)
  if (redisUrl !== undefined) {
    const redis = openRedisRateLedger({ redisUrl }, log)
    closing.add('rate limits', () => redis.close())
    ledger = redis
  }
  const budgets = createCallBudgets({ ledger, signals, log })
  closing.add('call budgets', async () => budgets.close())
  return (connectionId) => budgets.of(connectionId)
}
