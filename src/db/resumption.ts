import { sql } from 'drizzle-orm'
import type { Database } from './database.ts'

/** A platform that asked to wait is still waited for. */
const ENDED_BY_CONNECTING = ['platform_unauthorized', 'platform_unreachable']

/** What waits longer and longer for a platform that was away, or for its new token, is due now. */
export async function resumeWaiting(db: Database, connectionId: string): Promise<void> {
  await db.execute(sql`
    update turns t set not_before = null
    from messages m join channels c on c.id = m.channel_id
    where t.state = 'ready' and t.not_before > now() and t.message_id = m.id
      and c.connection_id = ${connectionId}
      and t.error_code in (${sql.join(
        ENDED_BY_CONNECTING.map((code) => sql`${code}`),
        sql`, `,
      )})`)
}
