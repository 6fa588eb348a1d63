import { sql } from 'drizzle-orm'
import { STEPS } from '../model/work.ts'
import type { HubFigures, OpenTurns, ReadHubFigures } from '../ports/hub-figures.ts'
import type { Database } from './database.ts'

const MOST_DEAD_LETTERS = 1_000

/** Each is read from a partial index that holds nothing else. */
export function createHubFigures(db: Database): ReadHubFigures {
  return async (): Promise<HubFigures> => {
    const open = await db.execute<{
      step: string
      state: OpenTurns['state']
      count: number
      oldest: number
    }>(sql`
      select step, count(*)::int as count,
        case when state = 'working' then 'working' when not_before > now() then 'delayed' else 'ready' end as state,
        greatest(0, max(extract(epoch from now() - greatest(created_at, not_before))))::float8 as oldest
      from turns where state in ('ready', 'working') group by 1, 3`)
    const rest = await db.execute<{ count: number; oldest: number; dead: number; bytes: number }>(sql`
      select undelivered.count, undelivered.oldest,
        (select count(*) from (select 1 from turns where state = 'failed' limit ${MOST_DEAD_LETTERS}) one)::int as dead,
        pg_database_size(current_database())::float8 as bytes
      from (
        select count(*)::int as count,
          coalesce(greatest(0, max(extract(epoch from now() - created_at))), 0)::float8 as oldest
        from answers where state = 'complete' and turn_id is null
      ) undelivered`)
    const [{ count = 0, oldest = 0, dead = 0, bytes = 0 } = {}] = rest.rows
    return {
      turns: open.rows.flatMap(({ step, ...row }) => {
        const known = STEPS.find((one) => one === step)
        return known ? [{ step: known, state: row.state, count: row.count, oldestMs: row.oldest * 1000 }] : []
      }),
      undelivered: { count, oldestMs: oldest * 1000 },
      deadLetters: dead,
      databaseBytes: bytes,
    }
  }
}
