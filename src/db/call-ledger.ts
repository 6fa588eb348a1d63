import { and, eq, lt, type SQL, sql } from 'drizzle-orm'
import { affordable, costMicros } from '../model/budget.ts'
import type { CallId } from '../model/ids.ts'
import type { CallLedger, CallResult, OpenedCall, PlannedCall, Spender } from '../ports/call-ledger.ts'
import type { UsageRecord } from '../ports/turn-store.ts'
import {
  addToAccounts,
  budgetsFor,
  createAccountOpener,
  holdAccounts,
  priceOf,
  standingsOf,
} from './budget-accounts.ts'
import type { Database, Transaction } from './database.ts'
import { assertLease } from './lease.ts'
import { conversations } from './schema/conversation.ts'
import { usage } from './schema/operation.ts'
import { callWaits, openCalls } from './schema/spending.ts'
import { answers } from './schema/work.ts'
import { leaveAbandonedPlaces, takePlace } from './server-places.ts'
import { present } from './storable.ts'

type OpenRow = typeof openCalls.$inferSelect

/** Of a call whose answer nobody limited, once a budget does. */
const OUTPUT_TOKENS = 2_048
/** An answer shorter than this is not worth asking for. */
const LEAST_OUTPUT_TOKENS = 48
const CHARACTERS_PER_TOKEN = 3
const SETTLED_AT_ONCE = 100

export function createCallLedger(db: Database, now: () => Date = () => new Date()): CallLedger {
  const accounts = createAccountOpener(db)

  const settleWhere = async (where: SQL | undefined): Promise<number> => {
    const [any] = await db.select({ id: openCalls.id }).from(openCalls).where(where).limit(1)
    if (!any) return 0
    return await db.transaction(async (tx) => {
      await holdAccounts(tx)
      const rows = await tx
        .select()
        .from(openCalls)
        .where(where)
        .limit(SETTLED_AT_ONCE)
        .for('update', { skipLocked: true })
      for (const row of rows) await settleLost(tx, row, now())
      return rows.length
    })
  }

  return {
    async standings(spender) {
      return await standingsOf(db, await budgetsFor(db, spender), now())
    },

    async open(turn, call) {
      const { conversationId, fence } = turn.lease
      await settleWhere(and(eq(openCalls.conversationId, conversationId), lt(openCalls.fence, fence)))
      const rows = await budgetsFor(db, turn)
      await accounts.open(rows, now())
      return await db.transaction(async (tx): Promise<OpenedCall> => {
        await assertLease(tx, turn.lease)
        const standings = await standingsOf(tx, rows, now(), true)
        const price = await priceOf(tx, call.model)
        const wanted = call.outputTokens ?? (rows.length > 0 ? OUTPUT_TOKENS : undefined)
        const granted = grant(standings, call, wanted, price)
        if (granted.kind === 'refused') return granted
        const ahead = await takePlace(tx, turn, call)
        if (ahead > 0) return { kind: 'wait', ahead }
        const outputTokens = granted.tokens ?? 0
        const [row] = await tx
          .insert(openCalls)
          .values({
            turnId: turn.id,
            conversationId,
            fence,
            workspaceId: turn.workspaceId,
            channelId: turn.channelId,
            personId: turn.personId,
            serverId: call.server.id,
            serverName: call.server.name,
            model: call.model,
            promptTokens: call.promptTokens,
            outputTokens,
            micros: costMicros(price, { promptTokens: call.promptTokens, completionTokens: outputTokens }),
            textLength: call.textLength,
          })
          .returning({ id: openCalls.id })
        return { kind: 'open', id: present(row).id, outputTokens: granted.tokens }
      })
    },

    async stopWaiting(turnId) {
      await db.delete(callWaits).where(eq(callWaits.turnId, turnId))
    },

    async settle(id, result) {
      await db.transaction(async (tx) => {
        await holdAccounts(tx)
        const [row] = await tx.delete(openCalls).where(eq(openCalls.id, id)).returning()
        if (row) return await writeDown(tx, row, result, now())
        await correctLost(tx, id, result, now())
      })
    },

    async settleAbandoned() {
      await leaveAbandonedPlaces(db)
      return await settleWhere(
        sql`not exists (
          select 1 from ${conversations} c
          where c.id = ${openCalls.conversationId} and c.lease_fence = ${openCalls.fence} and c.lease_until >= now()
        )`,
      )
    },
  }
}

type Granted = Extract<OpenedCall, { kind: 'refused' }> | { readonly kind: 'granted'; tokens?: number }

/** Where a budget says `refuse`, all of an answer must fit; otherwise it may be shortened to what is left. */
function grant(
  standings: Parameters<typeof affordable>[0],
  { promptTokens }: PlannedCall,
  wanted: number | undefined,
  price: Parameters<typeof affordable>[3],
): Granted {
  if (standings.length === 0 || wanted === undefined) {
    return wanted === undefined ? { kind: 'granted' } : { kind: 'granted', tokens: wanted }
  }
  const strict = standings.filter(({ whenLow }) => whenLow === 'refuse')
  const whole = affordable(strict, promptTokens, wanted, price)
  if (whole.by) return { kind: 'refused', by: whole.by }
  const { tokens, by } = affordable(standings, promptTokens, wanted, price)
  if (by && tokens < Math.min(wanted, LEAST_OUTPUT_TOKENS)) return { kind: 'refused', by }
  return { kind: 'granted', tokens }
}

async function writeDown(tx: Transaction, row: OpenRow, result: CallResult, now: Date): Promise<void> {
  await recordUse(
    tx,
    row,
    {
      kind: 'reply',
      serverName: row.serverName,
      model: row.model,
      promptTokens: result.promptTokens,
      completionTokens: result.completionTokens,
      ...(result.firstTokenMs === undefined ? {} : { firstTokenMs: result.firstTokenMs }),
      durationMs: result.durationMs,
    },
    now,
    { turnId: row.turnId, callId: row.id, outcome: result.outcome },
  )
}

/** The prompt was read, and what the answer shows was written; more nobody can know. */
async function settleLost(tx: Transaction, row: OpenRow, now: Date): Promise<void> {
  await tx.delete(openCalls).where(eq(openCalls.id, row.id))
  const [answer] = await tx
    .select({ length: sql<number>`length(text)` })
    .from(answers)
    .where(eq(answers.turnId, row.turnId))
  const written = Math.max(0, (answer?.length ?? 0) - row.textLength)
  await writeDown(
    tx,
    row,
    {
      promptTokens: row.promptTokens,
      completionTokens: Math.ceil(written / CHARACTERS_PER_TOKEN),
      durationMs: Math.max(0, now.getTime() - row.openedAt.getTime()),
      outcome: 'lost',
    },
    now,
  )
}

/** A worker thought dead comes back and says what its call really used. */
async function correctLost(tx: Transaction, id: CallId, result: CallResult, now: Date): Promise<void> {
  const [known] = await tx.select().from(usage).where(eq(usage.callId, id)).for('update')
  if (known?.outcome !== 'lost') return
  const { promptTokens, completionTokens, durationMs, outcome, firstTokenMs } = result
  const price = await priceOf(tx, known.model ?? undefined)
  const micros = costMicros(price, { promptTokens, completionTokens })
  await tx
    .update(usage)
    .set({
      promptTokens,
      completionTokens,
      durationMs,
      outcome,
      firstTokenMs: firstTokenMs ?? null,
      costMicros: micros,
    })
    .where(eq(usage.callId, id))
  const tokens = promptTokens + completionTokens - known.promptTokens - known.completionTokens
  await addToAccounts(tx, known, { tokens, micros: micros - known.costMicros }, now)
}

/** Writes one line of use and adds it to the accounts. `holdAccounts` comes before it. */
export async function recordUse(
  tx: Transaction,
  spender: Spender,
  record: UsageRecord,
  now: Date,
  more: Partial<Pick<typeof usage.$inferInsert, 'turnId' | 'callId' | 'outcome'>>,
): Promise<void> {
  const { promptTokens = 0, completionTokens = 0, audioMs = 0 } = record
  const price = await priceOf(tx, record.model)
  const micros = costMicros(price, { promptTokens, completionTokens, audioMs })
  const { workspaceId, channelId, personId } = spender
  await tx
    .insert(usage)
    .values({ ...record, workspaceId, channelId, personId, costMicros: micros, at: now, ...more })
  await addToAccounts(tx, spender, { tokens: promptTokens + completionTokens, micros }, now)
}
