import { and, asc, eq, gte, or, type SQL, sql } from 'drizzle-orm'
import {
  BUDGET_PERIODS,
  type BudgetPeriod,
  type BudgetScope,
  type BudgetStanding,
  type Price,
  periodEnd,
  periodStart,
} from '../model/budget.ts'
import type { Spender } from '../ports/call-ledger.ts'
import type { Database, Transaction } from './database.ts'
import { usage } from './schema/operation.ts'
import { budgetAccounts, budgets, openCalls, prices } from './schema/spending.ts'

type BudgetRow = typeof budgets.$inferSelect
type Reader = Database | Transaction

interface Account {
  readonly scope: BudgetScope
  readonly scopeId: string
  readonly period: BudgetPeriod
}

/** From the widest to the narrowest: rows are locked in this order by everybody. */
function scopesOf({ workspaceId, channelId, personId }: Spender): readonly [BudgetScope, string][] {
  return [
    ['hub', ''],
    ['workspace', workspaceId],
    ['channel', channelId],
    ['person', personId],
  ]
}

function accountsOf(spender: Spender): readonly Account[] {
  return scopesOf(spender).flatMap(([scope, scopeId]) =>
    BUDGET_PERIODS.map((period) => ({ scope, scopeId, period })),
  )
}

/** What counts for a spender: their own budget, else the one that everybody of the scope has. */
export async function budgetsFor(db: Reader, spender: Spender): Promise<readonly BudgetRow[]> {
  const scopes = scopesOf(spender)
  const rows = await db
    .select()
    .from(budgets)
    .where(
      or(
        ...scopes.map(([scope, id]) =>
          and(eq(budgets.scope, scope), or(eq(budgets.scopeId, id), eq(budgets.scopeId, ''))),
        ),
      ),
    )
  return rows
    .filter(
      (row) =>
        row.scopeId !== '' ||
        !rows.some(
          (other) =>
            other.scopeId !== '' &&
            other.scope === row.scope &&
            other.period === row.period &&
            other.unit === row.unit,
        ),
    )
    .map((row) => ({ ...row, scopeId: scopes.find(([scope]) => scope === row.scope)?.[1] ?? '' }))
}

const isAccount = ({ scope, scopeId, period }: Account, now: Date): SQL | undefined =>
  and(
    eq(budgetAccounts.scope, scope),
    eq(budgetAccounts.scopeId, scopeId),
    eq(budgetAccounts.period, period),
    eq(budgetAccounts.startsAt, periodStart(period, now)),
  )

const ACCOUNTS_REMEMBERED = 10_000

/** Opens accounts, each once for all who ask for it at the same time; which ones are open is remembered. */
export function createAccountOpener(db: Database): {
  open(wanted: readonly Account[], now: Date): Promise<void>
} {
  const opened = new Map<string, Promise<void>>()
  const openOne = (account: Account, now: Date): Promise<void> => {
    const { scope, scopeId, period } = account
    const key = [scope, scopeId, period, periodStart(period, now).getTime()].join(' ')
    const known = opened.get(key)
    if (known !== undefined) return known
    const opening = openAccount(db, account, now).catch((error: unknown) => {
      opened.delete(key)
      throw error
    })
    opened.set(key, opening)
    const [oldest] = opened.keys()
    if (opened.size > ACCOUNTS_REMEMBERED && oldest !== undefined) opened.delete(oldest)
    return opening
  }
  return {
    async open(wanted, now) {
      await Promise.all(wanted.map((account) => openOne(account, now)))
    },
  }
}

/**
 * Opens an account that is missing with what was used in its period so far. The lock waits for those who are
 * writing down use just now, and holds back the others: nothing is left out and nothing counted twice.
 */
async function openAccount(db: Database, account: Account, now: Date): Promise<void> {
  const [known] = await db
    .select({ scope: budgetAccounts.scope })
    .from(budgetAccounts)
    .where(isAccount(account, now))
  if (known) return
  const { scope, scopeId, period } = account
  await db.transaction(async (tx) => {
    await tx.execute(sql`lock table ${budgetAccounts} in share row exclusive mode`)
    const spent = await spentSoFar(tx, account, now)
    await tx
      .insert(budgetAccounts)
      .values({ scope, scopeId, period, startsAt: periodStart(period, now), ...spent })
      .onConflictDoNothing()
  })
}

async function spentSoFar(
  db: Reader,
  account: Account,
  now: Date,
): Promise<{ readonly tokens: number; readonly micros: number }> {
  const [spent] = await db
    .select({
      tokens: sql<number>`coalesce(sum(prompt_tokens + completion_tokens), 0)::float8`,
      micros: sql<number>`coalesce(sum(cost_micros), 0)::float8`,
    })
    .from(usage)
    .where(and(gte(usage.at, periodStart(account.period, now)), usageOf(account)))
  return spent ?? { tokens: 0, micros: 0 }
}

function usageOf({ scope, scopeId }: Account): SQL | undefined {
  switch (scope) {
    case 'hub':
      return undefined
    case 'workspace':
      return sql`${usage.workspaceId} = ${scopeId}`
    case 'channel':
      return sql`${usage.channelId} = ${scopeId}`
    case 'person':
      return sql`${usage.personId} = ${scopeId}`
    default:
      return scope satisfies never
  }
}

function callsOf({ scope, scopeId }: Account): SQL | undefined {
  switch (scope) {
    case 'hub':
      return undefined
    case 'workspace':
      return sql`${openCalls.workspaceId} = ${scopeId}`
    case 'channel':
      return sql`${openCalls.channelId} = ${scopeId}`
    case 'person':
      return sql`${openCalls.personId} = ${scopeId}`
    default:
      return scope satisfies never
  }
}

/** `lock`: nobody else may reserve of these accounts until the transaction ends. */
export async function standingsOf(
  db: Reader,
  rows: readonly BudgetRow[],
  now: Date,
  lock = false,
): Promise<readonly BudgetStanding[]> {
  if (rows.length === 0) return []
  const query = db
    .select()
    .from(budgetAccounts)
    .where(or(...rows.map((row) => isAccount(row, now))))
    .orderBy(asc(budgetAccounts.scope), asc(budgetAccounts.scopeId), asc(budgetAccounts.period))
  const accounts = await (lock ? query.for('update') : query)
  return await Promise.all(
    rows.map(async (row): Promise<BudgetStanding> => {
      const account =
        accounts.find(
          ({ scope, scopeId, period }) =>
            scope === row.scope && scopeId === row.scopeId && period === row.period,
        ) ?? (await spentSoFar(db, row, now))
      const [open] = await db
        .select({
          tokens: sql<number>`coalesce(sum(prompt_tokens + output_tokens), 0)::float8`,
          micros: sql<number>`coalesce(sum(micros), 0)::float8`,
        })
        .from(openCalls)
        .where(callsOf(row))
      const inTokens = row.unit === 'tokens'
      return {
        scope: row.scope,
        period: row.period,
        unit: row.unit,
        limit: row.most,
        spent: inTokens ? account.tokens : account.micros,
        reserved: (inTokens ? open?.tokens : open?.micros) ?? 0,
        lowAt: row.lowAt,
        whenLow: row.whenLow,
        cheaperModel: row.cheaperModel ?? undefined,
        resetsAt: periodEnd(row.period, now),
      }
    }),
  )
}

/** The first statement of whatever writes down use, so that no account is opened meanwhile. */
export async function holdAccounts(tx: Transaction): Promise<void> {
  await tx.execute(sql`lock table ${budgetAccounts} in row exclusive mode`)
}

/** Adds to the accounts that are open, in the order in which everybody locks them. */
export async function addToAccounts(
  tx: Transaction,
  spender: Spender,
  spent: { readonly tokens: number; readonly micros: number },
  now: Date,
): Promise<void> {
  const mine = or(...accountsOf(spender).map((account) => isAccount(account, now)))
  const rows = await tx
    .select({
      scope: budgetAccounts.scope,
      scopeId: budgetAccounts.scopeId,
      period: budgetAccounts.period,
    })
    .from(budgetAccounts)
    .where(mine)
    .orderBy(asc(budgetAccounts.scope), asc(budgetAccounts.scopeId), asc(budgetAccounts.period))
    .for('update')
  if (rows.length === 0) return
  await tx
    .update(budgetAccounts)
    .set({ tokens: sql`tokens + ${spent.tokens}`, micros: sql`micros + ${spent.micros}` })
    .where(mine)
}

export async function priceOf(db: Reader, model: string | undefined): Promise<Price | undefined> {
  if (model === undefined) return undefined
  const [row] = await db.select().from(prices).where(eq(prices.model, model))
  return row
}
