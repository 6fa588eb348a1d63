import type {
  BudgetPeriod,
  BudgetScope,
  BudgetStanding,
  BudgetUnit,
  Price,
  WhenLow,
} from '../model/budget.ts'
import type { BudgetId } from '../model/ids.ts'

export interface NewBudget {
  readonly scope: BudgetScope
  /** Empty: the hub, or each of that scope that has none of its own. */
  readonly scopeId: string
  readonly period: BudgetPeriod
  readonly unit: BudgetUnit
  /** Tokens, or millionths of money. */
  readonly limit: number
  readonly lowAt: number
  readonly whenLow: WhenLow
  readonly cheaperModel: string | undefined
}

export interface Budget extends NewBudget {
  readonly id: BudgetId
  /** Of workspace, channel or person; undefined: gone, or a budget of each. */
  readonly name: string | undefined
  /** Of each: the one that used most of it in this period. */
  readonly standing: BudgetStanding
  /** Whose standing it is, where the budget is of each. */
  readonly heaviest: string | undefined
}

export interface ModelPrice extends Price {
  readonly model: string
}

/** Budgets and prices as an admin sees them. */
export interface BudgetStore {
  list(): Promise<readonly Budget[]>
  /** Sets what this scope may use of this unit in this period, whether or not it was set before. */
  put(budget: NewBudget): Promise<BudgetId>
  /** False: unknown. */
  remove(id: BudgetId): Promise<boolean>
  prices(): Promise<readonly ModelPrice[]>
  putPrice(price: ModelPrice): Promise<void>
  removePrice(model: string): Promise<boolean>
}
