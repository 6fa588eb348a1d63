import { eq, sql } from 'drizzle-orm'
import type { ConversationId, TurnId } from '../model/ids.ts'
import { nearestLanguage } from '../model/settings.ts'
import type { ClaimedTurn, Step } from '../model/work.ts'
import type { Database, Transaction } from './database.ts'
import { inMs } from './lease.ts'
import { effectiveSettings } from './place.ts'
import { conversations, messages } from './schema/conversation.ts'
import { channels, people } from './schema/tenancy.ts'
import { turns } from './schema/work.ts'
import { present } from './storable.ts'

/**
 * Open turns that may be worked on now. Both rows are locked by the claim: with the conversation alone,
 * a turn that ended between this statement's snapshot and its lock would be claimed again.
 */
const CLAIMABLE = sql`
  from turns t join conversations c on c.id = t.conversation_id
  where t.state in ('ready', 'working')
    and (t.not_before is null or t.not_before <= now())
    and (c.lease_until is null or c.lease_until < now())
    and not exists (
      select 1 from turns earlier
      where earlier.conversation_id = t.conversation_id
        and earlier.state in ('ready', 'working') and earlier.seq < t.seq
    )`

/** Workspaces with the fewest turns under way go first, then the order of arrival. */
export async function claimTurn(
  db: Database,
  step: Step,
  owner: string,
  leaseMs: number,
): Promise<ClaimedTurn | undefined> {
  return await db.transaction(async (tx) => {
    const found = await tx.execute<{ id: TurnId; conversation_id: ConversationId; state: string }>(sql`
      select t.id, t.conversation_id, t.state ${CLAIMABLE} and t.step = ${step}
      order by (select count(*) from turns busy where busy.workspace_id = t.workspace_id and busy.state = 'working'), t.seq
      limit 1 for update of t, c skip locked`)
    const candidate = found.rows[0]
    if (!candidate) return undefined
    const [lease] = await tx
      .update(conversations)
      .set({ leaseOwner: owner, leaseFence: sql`lease_fence + 1`, leaseUntil: inMs(leaseMs) })
      .where(eq(conversations.id, candidate.conversation_id))
      .returning({ fence: conversations.leaseFence })
    await tx
      .update(turns)
      .set({
        state: 'working',
        startedAt: sql`coalesce(started_at, now())`,
        notBefore: null,
        ...(candidate.state === 'working' ? { deaths: sql`deaths + 1` } : {}),
      })
      .where(eq(turns.id, candidate.id))
    return await readClaimed(tx, candidate.id, {
      conversationId: candidate.conversation_id,
      owner,
      fence: present(lease).fence,
    })
  })
}

async function readClaimed(
  tx: Transaction,
  turnId: TurnId,
  lease: ClaimedTurn['lease'],
): Promise<ClaimedTurn> {
  const [row] = await tx
    .select({
      id: turns.id,
      seq: turns.seq,
      step: turns.step,
      attempts: turns.attempts,
      deaths: turns.deaths,
      workspaceId: turns.workspaceId,
      conversationId: turns.conversationId,
      messageId: turns.messageId,
      channelId: messages.channelId,
      channelKind: channels.kind,
      connectionId: channels.connectionId,
      personId: messages.personId,
      personName: people.name,
      personLanguage: people.language,
      target: messages.target,
      stopRequestedAt: turns.stopRequestedAt,
    })
    .from(turns)
    .innerJoin(messages, eq(messages.id, turns.messageId))
    .innerJoin(channels, eq(channels.id, messages.channelId))
    .innerJoin(people, eq(people.id, messages.personId))
    .where(eq(turns.id, turnId))
  const { personLanguage, stopRequestedAt, target, ...turn } = present(row)
  const settings = await effectiveSettings(tx, turn.workspaceId, turn.channelId)
  return {
    ...turn,
    target: present(target ?? undefined),
    lease,
    settings,
    language: settings.language ?? nearestLanguage(personLanguage),
    stopRequested: stopRequestedAt !== null,
  }
}

export async function claimableSteps(db: Database): Promise<Step[]> {
  const found = await db.execute<{ step: Step }>(sql`select distinct t.step ${CLAIMABLE}`)
  return found.rows.map(({ step }) => step)
}
