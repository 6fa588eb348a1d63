import { sql } from 'drizzle-orm'
import type { ConversationId, PersonId, WorkspaceId } from '../model/ids.ts'
import type { Transaction } from './database.ts'

/** Beyond this nothing is counted: whoever asks compares with smaller limits. */
const COUNTED = 100_000

export interface Backlog extends Record<string, number> {
  hub: number
  workspace: number
  conversation: number
}

/** Open turns; read from partial indexes that hold no others. */
export async function countBacklog(
  tx: Transaction,
  workspaceId: WorkspaceId,
  conversationId: ConversationId,
): Promise<Backlog> {
  const open = sql`state in ('ready', 'working')`
  const { rows } = await tx.execute<Backlog>(sql`
    select
      (select count(*) from (select 1 from turns where ${open} limit ${COUNTED}) one)::int as hub,
      (select count(*) from turns where ${open} and workspace_id = ${workspaceId})::int as workspace,
      (select count(*) from turns where ${open} and conversation_id = ${conversationId})::int as conversation`)
  return rows[0] ?? { hub: 0, workspace: 0, conversation: 0 }
}

/** Programs of a person that wait or run now. */
export async function countOpenRuns(
  tx: Transaction,
  place: { readonly workspaceId: WorkspaceId; readonly personId: PersonId },
): Promise<number> {
  const { rows } = await tx.execute<{ count: number }>(sql`
    select count(*)::int as count from turns t join messages m on m.id = t.message_id
    where t.state in ('ready', 'working') and t.step = 'run'
      and t.workspace_id = ${place.workspaceId} and m.person_id = ${place.personId}`)
  return rows[0]?.count ?? 0
}
