import { createHash } from 'node:crypto'
import { inArray, lt, sql } from 'drizzle-orm'
import type { AttemptCounter } from '../ports/attempt-counter.ts'
import type { Database } from './database.ts'
import { attempts } from './schema/access.ts'
import { present } from './storable.ts'

const WINDOW = sql`now() + interval '5 minutes'`

export function createAttemptCounter(db: Database): AttemptCounter {
  const count = async (key: string) => {
    const over = sql`${attempts.endsAt} <= now()`
    const [row] = await db
      .insert(attempts)
      .values({ key: digest(key), count: 1, endsAt: WINDOW })
      .onConflictDoUpdate({
        target: attempts.key,
        set: {
          count: sql`case when ${over} then 1 else ${attempts.count} + 1 end`,
          endsAt: sql`case when ${over} then ${WINDOW} else ${attempts.endsAt} end`,
        },
      })
      .returning({
        count: attempts.count,
        waitMs: sql<number>`extract(epoch from ${attempts.endsAt} - now())::float8 * 1000`,
      })
    return present(row)
  }

  return {
    async take(limits) {
      for (const { key, max } of limits) {
        const made = await count(key)
        if (made.count > max) return Math.max(1, made.waitMs)
      }
      return undefined
    },

    async forgive(limits) {
      const keys = limits.map(({ key }) => digest(key))
      await db.delete(attempts).where(inArray(attempts.key, keys))
      await db.delete(attempts).where(lt(attempts.endsAt, sql`now() - interval '1 hour'`))
    },
  }
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}
