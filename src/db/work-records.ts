import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { WorkKind, WorkRecords } from '../ports/work-records.ts'
import type { Database } from './database.ts'
import { conversations, messages } from './schema/conversation.ts'
import { channels, connections, people, workspaces } from './schema/tenancy.ts'
import { turns } from './schema/work.ts'

/** Written out, so that the partial indexes serve them. */
const OF_KIND: Readonly<Record<WorkKind, SQL>> = {
  waiting: sql`${turns.state} = 'ready' and ${turns.state} in ('ready', 'working')`,
  working: sql`${turns.state} = 'working' and ${turns.state} in ('ready', 'working')`,
  failed: sql`${turns.state} = 'failed'`,
}

export function createWorkRecords(db: Database): WorkRecords {
  return {
    async totals() {
      const count = (kind: WorkKind) => db.$count(turns, OF_KIND[kind])
      const [waiting, working, failed, [oldest]] = await Promise.all([
        count('waiting'),
        count('working'),
        count('failed'),
        db
          .select({ at: turns.createdAt })
          .from(turns)
          .where(OF_KIND.waiting)
          .orderBy(asc(turns.createdAt))
          .limit(1),
      ])
      return { waiting, working, failed, oldestWaitingSince: oldest?.at }
    },

    async list(kind, { limit, after }) {
      const newest = kind === 'failed'
      const bound = sql`(select b.seq from turns b where b.id = ${after})`
      const rows = await db
        .select({
          turnId: turns.id,
          messageId: turns.messageId,
          conversationId: turns.conversationId,
          workspaceId: turns.workspaceId,
          workspaceName: workspaces.name,
          platform: connections.platform,
          channelName: channels.name,
          channelKind: channels.kind,
          personName: people.name,
          step: turns.step,
          createdAt: turns.createdAt,
          startedAt: turns.startedAt,
          finishedAt: turns.finishedAt,
          notBefore:
            sql<Date | null>`case when ${turns.notBefore} > now() then ${turns.notBefore} end`.mapWith(
              turns.notBefore,
            ),
          blocked: sql<boolean>`${turns.state} = 'ready' and exists (
            select 1 from turns o where o.conversation_id = turns.conversation_id
            and o.seq < turns.seq and o.state in ('ready', 'working')
          )`,
          attempts: turns.attempts,
          deaths: turns.deaths,
          errorCode: turns.errorCode,
          errorMessage: turns.errorMessage,
        })
        .from(turns)
        .innerJoin(messages, eq(messages.id, turns.messageId))
        .innerJoin(people, eq(people.id, messages.personId))
        .innerJoin(conversations, eq(conversations.id, turns.conversationId))
        .innerJoin(channels, eq(channels.id, conversations.channelId))
        .innerJoin(workspaces, eq(workspaces.id, turns.workspaceId))
        .innerJoin(connections, eq(connections.id, channels.connectionId))
        .where(
          and(
            OF_KIND[kind],
            after === undefined
              ? undefined
              : newest
                ? sql`${turns.seq} < ${bound}`
                : sql`${turns.seq} > ${bound}`,
          ),
        )
        .orderBy(newest ? desc(turns.seq) : asc(turns.seq))
        .limit(limit)
      return rows.map((row) => ({
        ...row,
        channelName: row.channelName ?? undefined,
        startedAt: row.startedAt ?? undefined,
        finishedAt: row.finishedAt ?? undefined,
        notBefore: row.notBefore ?? undefined,
        errorCode: row.errorCode ?? undefined,
        errorMessage: row.errorMessage ?? undefined,
      }))
    },
  }
}
