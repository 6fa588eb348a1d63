import { and, eq, inArray, sql } from 'drizzle-orm'
import type { TurnId } from '../model/ids.ts'
import type { Step } from '../model/work.ts'
import type { Transaction } from './database.ts'
import { answers, turns } from './schema/work.ts'

/** What an answer showed so far is written over in place; its messages stay. */
export async function beginAnswerAnew(tx: Transaction, turnId: TurnId): Promise<void> {
  await tx
    .update(answers)
    .set({
      state: 'growing',
      text: '',
      notice: '',
      controls: [],
      attempts: 0,
      round: sql`round + 1`,
      deliveredAt: null,
    })
    .where(eq(answers.turnId, turnId))
}

/** Opens an ended turn again. undefined: it is still under way, or was cancelled. */
export async function reopenTurn(tx: Transaction, turnId: TurnId): Promise<Step | undefined> {
  const [row] = await tx
    .update(turns)
    .set({
      state: 'ready',
      step: sql`case
        when exists (select 1 from runs where turn_id = ${turnId}) then 'run'
        when step = 'transcribe' then 'transcribe'
        else 'reply' end`,
      attempts: 0,
      deaths: 0,
      notBefore: null,
      stopRequestedAt: null,
      stopRequestedBy: null,
      redoRequestedAt: null,
      errorCode: null,
      errorMessage: null,
      finishedAt: null,
    })
    .where(and(eq(turns.id, turnId), inArray(turns.state, ['done', 'failed', 'stopped'])))
    .returning({ step: turns.step })
  if (row) await beginAnswerAnew(tx, turnId)
  return row?.step
}
