import { z } from 'zod'
import { BUDGET_PERIODS, BUDGET_SCOPES, BUDGET_UNITS, WHEN_LOW } from '../../model/budget.ts'
import type { BudgetId } from '../../model/ids.ts'
import type { Admin } from '../../ports/admin-store.ts'
import type { Budget, ModelPrice } from '../../ports/budget-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { actorOf } from './actor.ts'

/** A number of tokens, or an amount of money. */
const amount = z.number().min(0).max(1_000_000_000_000)

export const budgetSchema = z.strictObject({
  scope: z.enum(BUDGET_SCOPES),
  id: z
    .union([z.uuid(), z.literal('')])
    .default('')
    .describe('Of workspace, channel or person; absent: each that has no budget of its own'),
  period: z.enum(BUDGET_PERIODS),
  unit: z.enum(BUDGET_UNITS),
  limit: amount.describe('Tokens, or money'),
  whenLow: z.enum(WHEN_LOW).default('refuse'),
  lowAtPercent: z.number().min(0).max(100).default(80),
  cheaperModel: z
    .string()
    .trim()
    .max(200)
    .optional()
    .transform((name) => name || undefined),
})

const price = z.number().min(0).max(1_000_000)
export const priceSchema = z.strictObject({
  model: z.string().trim().min(1).max(200),
  prompt: price.default(0).describe('Money for a million tokens read'),
  completion: price.default(0).describe('Money for a million tokens written'),
  audioMinute: price.default(0).describe('Money for a minute of speech'),
})

export async function putBudget(
  { budgets, audit }: WebParts,
  given: z.infer<typeof budgetSchema>,
  admin: Admin,
): Promise<Budget> {
  const { scope, period, unit, limit, whenLow, lowAtPercent, cheaperModel } = given
  if (whenLow === 'cheaper' && cheaperModel === undefined) {
    throw new WebFault('invalid', { fields: { cheaperModel: { key: 'admin.field.required' } } })
  }
  const scopeId = scope === 'hub' ? '' : given.id
  const id = await budgets.put({
    ...{ scope, scopeId, period, unit, whenLow, cheaperModel },
    limit: unit === 'money' ? Math.round(limit * 1_000_000) : Math.floor(limit),
    lowAt: lowAtPercent / 100,
  })
  await audit.record({
    actor: actorOf(admin),
    action: 'budget.set',
    target: `budget:${id}`,
    after: { ...given, id: scopeId, cheaperModel: cheaperModel ?? null },
  })
  const made = (await budgets.list()).find((one) => one.id === id)
  if (made === undefined) throw new WebFault('not_found')
  return made
}

export async function removeBudget({ budgets, audit }: WebParts, id: BudgetId, admin: Admin): Promise<void> {
  const known = (await budgets.list()).find((one) => one.id === id)
  if (known === undefined || !(await budgets.remove(id))) throw new WebFault('not_found')
  const { scope, scopeId, period, unit, limit } = known
  await audit.record({
    actor: actorOf(admin),
    action: 'budget.removed',
    target: `budget:${id}`,
    before: { scope, id: scopeId, period, unit, limit },
  })
}

export async function putPrice(
  { budgets, audit }: WebParts,
  price: z.infer<typeof priceSchema>,
  admin: Admin,
): Promise<ModelPrice> {
  const before = (await budgets.prices()).find(({ model }) => model === price.model)
  await budgets.putPrice(price)
  await audit.record({
    actor: actorOf(admin),
    action: 'price.set',
    target: `price:${price.model}`,
    ...(before === undefined ? {} : { before }),
    after: price,
  })
  return price
}

export async function removePrice({ budgets, audit }: WebParts, model: string, admin: Admin): Promise<void> {
  const before = (await budgets.prices()).find((one) => one.model === model)
  if (before === undefined || !(await budgets.removePrice(model))) throw new WebFault('not_found')
  await audit.record({ actor: actorOf(admin), action: 'price.removed', target: `price:${model}`, before })
}
