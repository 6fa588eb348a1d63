import { eq } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBudgetStore } from '../../src/db/budget-store.ts'
import { createCallLedger } from '../../src/db/call-ledger.ts'
import { migrateDatabase, type OpenDatabase, openDatabase } from '../../src/db/database.ts'
import { conversations } from '../../src/db/schema/conversation.ts'
import { usage } from '../../src/db/schema/operation.ts'
import { budgetAccounts, openCalls } from '../../src/db/schema/spending.ts'
import type { ConnectionId, ServerId, TurnId } from '../../src/model/ids.ts'
import type { NewBudget } from '../../src/ports/budget-store.ts'
import type { PlannedCall } from '../../src/ports/call-ledger.ts'
import { startTestDatabase } from '../support/postgres.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import type { TestDatabase } from '../support/test-databases.ts'
import { type SampleHub, sampleHub } from '../web/sample-hub.ts'

const CALLS = 200
const server = { id: v7() as ServerId, name: 'gpu-1' }
const planned: PlannedCall = {
  server,
  model: 'llama',
  promptTokens: 100,
  outputTokens: 200,
  textLength: 0,
  concurrency: undefined,
}
const budget: NewBudget = {
  scope: 'hub',
  scopeId: '',
  period: 'month',
  unit: 'tokens',
  limit: 10_000,
  lowAt: 0.8,
  whenLow: 'refuse',
  cheaperModel: undefined,
}

describe('the book of model calls', () => {
  let database: TestDatabase
  let open: OpenDatabase
  let hub: SampleHub
  let connectionId: ConnectionId
  let now = new Date('2026-03-31T12:00:00Z')
  beforeEach(async () => {
    database = await startTestDatabase()
    open = openDatabase(database.connectionString, createRecordingLogger(), 20)
    await migrateDatabase(open.pool)
    hub = sampleHub(open.db)
    connectionId = await hub.connection('telegram', 'Brain')
    now = new Date('2026-03-31T12:00:00Z')
  })
  afterEach(async () => {
    await open.close()
    await database.close()
  })

  /** A person who asks in a conversation of their own, held by a worker. */
  const asker = async () => {
    const workspaceId = await hub.workspace(connectionId, `Team ${v7()}`)
    const place = await hub.channel(connectionId, workspaceId, `room ${v7()}`)
    const personId = await hub.person(connectionId, `Ana ${v7()}`)
    const conversationId = await hub.conversation(place)
    return async (fence = 1, heldForMs = 60_000) => {
      await open.db
        .update(conversations)
        .set({ leaseFence: fence, leaseUntil: new Date(Date.now() + heldForMs) })
        .where(eq(conversations.id, conversationId))
      return {
        ...place,
        personId,
        id: v7() as TurnId,
        virtualStart: 0,
        lease: { conversationId, owner: v7(), fence },
      }
    }
  }
  const ledger = () => createCallLedger(open.db, () => now)
  const budgets = () => createBudgetStore(open.db, () => now)
  const spent = async () => {
    const { rows } = await open.pool.query<{ tokens: string; micros: string }>(
      'select coalesce(sum(prompt_tokens + completion_tokens), 0) as tokens, coalesce(sum(cost_micros), 0) as micros from usage',
    )
    return { tokens: Number(rows[0]?.tokens), micros: Number(rows[0]?.micros) }
  }

  it(`never spends more than a budget, with ${CALLS} calls at once, in tokens and in money`, async () => {
    await budgets().putPrice({ model: 'llama', prompt: 2, completion: 10, audioMinute: 0 })
    await budgets().put(budget)
    // Pays for 30 whole calls, where the tokens would pay for 33.
    await budgets().put({ ...budget, unit: 'money', limit: 30 * (100 * 2 + 200 * 10) })
    const turn = await (await asker())()
    const book = ledger()
    let over = 0
    let most = 0
    const outcomes = await Promise.all(
      Array.from({ length: CALLS }, async (_, n) => {
        const opened = await book.open({ ...turn, id: v7() as TurnId }, planned)
        const [standing] = await book.standings(turn)
        const together = (standing?.spent ?? 0) + (standing?.reserved ?? 0)
        most = Math.max(most, together)
        if (standing && together > standing.limit) over += 1
        if (opened.kind === 'open') {
          const result = { promptTokens: 90, completionTokens: 200 - (n % 7), durationMs: 5, outcome: 'ok' }
          await book.settle(opened.id, result)
        }
        return opened.kind
      }),
    )
    const answered = outcomes.filter((kind) => kind === 'open').length
    const used = await spent()
    console.log(
      `${CALLS} calls at once: ${answered} answered, ${CALLS - answered} refused; ` +
        `${used.tokens} of 10000 tokens, ${used.micros} of 66000 millionths; at most ${most} spent and reserved together`,
    )
    expect(over).toBe(0)
    expect(used.tokens).toBeLessThanOrEqual(10_000)
    expect(used.micros).toBeLessThanOrEqual(66_000)
    expect(answered).toBeGreaterThanOrEqual(30)
    expect(answered).toBeLessThan(CALLS)
    const [account] = await open.db.select().from(budgetAccounts)
    expect(account).toMatchObject(used)
    expect(await open.db.select().from(openCalls)).toEqual([])
  }, 60_000)

  it('counts what was used before the budget was made, and no older period', async () => {
    const turn = await (await asker())()
    const result = { promptTokens: 1_000, completionTokens: 500, durationMs: 5, outcome: 'ok' }
    for (const day of ['2026-02-28', '2026-03-01', '2026-03-31']) {
      now = new Date(`${day}T00:00:00Z`)
      const opened = await ledger().open(turn, planned)
      if (opened.kind === 'open') await ledger().settle(opened.id, result)
    }
    await budgets().put({ ...budget, limit: 3_300 })
    expect(await ledger().open(turn, planned)).toMatchObject({ kind: 'open' })
    expect(await ledger().open(turn, planned)).toMatchObject({
      kind: 'refused',
      by: { scope: 'hub', spent: 3_000, reserved: 300, resetsAt: new Date('2026-04-01T00:00:00Z') },
    })
    now = new Date('2026-04-01T00:00:00Z')
    expect(await ledger().open(turn, planned)).toMatchObject({ kind: 'open' })
  })

  it('gives each person the same unless they have their own, beside what their workspace has', async () => {
    const ana = await (await asker())()
    const ben = await (await asker())()
    await budgets().put({ ...budget, scope: 'person', limit: 300 })
    await budgets().put({ ...budget, scope: 'person', scopeId: ben.personId, limit: 900 })
    await budgets().put({ ...budget, scope: 'workspace', scopeId: ben.workspaceId, limit: 600 })
    expect((await ledger().open(ana, planned)).kind).toBe('open')
    expect(await ledger().open(ana, planned)).toMatchObject({ kind: 'refused', by: { scope: 'person' } })
    expect((await ledger().open(ben, planned)).kind).toBe('open')
    expect((await ledger().open(ben, planned)).kind).toBe('open')
    expect(await ledger().open(ben, planned)).toMatchObject({ kind: 'refused', by: { scope: 'workspace' } })
  })

  it('shortens an answer to what is left where the budget says so', async () => {
    const turn = await (await asker())()
    await budgets().put({ ...budget, limit: 220, whenLow: 'shorter' })
    const opened = await ledger().open(turn, planned)
    expect(opened).toMatchObject({ kind: 'open', outputTokens: 120 })
    expect(await ledger().open(turn, planned)).toMatchObject({ kind: 'refused' })
  })

  it('gives the places of a server in the order of the fair queue, and says how many go before', async () => {
    await open.pool.query(
      "insert into model_servers (id, name, purpose, base_url, source) values ($1, 'gpu-1', 'chat', 'http://gpu-1/v1', 'admin')",
      [server.id],
    )
    const limited = { ...planned, concurrency: 1 }
    const turns = await Promise.all(
      [0, 3, 1, 2].map(async (virtualStart) => ({ ...(await (await asker())()), virtualStart })),
    )
    const [first, last, second, third] = turns
    if (!first || !last || !second || !third) throw new Error('four turns are needed')
    const held = await ledger().open(first, limited)
    expect(await ledger().open(last, limited)).toEqual({ kind: 'wait', ahead: 1 })
    expect(await ledger().open(second, limited)).toEqual({ kind: 'wait', ahead: 1 })
    expect(await ledger().open(third, limited)).toEqual({ kind: 'wait', ahead: 2 })
    expect(await ledger().open(last, limited)).toEqual({ kind: 'wait', ahead: 3 })
    if (held.kind !== 'open') throw new Error('the server was free')
    await ledger().settle(held.id, { promptTokens: 1, completionTokens: 1, durationMs: 1, outcome: 'ok' })
    expect(await ledger().open(last, limited)).toEqual({ kind: 'wait', ahead: 3 })
    expect((await ledger().open(second, limited)).kind).toBe('open')
    await ledger().stopWaiting(third.id)
    expect(await ledger().open(last, limited)).toEqual({ kind: 'wait', ahead: 1 })
  })

  it('settles what a dead worker left, once, and believes it when it was alive after all', async () => {
    const hold = await asker()
    const first = await hold(1)
    await budgets().put({ ...budget, limit: 400 })
    const lost = await ledger().open(first, planned)
    expect(await ledger().settleAbandoned()).toBe(0)
    expect((await ledger().open(first, planned)).kind).toBe('refused')
    const second = await hold(2)
    expect((await ledger().open(second, planned)).kind).toBe('open')
    await hold(2, -1_000)
    expect(await ledger().settleAbandoned()).toBe(1)
    expect(await ledger().settleAbandoned()).toBe(0)
    expect(await spent()).toMatchObject({ tokens: 200 })
    if (lost.kind !== 'open') throw new Error('the first call was refused')
    const result = { promptTokens: 80, completionTokens: 7, durationMs: 5, outcome: 'ok' }
    await ledger().settle(lost.id, result)
    await ledger().settle(lost.id, result)
    expect(await spent()).toMatchObject({ tokens: 187 })
    expect(await open.db.select({ tokens: budgetAccounts.tokens }).from(budgetAccounts)).toEqual([
      { tokens: 187 },
    ])
    expect(await open.db.select({ outcome: usage.outcome }).from(usage)).toHaveLength(2)
  })
})
