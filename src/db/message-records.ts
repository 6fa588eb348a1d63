import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm'
import type { MessageRecord, MessageRecords } from '../ports/message-records.ts'
import type { Database } from './database.ts'
import { decisions, messages } from './schema/conversation.ts'
import { channels, connections, people, workspaces } from './schema/tenancy.ts'
import { turns } from './schema/work.ts'

export function createMessageRecords(db: Database): MessageRecords {
  const select = async (where: SQL | undefined, limit: number): Promise<readonly MessageRecord[]> => {
    const rows = await db
      .select({
        id: messages.id,
        workspaceId: messages.workspaceId,
        workspaceName: workspaces.name,
        platform: connections.platform,
        channelName: channels.name,
        channelKind: channels.kind,
        personName: people.name,
        receivedAt: messages.receivedAt,
        text: messages.text,
        deletedAt: messages.deletedAt,
        turnState: sql<(typeof turns.state.enumValues)[number] | null>`(
          select ${turns.state} from ${turns} where ${turns.messageId} = ${messages.id}
          order by ${turns.seq} desc limit 1
        )`,
      })
      .from(messages)
      .innerJoin(workspaces, eq(workspaces.id, messages.workspaceId))
      .innerJoin(channels, eq(channels.id, messages.channelId))
      .innerJoin(connections, eq(connections.id, channels.connectionId))
      .innerJoin(people, eq(people.id, messages.personId))
      .where(where)
      .orderBy(desc(messages.receivedAt), desc(messages.id))
      .limit(limit)
    return rows.map(({ deletedAt, channelName, text, turnState, ...row }) => ({
      ...row,
      channelName: channelName ?? undefined,
      text: deletedAt === null ? (text ?? undefined) : undefined,
      turnState: turnState ?? undefined,
    }))
  }

  return {
    latest: (workspaceId, { limit, before }) =>
      select(
        and(
          eq(messages.workspaceId, workspaceId),
          before === undefined
            ? undefined
            : sql`(${messages.receivedAt}, ${messages.id}) < (select m.received_at, m.id from ${messages} m where m.id = ${before})`,
        ),
        limit,
      ),

    async find(id) {
      const [row] = await select(eq(messages.id, id), 1)
      return row
    },

    async decisions(id) {
      const rows = await db
        .select({ code: decisions.code, detail: decisions.detail, at: decisions.at })
        .from(messages)
        .leftJoin(decisions, eq(decisions.messageId, messages.id))
        .where(eq(messages.id, id))
        .orderBy(asc(decisions.seq))
      if (rows.length === 0) return undefined
      return rows.flatMap(({ code, detail, at }) =>
        code === null || at === null ? [] : [{ code, at, detail: detail ?? {} }],
      )
    },
  }
}
