import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createCallBudgets } from '../../src/core/call-budgets.ts'
import { migrateDatabase, openDatabase } from '../../src/db/database.ts'
import { createRateLedger } from '../../src/db/rate-ledger.ts'
import { openSignals } from '../../src/db/signals.ts'
import { HubError } from '../../src/model/errors.ts'
import type { ConnectionId } from '../../src/model/ids.ts'
import type { RateLedger } from '../../src/ports/rate-ledger.ts'
import { openRedisRateLedger } from '../../src/queue/index.ts'
import { startTestDatabase } from '../support/postgres.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { startRedisServer } from '../support/redis-server.ts'

const log = createRecordingLogger()
const redis = await startRedisServer()
const slow = { bucket: 'slow', burst: 2, perSecond: 0.01 }

interface Backend {
  /** As another process opens it. */
  open(): { ledger: RateLedger; close(): Promise<void> }
  close(): Promise<void>
}

const BACKENDS: readonly [string, () => Promise<Backend>][] = [
  [
    'Postgres',
    async () => {
      const database = await startTestDatabase()
      const first = openDatabase(database.connectionString, log)
      await migrateDatabase(first.pool)
      await first.close()
      return {
        open() {
          const { db, close } = openDatabase(database.connectionString, log)
          return { ledger: createRateLedger(db), close }
        },
        close: () => database.close(),
      }
    },
  ],
  [
    'Redis',
    async () => ({
      open() {
        const ledger = openRedisRateLedger({ redisUrl: redis?.url ?? '' }, log)
        return { ledger, close: () => ledger.close() }
      },
      close: async () => undefined,
    }),
  ],
]

afterAll(() => redis?.stop())

describe.each(BACKENDS.filter(([name]) => name !== 'Redis' || redis))(
  'rate limits shared by processes on %s',
  (_name, start) => {
    let backend: Backend
    let here: ReturnType<Backend['open']>
    let there: ReturnType<Backend['open']>
    let scopes = 0
    const scope = () => `scope-${++scopes}`

    beforeAll(async () => {
      backend = await start()
      here = backend.open()
      there = backend.open()
    })
    afterAll(async () => {
      await here?.close()
      await there?.close()
      await backend?.close()
    })

    test('what one takes, the other has not; later ones stand in one line', async () => {
      const place = scope()
      expect(await here.ledger.take(place, [slow])).toEqual([0])
      expect(await there.ledger.take(place, [slow])).toEqual([0])
      const [first = 0] = await here.ledger.take(place, [slow])
      const [second = 0] = await there.ledger.take(place, [slow])
      expect(first).toBeGreaterThan(95_000)
      expect(first).toBeLessThanOrEqual(100_000)
      expect(second - first).toBeGreaterThan(95_000)
      await here.ledger.giveBack(place, ['slow'])
      const [again = 0] = await here.ledger.take(place, [slow])
      expect(Math.abs(again - second)).toBeLessThan(5_000)
      expect(await here.ledger.take(scope(), [slow])).toEqual([0])
    })

    test('many at once, of several buckets in any order, each get a place of their own', async () => {
      const place = scope()
      const other = { bucket: 'other', burst: 100, perSecond: 1 }
      const waits = await Promise.all(
        Array.from({ length: 30 }, async (_, n) => {
          const { ledger } = n % 2 === 0 ? here : there
          const claims = n % 3 === 0 ? [slow, other] : [other, slow]
          const answer = await ledger.take(place, claims)
          return answer[claims.indexOf(slow)] ?? 0
        }),
      )
      const places = waits.map((wait) => Math.round(wait / 100_000)).toSorted((a, b) => a - b)
      expect(places).toEqual([0, 0, ...Array.from({ length: 28 }, (_, n) => n + 1)])
    })

    test('tokens come back with time', async () => {
      const place = scope()
      const quick = { bucket: 'quick', burst: 1, perSecond: 20 }
      await here.ledger.take(place, [quick])
      await vi.waitFor(async () => {
        const [wait = 1] = await there.ledger.take(place, [quick])
        if (wait > 0) await there.ledger.giveBack(place, ['quick'])
        expect(wait).toBe(0)
      })
    })

    test('a refusal leaves no token, and is kept for those that start later', async () => {
      const place = scope()
      await here.ledger.take(place, [{ ...slow, burst: 50 }])
      await here.ledger.refused(place, { bucket: 'slow', askedMs: 7_000 }, ['slow'])
      const [wait = 0] = await there.ledger.take(place, [{ ...slow, burst: 50 }])
      expect(wait).toBeGreaterThan(95_000)
      const [kept] = await there.ledger.refusals(place)
      expect(kept).toMatchObject({ bucket: 'slow', askedMs: 7_000 })
      expect(kept?.agoMs).toBeGreaterThanOrEqual(0)
      expect(kept?.agoMs).toBeLessThan(5_000)
      expect(await there.ledger.refusals(scope())).toEqual([])
    })
  },
)

test('processes tell each other of refusals; without a shared ledger each keeps its own', async () => {
  const database = await startTestDatabase()
  const { db, pool, close } = openDatabase(database.connectionString, log)
  try {
    await migrateDatabase(pool)
    const signals = await openSignals(database.connectionString, pool, log)
    const id = 'connection' as ConnectionId
    const away: RateLedger = {
      take: () => new Promise(() => undefined),
      giveBack: () => new Promise(() => undefined),
      refused: () => new Promise(() => undefined),
      refusals: () => new Promise(() => undefined),
    }
    const here = createCallBudgets({ ledger: createRateLedger(db), signals, log })
    const there = createCallBudgets({ ledger: createRateLedger(db), signals, log })
    const alone = createCallBudgets({ ledger: away, signals, log })
    const signal = new AbortController().signal
    const bucket = { name: 'chat', pace: { burst: 3, perSecond: 1 } }
    const call = (of: typeof here, result: () => Promise<unknown>) =>
      of.of(id).call([bucket], { urgency: 'passing', of: 'answer' }, signal, result)
    const done = async () => 'done'
    try {
      for (const one of [here, there, alone]) expect(await call(one, done)).toBe('done')
      const no = new HubError('platform_rate_limited', 'no', { retry: { kind: 'after', ms: 60_000 } })
      await expect(call(here, () => Promise.reject(no))).rejects.toBe(no)
      for (const one of [there, alone])
        await vi.waitFor(() =>
          expect(call(one, done)).rejects.toMatchObject({ code: 'platform_rate_limited' }),
        )
      const late = createCallBudgets({ ledger: createRateLedger(db), signals, log })
      await expect(call(late, done)).rejects.toMatchObject({ code: 'platform_rate_limited' })
      late.close()
    } finally {
      for (const one of [here, there, alone]) one.close()
      await signals.close()
    }
  } finally {
    await close()
    await database.close()
  }
})
