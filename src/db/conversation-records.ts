import { and, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { ConversationId, TurnId } from '../model/ids.ts'
import type {
  ConversationFilter,
  ConversationPage,
  ConversationRecords,
  ConversationSummary,
} from '../ports/conversation-records.ts'
import type { Database } from './database.ts'
import { readExchanges } from './exchanges.ts'
import { attachments, conversations, messages } from './schema/conversation.ts'
import { channels, connections, people, workspaces } from './schema/tenancy.ts'
import { answers, turns } from './schema/work.ts'
import { storable } from './storable.ts'
import { readSummary } from './summaries.ts'

/** Turns looked at for one page; a search takes tens of milliseconds for them, however many there are. */
const WINDOW = 3000
const EXCERPT = 280

const PLACE = {
  workspaceId: conversations.workspaceId,
  workspaceName: workspaces.name,
  platform: connections.platform,
  channelId: conversations.channelId,
  channelName: channels.name,
  channelKind: channels.kind,
}

export function createConversationRecords(db: Database): ConversationRecords {
  return {
    summary: (id) => readSummary(db, id),

    async list(filter, { limit, after }) {
      const found = await fitting(db, filter, limit, after)
      const items = await summaries(
        db,
        found.map(({ id }) => id),
      )
      const last = found.at(-1)
      if (found.length === limit && last) return { items, next: last.id, lookedBackTo: undefined }
      const edge = await windowEdge(db, filter, after)
      return { items, next: edge?.id, lookedBackTo: edge?.createdAt } satisfies ConversationPage
    },

    async find(id) {
      const [row] = await db
        .select({ id: conversations.id, ...PLACE })
        .from(conversations)
        .innerJoin(workspaces, eq(workspaces.id, conversations.workspaceId))
        .innerJoin(channels, eq(channels.id, conversations.channelId))
        .innerJoin(connections, eq(connections.id, channels.connectionId))
        .where(eq(conversations.id, id))
      return row && { ...row, channelName: row.channelName ?? undefined }
    },

    async exchanges(id, { limit, before }) {
      const rows = await db
        .select({ id: messages.id })
        .from(messages)
        .where(
          and(
            // The channel has an index.
            eq(messages.channelId, sql`(select channel_id from conversations where id = ${id})`),
            eq(messages.conversationId, id),
            before === undefined
              ? undefined
              : sql`(${messages.receivedAt}, ${messages.id}) < (select m.received_at, m.id from messages m where m.id = ${before})`,
          ),
        )
        .orderBy(desc(messages.receivedAt), desc(messages.id))
        .limit(limit)
      return readExchanges(db, rows.map((row) => row.id).reverse())
    },

    async exchange(id) {
      const [found] = await readExchanges(db, [id])
      return found
    },
  }
}

/** Of a workspace there is an index by `seq`, of the whole hub only the time-ordered ids. */
function orderFor({ workspaceId }: ConversationFilter): 'seq' | 'id' {
  return workspaceId === undefined ? 'id' : 'seq'
}

function boundFor(filter: ConversationFilter, after: TurnId): SQL {
  return orderFor(filter) === 'id'
    ? sql`${after}::uuid`
    : sql`(select b.seq from turns b where b.id = ${after})`
}

function windowOf(filter: ConversationFilter, after: TurnId | undefined): SQL {
  const key = sql.raw(orderFor(filter))
  const { workspaceId } = filter
  return sql`from turns t where true
    ${workspaceId === undefined ? sql`` : sql`and t.workspace_id = ${workspaceId}`}
    ${after === undefined ? sql`` : sql`and t.${key} < ${boundFor(filter, after)}`}
    order by t.${key} desc`
}

async function fitting(
  db: Database,
  filter: ConversationFilter,
  limit: number,
  after: TurnId | undefined,
): Promise<readonly { id: TurnId }[]> {
  const key = sql.raw(orderFor(filter))
  const { workspaceId } = filter
  // What an earlier page listed by a later turn is not listed again.
  const notListed =
    after === undefined
      ? sql`true`
      : sql`not exists (
          select 1 from turns t where t.conversation_id = latest.conversation_id
          ${workspaceId === undefined ? sql`` : sql`and t.workspace_id = ${workspaceId}`}
          and t.${key} >= ${boundFor(filter, after)} and ${fits(filter)})`
  const { rows } = await db.execute<{ id: TurnId }>(sql`
    with recent as (
      select t.id, t.seq, t.conversation_id, t.message_id, t.state ${windowOf(filter, after)} limit ${WINDOW}
    ), latest as (
      select distinct on (t.conversation_id) t.conversation_id, t.id, t.seq
      from recent t where ${fits(filter)} order by t.conversation_id, t.${key} desc
    )
    select latest.id from latest where ${notListed} order by latest.${key} desc limit ${limit}`)
  return rows
}

/** The last turn looked at, where there are more before it. */
async function windowEdge(db: Database, filter: ConversationFilter, after: TurnId | undefined) {
  const { rows } = await db.execute<{ id: TurnId }>(
    sql`select t.id ${windowOf(filter, after)} offset ${WINDOW - 1} limit 1`,
  )
  const [edge] = rows
  if (edge === undefined) return undefined
  const [row] = await db
    .select({ id: turns.id, createdAt: turns.createdAt })
    .from(turns)
    .where(eq(turns.id, edge.id))
  return row
}

const STATES = {
  open: ['ready', 'working'],
  done: ['done'],
  failed: ['failed'],
  stopped: ['stopped', 'cancelled'],
} as const

/** Of a turn called `t`. */
function fits({ channelId, personId, state, holds, search }: ConversationFilter): SQL {
  const wanted: SQL[] = [sql`true`]
  if (state !== undefined) {
    const list = STATES[state].map((one) => sql`${one}`)
    wanted.push(sql`t.state in (${sql.join(list, sql`, `)})`)
  }
  if (channelId !== undefined) {
    wanted.push(
      sql`exists (select 1 from messages m where m.id = t.message_id and m.channel_id = ${channelId})`,
    )
  }
  if (personId !== undefined) {
    wanted.push(
      sql`exists (select 1 from messages m where m.id = t.message_id and m.person_id = ${personId})`,
    )
  }
  if (holds === 'run') wanted.push(sql`exists (select 1 from runs r where r.turn_id = t.id)`)
  if (holds === 'voice') {
    wanted.push(
      sql`exists (select 1 from attachments a where a.message_id = t.message_id and a.kind in ('voice', 'audio'))`,
    )
  }
  if (search !== undefined) {
    const part = storable(search).toLowerCase()
    const has = (column: SQL) => sql`strpos(lower(${column}), ${part}) > 0`
    wanted.push(sql`(
      exists (select 1 from messages m where m.id = t.message_id and ${has(sql`m.text`)})
      or exists (select 1 from answers a where a.turn_id = t.id and ${has(sql`a.text`)})
      or exists (select 1 from attachments a where a.message_id = t.message_id and ${has(sql`a.transcript`)})
    )`)
  }
  return sql.join(wanted, sql` and `)
}

/** In the order given. */
async function summaries(db: Database, ids: readonly TurnId[]): Promise<readonly ConversationSummary[]> {
  if (ids.length === 0) return []
  const rows = await db
    .select({
      id: sql<ConversationId>`${conversations.id}`,
      ...PLACE,
      turnId: turns.id,
      messageId: turns.messageId,
      person: { id: people.id, name: people.name },
      at: turns.createdAt,
      state: turns.state,
      text: sql<string | null>`left(${messages.text}, ${EXCERPT})`,
      heard: sql<string | null>`(
        select left(string_agg(${attachments.transcript}, ' '), ${EXCERPT})
        from ${attachments} where ${attachments.messageId} = ${messages.id}
      )`,
      answer: sql<string | null>`left(${answers.text}, ${EXCERPT})`,
    })
    .from(turns)
    .innerJoin(messages, eq(messages.id, turns.messageId))
    .innerJoin(people, eq(people.id, messages.personId))
    .innerJoin(conversations, eq(conversations.id, turns.conversationId))
    .innerJoin(workspaces, eq(workspaces.id, conversations.workspaceId))
    .innerJoin(channels, eq(channels.id, conversations.channelId))
    .innerJoin(connections, eq(connections.id, channels.connectionId))
    .leftJoin(answers, eq(answers.turnId, turns.id))
    .where(inArray(turns.id, [...ids]))
  const byTurn = new Map(rows.map((row) => [row.turnId, row]))
  return ids.flatMap((id) => {
    const row = byTurn.get(id)
    if (row === undefined) return []
    const { text, heard, answer, channelName, ...rest } = row
    return [
      {
        ...rest,
        channelName: channelName ?? undefined,
        question: text || heard || undefined,
        answer: answer || undefined,
      },
    ]
  })
}
