import { and, eq, inArray, sql } from 'drizzle-orm'
import type { TurnId } from '../model/ids.ts'
import type { CodeToRun, Step } from '../model/work.ts'
import type { Transaction } from './database.ts'
import { toolCalls } from './schema/tool-calls.ts'
import { answerParts, answers, runs, turns } from './schema/work.ts'
import { storable, storableValue } from './storable.ts'

/** Where a turn begins when it is done anew: what was heard or read already stays so. */
export const FIRST_STEP = sql<Step>`case
  when exists (select 1 from runs where runs.turn_id = turns.id) then 'run'
  when turns.step in ('transcribe', 'read') then turns.step
  else 'reply' end`

export function codeColumns(code: CodeToRun) {
  const { language, source, stdin, args, files, attached } = code
  return {
    language,
    source: storable(source),
    stdin: stdin === undefined ? null : storable(stdin),
    args: args === undefined ? null : args.map(storable),
    files: files === undefined ? null : storableValue(files),
    attached: attached === undefined ? null : storableValue(attached),
  }
}

/** What an answer showed so far is written over in place; its messages stay, its files go with the next showing. */
export async function beginAnswerAnew(tx: Transaction, turnId: TurnId): Promise<void> {
  await tx.update(runs).set({ result: null }).where(eq(runs.turnId, turnId))
  const begun = await tx
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
    .returning({ id: answers.id })
  for (const { id } of begun) {
    await tx
      .update(answerParts)
      .set({ fileName: null, fileType: null, fileData: null })
      .where(and(eq(answerParts.answerId, id), eq(answerParts.kind, 'file')))
  }
  await tx.delete(toolCalls).where(eq(toolCalls.turnId, turnId))
}

/** Opens an ended turn again. undefined: it is still under way, or was cancelled. */
export async function reopenTurn(tx: Transaction, turnId: TurnId): Promise<Step | undefined> {
  const [row] = await tx
    .update(turns)
    .set({
      state: 'ready',
      step: FIRST_STEP,
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

/**
 * Its question changed: an ended turn opens again, an open one begins its answer anew with its next claim. `code`:
 * what it runs now; undefined: it answers. undefined: it was cancelled.
 */
export async function redoTurn(
  tx: Transaction,
  turnId: TurnId,
  code: CodeToRun | undefined,
): Promise<{ step: Step; working: boolean } | undefined> {
  const [turn] = await tx
    .select({ state: turns.state, workspaceId: turns.workspaceId })
    .from(turns)
    .where(eq(turns.id, turnId))
    .for('update')
  if (!turn || turn.state === 'cancelled') return undefined
  if (code === undefined) await tx.delete(runs).where(eq(runs.turnId, turnId))
  else {
    const values = { ...codeColumns(code), result: null }
    await tx
      .insert(runs)
      .values({ workspaceId: turn.workspaceId, turnId, ...values })
      .onConflictDoUpdate({ target: runs.turnId, set: values })
  }
  if (turn.state !== 'ready' && turn.state !== 'working') {
    const step = await reopenTurn(tx, turnId)
    return step && { step, working: false }
  }
  const working = turn.state === 'working'
  const [row] = await tx
    .update(turns)
    .set({
      redoRequestedAt: sql`now()`,
      stopRequestedAt: null,
      ...(working ? {} : { step: FIRST_STEP, attempts: 0, notBefore: null }),
    })
    .where(eq(turns.id, turnId))
    .returning({ step: turns.step })
  return row && { step: row.step, working }
}
