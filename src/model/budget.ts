export const BUDGET_SCOPES = ['hub', 'workspace', 'channel', 'person'] as const
export type BudgetScope = (typeof BUDGET_SCOPES)[number]

/** Days and months begin at midnight UTC. */
export const BUDGET_PERIODS = ['day', 'month'] as const
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number]

export const BUDGET_UNITS = ['tokens', 'money'] as const
export type BudgetUnit = (typeof BUDGET_UNITS)[number]

/**
 * What becomes of answers once most of a budget is used. Whatever it is, nothing is asked that could exceed it.
 * - `refuse`: full answers as long as one fits, then a refusal that names the reset.
 * - `shorter`: short answers, down to what is left.
 * - `cheaper`: answers by another model.
 */
export const WHEN_LOW = ['refuse', 'shorter', 'cheaper'] as const
export type WhenLow = (typeof WHEN_LOW)[number]

/** In money per million tokens, or per minute of speech. */
export interface Price {
  readonly prompt: number
  readonly completion: number
  readonly audioMinute: number
}

export interface Amount {
  readonly promptTokens: number
  readonly completionTokens: number
  readonly audioMs?: number
}

/** Millionths of the currency's unit, rounded up. No price: nothing. */
export function costMicros(price: Price | undefined, amount: Amount): number {
  if (!price) return 0
  const { promptTokens, completionTokens, audioMs = 0 } = amount
  const exact =
    promptTokens * price.prompt +
    completionTokens * price.completion +
    (audioMs / 60_000) * price.audioMinute * 1_000_000
  // Products of decimals end in noise such as 12.000000000000002.
  return Math.ceil(Number(exact.toFixed(6)))
}

/** Where a budget of one scope stands now. `limit`, `spent` and `reserved` are tokens, or millionths of money. */
export interface BudgetStanding {
  readonly scope: BudgetScope
  readonly period: BudgetPeriod
  readonly unit: BudgetUnit
  readonly limit: number
  readonly spent: number
  /** By calls that are under way. */
  readonly reserved: number
  /** From this share of the limit on, 0 to 1, `whenLow` counts. */
  readonly lowAt: number
  readonly whenLow: WhenLow
  /** The model that answers then. */
  readonly cheaperModel: string | undefined
  readonly resetsAt: Date
}

export function isLow({ spent, reserved, limit, lowAt }: BudgetStanding): boolean {
  return spent + reserved >= limit * lowAt
}

export function left({ limit, spent, reserved }: BudgetStanding): number {
  return Math.max(0, limit - spent - reserved)
}

export function periodStart(period: BudgetPeriod, now: Date): Date {
  const day = period === 'day' ? now.getUTCDate() : 1
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), day))
}

export function periodEnd(period: BudgetPeriod, now: Date): Date {
  return period === 'day'
    ? new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1))
    : new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1))
}

/** The most tokens of an answer that every budget still pays for, at most `wanted`; below zero: not even the prompt. */
export function affordable(
  standings: readonly BudgetStanding[],
  promptTokens: number,
  wanted: number,
  price: Price | undefined,
): { readonly tokens: number; readonly by: BudgetStanding | undefined } {
  let tokens = wanted
  let by: BudgetStanding | undefined
  for (const standing of standings) {
    const fits = fitting(standing, promptTokens, wanted, price)
    if (fits < tokens) {
      tokens = fits
      by = standing
    }
  }
  return { tokens, by }
}

function fitting(
  standing: BudgetStanding,
  promptTokens: number,
  wanted: number,
  price: Price | undefined,
): number {
  const room = left(standing)
  if (standing.unit === 'tokens') return room - promptTokens
  if (costMicros(price, { promptTokens, completionTokens: wanted }) <= room) return wanted
  const rest = room - costMicros(price, { promptTokens, completionTokens: 0 })
  if (rest < 0 || !price || price.completion <= 0) return -1
  return Math.floor(rest / price.completion)
}
