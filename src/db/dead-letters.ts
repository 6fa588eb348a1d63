import { and, desc, eq, sql } from 'drizzle-orm'
import type { TurnId } from '../model/ids.ts'
import type { DeadLetterStore } from '../ports/dead-letters.ts'
import { recordAudit } from './audit-log.ts'
import type { Database, Transaction } from './database.ts'
import { reopenTurn } from './redo.ts'
import { decisions } from './schema/conversation.ts'
import { turns } from './schema/work.ts'

export function createDeadLetterStore(db: Database): DeadLetterStore {
  return {
    async list({ limit, workspaceId, before }) {
      const rows = await db
        .select({
          turnId: turns.id,
          messageId: turns.messageId,
          workspaceId: turns.workspaceId,
          step: turns.step,
          reason: sql<string>`coalesce(${turns.errorCode}, 'unknown')`,
          detail: sql<string>`coalesce(${turns.errorMessage}, '')`,
          failedAt: sql<Date>`coalesce(${turns.finishedAt}, ${turns.createdAt})`.mapWith(turns.createdAt),
          told: sql<boolean>`exists (
            select 1 from answers where answers.turn_id = turns.id and answers.state = 'delivered'
          )`,
        })
        .from(turns)
        .where(
          and(
            eq(turns.state, 'failed'),
            workspaceId === undefined ? undefined : eq(turns.workspaceId, workspaceId),
            before === undefined
              ? undefined
              : sql`${turns.seq} < (select t.seq from turns t where t.id = ${before})`,
          ),
        )
        .orderBy(desc(turns.seq))
        .limit(limit)
      return rows
    },

    async count() {
      return await db.$count(turns, eq(turns.state, 'failed'))
    },

    async retry(turnId, actor) {
      return await db.transaction(async (tx) => {
        if (!(await lockFailed(tx, turnId))) return undefined
        const step = await reopenTurn(tx, turnId)
        await record(tx, turnId, actor, 'redo_requested', 'turn.retried')
        return step
      })
    },

    async discard(turnId, actor) {
      return await db.transaction(async (tx) => {
        if (!(await lockFailed(tx, turnId))) return false
        await tx.update(turns).set({ state: 'cancelled' }).where(eq(turns.id, turnId))
        await record(tx, turnId, actor, 'discarded', 'turn.discarded')
        return true
      })
    },
  }
}

async function lockFailed(tx: Transaction, turnId: TurnId): Promise<boolean> {
  const rows = await tx
    .select({ id: turns.id })
    .from(turns)
    .where(and(eq(turns.id, turnId), eq(turns.state, 'failed')))
    .for('update')
  return rows.length > 0
}

async function record(
  tx: Transaction,
  turnId: TurnId,
  actor: string,
  code: string,
  action: string,
): Promise<void> {
  const [turn] = await tx
    .select({ workspaceId: turns.workspaceId, messageId: turns.messageId })
    .from(turns)
    .where(eq(turns.id, turnId))
  if (!turn) return
  const { workspaceId, messageId } = turn
  await tx.insert(decisions).values({ workspaceId, messageId, code, detail: {} })
  await recordAudit(tx, { actor, action, target: `turn:${turnId}`, workspaceId })
}
