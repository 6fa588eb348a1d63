import { eq, sql } from 'drizzle-orm'
import type { ConversationId, TurnId, WorkspaceId } from '../model/ids.ts'
import { nearestLanguage } from '../model/settings.ts'
import type { ClaimedTurn, Step } from '../model/work.ts'
import type { Database, Transaction } from './database.ts'
import { inMs } from './lease.ts'
import { takeWaitingTurns } from './merging.ts'
import { effectiveSettings } from './place.ts'
import { beginAnswerAnew, FIRST_STEP } from './redo.ts'
import { conversations, messages } from './schema/conversation.ts'
import { channels, connections, people, workspaces } from './schema/tenancy.ts'
import { turns } from './schema/work.ts'
import { present } from './storable.ts'

/** An open turn that may be worked on now: the first of its conversation, which nobody holds. */
const CLAIMABLE = sql`
  t.state in ('ready', 'working')
    and (t.not_before is null or t.not_before <= now())
    and (c.lease_until is null or c.lease_until < now())
    and not exists (
      select 1 from turns earlier
      where earlier.conversation_id = t.conversation_id
        and earlier.state in ('ready', 'working') and earlier.seq < t.seq
    )`

/**
 * Start-time fair queueing: each turn that begins moves its workspace on by one on a virtual clock, and the
 * workspace that stands furthest back goes next. Whoever had nothing to do begins where the last turn began, so
 * that silence earns no credit. `offset 0` keeps the order of workspaces; the lateral part stops at the first
 * that has a turn to give. Each workspace's first open turn is looked up with a limit of its own: written as
 * `exists`, all open turns would be read for each claim, which is slowest when most wait. Both rows are locked by the claim: with the conversation alone, a turn that ended
 * between this statement's snapshot and its lock would be claimed again.
 */
const fairest = (step: Step) => sql`
  select turn.id, turn.conversation_id, turn.state, turn.redo, w.id as workspace_id, w.start
  from (
    select w.id, greatest(w.virtual_time, clock.now) as start
    from workspaces w
    cross join lateral (
      select t.seq from turns t
      where t.workspace_id = w.id and t.step = ${step} and t.state in ('ready', 'working')
      order by t.seq limit 1
    ) oldest
    cross join (select coalesce(max(virtual_start), 0) as now from turns) clock
    order by start, oldest.seq
    offset 0
  ) w
  cross join lateral (
    select t.id, t.conversation_id, t.state, t.redo_requested_at is not null as redo
    from turns t join conversations c on c.id = t.conversation_id
    where t.workspace_id = w.id and t.step = ${step} and ${CLAIMABLE}
    order by t.seq limit 1 for update of t, c skip locked
  ) turn
  limit 1`

type Candidate = {
  id: TurnId
  conversation_id: ConversationId
  state: 'ready' | 'working'
  redo: boolean
  workspace_id: WorkspaceId
  start: number
}

export async function claimTurn(
  db: Database,
  step: Step,
  owner: string,
  leaseMs: number,
): Promise<ClaimedTurn | undefined> {
  const held = { until: performance.now() + leaseMs }
  return await db.transaction(async (tx) => {
    const [candidate] = (await tx.execute<Candidate>(fairest(step))).rows
    if (!candidate) return undefined
    const { id, conversation_id: conversationId, workspace_id: workspaceId } = candidate
    if (candidate.redo) {
      // Its answer is to be written anew before it is shown, and it may take another step now.
      const [begun] = await tx
        .update(turns)
        .set({ step: FIRST_STEP })
        .where(eq(turns.id, id))
        .returning({ step: turns.step })
      if (begun?.step !== step) {
        await tx.update(turns).set({ state: 'ready' }).where(eq(turns.id, id))
        return undefined
      }
    }
    const [lease] = await tx
      .update(conversations)
      .set({ leaseOwner: owner, leaseFence: sql`lease_fence + 1`, leaseUntil: inMs(leaseMs) })
      .where(eq(conversations.id, conversationId))
      .returning({ fence: conversations.leaseFence })
    await tx
      .update(turns)
      .set({
        state: 'working',
        startedAt: sql`coalesce(started_at, now())`,
        notBefore: null,
        redoRequestedAt: null,
        virtualStart: candidate.start,
        ...(candidate.state === 'working' ? { deaths: sql`deaths + 1` } : {}),
      })
      .where(eq(turns.id, id))
    if (candidate.redo) await beginAnswerAnew(tx, id)
    const turn = await readClaimed(tx, id, { conversationId, owner, fence: present(lease).fence, held })
    if (step === 'reply' && turn.settings.during === 'merge') await takeWaitingTurns(tx, turn)
    // Last, since others of this workspace wait for this row.
    await tx
      .update(workspaces)
      .set({ virtualTime: sql`greatest(virtual_time, ${candidate.start}) + 1` })
      .where(eq(workspaces.id, workspaceId))
    return turn
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
      channelName: channels.name,
      workspaceName: workspaces.name,
      platform: connections.platform,
      virtualStart: turns.virtualStart,
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
    .innerJoin(workspaces, eq(workspaces.id, turns.workspaceId))
    .innerJoin(connections, eq(connections.id, channels.connectionId))
    .where(eq(turns.id, turnId))
  const { personLanguage, stopRequestedAt, target, channelName, virtualStart, ...turn } = present(row)
  const settings = await effectiveSettings(tx, turn.workspaceId, turn.channelId, turn.personId)
  return {
    ...turn,
    target: {
      ...present(target ?? undefined),
      linkPreviews: settings.linkPreviews,
      richText: settings.richText,
    },
    channelName: channelName ?? undefined,
    virtualStart: virtualStart ?? 0,
    lease,
    settings,
    language: settings.language ?? nearestLanguage(personLanguage),
    stopRequested: stopRequestedAt !== null,
  }
}

export async function claimableSteps(db: Database): Promise<Step[]> {
  const found = await db.execute<{ step: Step }>(sql`
    select distinct t.step from turns t join conversations c on c.id = t.conversation_id where ${CLAIMABLE}`)
  return found.rows.map(({ step }) => step)
}
