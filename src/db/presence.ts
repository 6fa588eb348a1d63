import { type SQL, sql } from 'drizzle-orm'
import type { Database } from './database.ts'

/** Keeps these keys apart from other advisory locks. */
const SEED = 4_206_002

/**
 * A process holds an advisory lock, named by its id, as long as its session lives: the database notices a killed
 * one at once, long before its leases run out.
 */
export const ANNOUNCE = `select pg_advisory_lock_shared(hashtextextended($1, ${SEED}))`

/** No session announces this holder of a lease. */
export function isGone(owner: SQL): SQL {
  const key = sql`hashtextextended(${owner}::text, ${SEED})`
  return sql`not exists (
    select 1 from pg_locks l
    where l.locktype = 'advisory' and l.objsubid = 1
      and l.database = (select oid from pg_database where datname = current_database())
      and l.classid::bigint = ((${key} >> 32) & 4294967295) and l.objid::bigint = (${key} & 4294967295)
  )`
}

/** Renewed every two seconds for eight: less than this left means that a renewal is overdue. */
const OVERDUE_MS = 5_000

/**
 * Ends the leases of holders that are gone, so that others go on at once. A holder that only lost its session
 * keeps renewing and keeps its leases.
 */
export async function endLeasesOfGone(db: Database): Promise<void> {
  await db.execute(sql`
    update conversations c set lease_until = now()
    where c.id in (select t.conversation_id from turns t where t.state = 'working' and t.state in ('ready', 'working'))
      and c.lease_until > now() and c.lease_until < now() + make_interval(secs => ${OVERDUE_MS / 1000})
      and c.lease_owner is not null and ${isGone(sql`c.lease_owner`)}`)
}
