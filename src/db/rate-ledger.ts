import { and, eq, inArray, lt, sql } from 'drizzle-orm'
import type { RateLedger } from '../ports/rate-ledger.ts'
import type { Database } from './database.ts'
import { rateBuckets } from './schema/operation.ts'

/** Rows are written in the order of their names, so that no two processes wait for each other. */
export function createRateLedger(db: Database): RateLedger {
  return {
    async take(scope, claims) {
      if (claims.length === 0) return []
      const bursts = claims.map(({ burst }) => burst)
      const paces = claims.map(({ perSecond }) => perSecond)
      const names = claims.map(({ bucket }) => bucket)
      const { rows } = await db.execute<{ bucket: string; tokens: number; per_second: number }>(sql`
        insert into rate_buckets as known (scope, bucket, tokens, burst, per_second)
        select ${scope}, bucket, burst - 1, burst, per_second
        from unnest(${sql.param(names)}::text[], ${sql.param(bursts)}::float8[], ${sql.param(paces)}::float8[])
          as claim (bucket, burst, per_second)
        order by bucket
        on conflict (scope, bucket) do update set
          tokens = greatest(-1000, least(
            excluded.burst,
            known.tokens + greatest(0, extract(epoch from clock_timestamp() - known.at)) * excluded.per_second
          ) - 1),
          burst = excluded.burst, per_second = excluded.per_second, at = clock_timestamp()
        returning bucket, tokens, per_second`)
      return names.map((name) => {
        const row = rows.find(({ bucket }) => bucket === name)
        return row === undefined || row.tokens >= 0 ? 0 : (-row.tokens / row.per_second) * 1000
      })
    },

    async giveBack(scope, buckets) {
      if (buckets.length === 0) return
      await db
        .update(rateBuckets)
        .set({ tokens: sql`tokens + 1` })
        .where(and(eq(rateBuckets.scope, scope), inArray(rateBuckets.bucket, [...buckets])))
    },

    async refused(scope, { bucket, askedMs }, emptied) {
      for (const name of emptied.toSorted()) {
        const asked = name === bucket ? { refusedAt: sql`now()`, askedMs } : {}
        await db
          .insert(rateBuckets)
          .values({ scope, bucket: name, tokens: 0, burst: 1, perSecond: 1, ...asked })
          .onConflictDoUpdate({
            target: [rateBuckets.scope, rateBuckets.bucket],
            set: { tokens: sql`least(0, rate_buckets.tokens)`, at: sql`clock_timestamp()`, ...asked },
          })
      }
    },

    async refusals(scope) {
      const rows = await db
        .select({
          bucket: rateBuckets.bucket,
          askedMs: sql<number>`asked_ms`,
          agoMs: sql<number>`(extract(epoch from now() - refused_at) * 1000)::float8`,
        })
        .from(rateBuckets)
        .where(and(eq(rateBuckets.scope, scope), sql`refused_at > now() - interval '1 hour'`))
        .limit(1_000)
      return rows
    },
  }
}

export async function forgetRates(db: Database): Promise<void> {
  await db.delete(rateBuckets).where(lt(rateBuckets.at, sql`now() - interval '1 hour'`))
}
