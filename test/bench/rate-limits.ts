import { createCallBudget } from '../../src/core/call-budget.ts'
import { migrateDatabase, openDatabase } from '../../src/db/database.ts'
import { createRateLedger } from '../../src/db/rate-ledger.ts'
import { HubError } from '../../src/model/errors.ts'
import type { RateLedger } from '../../src/ports/rate-ledger.ts'
import { openRedisRateLedger } from '../../src/queue/index.ts'
import { startPostgresServer } from '../support/postgres-server.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { startRedisServer } from '../support/redis-server.ts'
import { createDatabase } from '../support/test-databases.ts'

/** What keeping the rate limits adds to a call, in milliseconds. */
export interface RateLimitBench {
  readonly bench: 'rate-limits'
  readonly ledger: 'postgres' | 'redis'
  /** Nothing was refused in the last hour: the usual case. */
  readonly quietMs: { readonly p50: number; readonly p99: number }
  /** After a refusal every call takes its tokens from what the processes share. */
  readonly alertMs: { readonly p50: number; readonly p99: number }
}

const CALLS = 500
const ROOMY = { burst: 1_000_000, perSecond: 1_000_000 }

export async function* benchRateLimits(): AsyncGenerator<RateLimitBench> {
  const log = createRecordingLogger()
  const server = await startPostgresServer({ synced: true })
  if (server) {
    const { connectionString } = await createDatabase(server.connectionString('postgres'))
    const { db, pool, close } = openDatabase(connectionString, log)
    try {
      await migrateDatabase(pool)
      yield await measure('postgres', createRateLedger(db))
    } finally {
      await close()
      await server.close()
    }
  }
  const redis = await startRedisServer()
  if (redis) {
    const ledger = openRedisRateLedger({ redisUrl: redis.url }, log)
    try {
      yield await measure('redis', ledger)
    } finally {
      await ledger.close()
      await redis.stop()
    }
  }
}

async function measure(name: RateLimitBench['ledger'], ledger: RateLedger): Promise<RateLimitBench> {
  const budget = createCallBudget({ ledger, scope: 'bench' })
  const { signal } = new AbortController()
  const call = (work: () => Promise<void>) =>
    budget.call(
      [
        { name: 'chat', pace: ROOMY },
        { name: 'bot', pace: ROOMY },
      ],
      { urgency: 'passing', of: 'answer' },
      signal,
      work,
    )
  const nothing = () => Promise.resolve()
  const series = async () => {
    const times: number[] = []
    for (let n = 0; n < CALLS; n++) {
      const startedAt = performance.now()
      await call(nothing)
      times.push(performance.now() - startedAt)
    }
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number) => Number((sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(3))
    return { p50: at(0.5), p99: at(0.99) }
  }
  await call(nothing)
  const quietMs = await series()
  const no = new HubError('platform_rate_limited', 'no', { retry: { kind: 'after', ms: 0 } })
  await call(() => Promise.reject(no)).catch(() => undefined)
  return { bench: 'rate-limits', ledger: name, quietMs, alertMs: await series() }
}
