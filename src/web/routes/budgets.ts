import { z } from 'zod'
import { BUDGET_PERIODS, BUDGET_SCOPES, BUDGET_UNITS, WHEN_LOW } from '../../model/budget.ts'
import type { BudgetId } from '../../model/ids.ts'
import type { Budget } from '../../ports/budget-store.ts'
import {
  budgetSchema,
  priceSchema,
  putBudget,
  putPrice,
  removeBudget,
  removePrice,
} from '../actions/budgets.ts'
import type { WebParts } from '../parts.ts'
import { type App, sessionOf } from '../request.ts'
import { errorShape, idOf } from './shapes.ts'

const budgetShape = z.object({
  id: z.string(),
  scope: z.enum(BUDGET_SCOPES),
  target: z.string().nullable().describe('Of workspace, channel or person; null: the hub, or each'),
  name: z.string().nullable(),
  period: z.enum(BUDGET_PERIODS),
  unit: z.enum(BUDGET_UNITS),
  limit: z.number(),
  spent: z.number().describe('Of each: by the one that used most'),
  reserved: z.number().describe('By answers under way'),
  heaviest: z.string().nullable(),
  whenLow: z.enum(WHEN_LOW),
  lowAtPercent: z.number(),
  cheaperModel: z.string().nullable(),
  resetsAt: z.string(),
})
const priceShape = z.object({
  model: z.string(),
  prompt: z.number(),
  completion: z.number(),
  audioMinute: z.number(),
})
const done = { 204: z.undefined().describe('Done'), '4xx': errorShape }

export function addBudgetRoutes(api: App, parts: WebParts): void {
  api.get(
    '/budgets',
    {
      schema: {
        summary: 'Budgets, and what of them is used',
        response: { 200: z.array(budgetShape), '4xx': errorShape },
      },
    },
    async () => (await parts.budgets.list()).map(shown),
  )
  api.put(
    '/budgets',
    {
      schema: {
        summary: 'Set a budget; the one for the same scope, period and unit is replaced',
        body: budgetSchema,
        response: { 200: budgetShape, '4xx': errorShape },
      },
    },
    async (request) => shown(await putBudget(parts, request.body, sessionOf(request).admin)),
  )
  api.delete(
    '/budgets/:id',
    {
      schema: { summary: 'Remove a budget', params: z.object({ id: idOf<BudgetId>() }), response: done },
    },
    async (request, reply) => {
      await removeBudget(parts, request.params.id, sessionOf(request).admin)
      return reply.code(204).send()
    },
  )

  api.get(
    '/prices',
    { schema: { summary: 'The price list', response: { 200: z.array(priceShape), '4xx': errorShape } } },
    async () => [...(await parts.budgets.prices())],
  )
  api.put(
    '/prices',
    {
      schema: {
        summary: "Set a model's price",
        body: priceSchema,
        response: { 200: priceShape, '4xx': errorShape },
      },
    },
    async (request) => putPrice(parts, request.body, sessionOf(request).admin),
  )
  api.delete(
    '/prices',
    {
      schema: {
        summary: "Remove a model's price",
        querystring: z.object({ model: z.string() }),
        response: done,
      },
    },
    async (request, reply) => {
      await removePrice(parts, request.query.model, sessionOf(request).admin)
      return reply.code(204).send()
    },
  )
}

function shown(budget: Budget): z.infer<typeof budgetShape> {
  const { id, scope, scopeId, name, period, unit, limit, standing, heaviest, whenLow, lowAt } = budget
  const amount = (value: number) => (unit === 'money' ? value / 1_000_000 : value)
  return {
    ...{ id, scope, period, unit, whenLow },
    target: scopeId === '' ? null : scopeId,
    name: name ?? null,
    limit: amount(limit),
    spent: amount(standing.spent),
    reserved: amount(standing.reserved),
    heaviest: heaviest ?? null,
    lowAtPercent: Math.round(lowAt * 100),
    cheaperModel: budget.cheaperModel ?? null,
    resetsAt: standing.resetsAt.toISOString(),
  }
}
