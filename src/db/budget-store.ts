import { and, asc, desc, eq, gte, inArray, sql } from 'drizzle-orm'
import { type BudgetScope, periodStart } from '../model/budget.ts'
import type { Budget, BudgetStore } from '../ports/budget-store.ts'
import { standingsOf } from './budget-accounts.ts'
import type { Database } from './database.ts'
import { usage } from './schema/operation.ts'
import { budgets, prices } from './schema/spending.ts'
import { channels, people, workspaces } from './schema/tenancy.ts'
import { present, storable } from './storable.ts'

type BudgetRow = typeof budgets.$inferSelect

export function createBudgetStore(db: Database, now: () => Date = () => new Date()): BudgetStore {
  return {
    async list() {
      const rows = await db
        .select()
        .from(budgets)
        .orderBy(
          sql`array_position(array['hub', 'workspace', 'channel', 'person'], scope)`,
          asc(budgets.scopeId),
          asc(budgets.period),
          asc(budgets.unit),
        )
      return await Promise.all(rows.map((row) => asBudget(db, row, now())))
    },

    async put({ limit, cheaperModel, ...budget }) {
      const values = { ...budget, most: limit, cheaperModel: cheaperModel ?? null }
      const [row] = await db
        .insert(budgets)
        .values(values)
        .onConflictDoUpdate({
          target: [budgets.scope, budgets.scopeId, budgets.period, budgets.unit],
          set: values,
        })
        .returning({ id: budgets.id })
      return present(row).id
    },

    async remove(id) {
      const rows = await db.delete(budgets).where(eq(budgets.id, id)).returning({ id: budgets.id })
      return rows.length > 0
    },

    async prices() {
      return await db
        .select({
          model: prices.model,
          prompt: prices.prompt,
          completion: prices.completion,
          audioMinute: prices.audioMinute,
        })
        .from(prices)
        .orderBy(asc(prices.model))
    },

    async putPrice(price) {
      const values = { ...price, model: storable(price.model), updatedAt: sql`now()` }
      await db.insert(prices).values(values).onConflictDoUpdate({ target: prices.model, set: values })
    },

    async removePrice(model) {
      const rows = await db.delete(prices).where(eq(prices.model, model)).returning({ model: prices.model })
      return rows.length > 0
    },
  }
}

async function asBudget(db: Database, row: BudgetRow, now: Date): Promise<Budget> {
  const ofEach = row.scope !== 'hub' && row.scopeId === ''
  const whose = ofEach ? await heaviestUser(db, row, now) : row.scopeId
  const nobody = ofEach && whose === undefined
  const watched = { ...row, scopeId: whose ?? '' }
  const [standing] = await standingsOf(db, [nobody ? { ...watched, scope: 'hub' } : watched], now)
  return {
    id: row.id,
    scope: row.scope,
    scopeId: row.scopeId,
    period: row.period,
    unit: row.unit,
    limit: row.most,
    lowAt: row.lowAt,
    whenLow: row.whenLow,
    cheaperModel: row.cheaperModel ?? undefined,
    name: ofEach ? undefined : await nameOf(db, row.scope, row.scopeId),
    standing: nobody ? { ...present(standing), scope: row.scope, spent: 0, reserved: 0 } : present(standing),
    heaviest: ofEach && whose !== undefined ? await nameOf(db, row.scope, whose) : undefined,
  }
}

/** Among those without a budget of their own. */
async function heaviestUser(db: Database, row: BudgetRow, now: Date): Promise<string | undefined> {
  const column =
    row.scope === 'workspace' ? usage.workspaceId : row.scope === 'channel' ? usage.channelId : usage.personId
  const own = db
    .select({ id: budgets.scopeId })
    .from(budgets)
    .where(and(eq(budgets.scope, row.scope), eq(budgets.period, row.period), eq(budgets.unit, row.unit)))
  const weight = row.unit === 'tokens' ? sql`sum(prompt_tokens + completion_tokens)` : sql`sum(cost_micros)`
  const [heaviest] = await db
    .select({ id: sql<string>`${column}::text` })
    .from(usage)
    .where(and(gte(usage.at, periodStart(row.period, now)), sql`${column}::text not in ${own}`))
    .groupBy(column)
    .orderBy(desc(weight))
    .limit(1)
  return heaviest?.id
}

async function nameOf(db: Database, scope: BudgetScope, id: string): Promise<string | undefined> {
  if (scope === 'hub') return undefined
  const table = { workspace: workspaces, channel: channels, person: people }[scope]
  const [row] = await db
    .select({ name: sql<string | null>`name` })
    .from(table)
    .where(inArray(sql`${table.id}::text`, [id]))
  return row?.name ?? undefined
}
