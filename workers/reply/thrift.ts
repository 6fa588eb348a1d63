import { type BudgetStanding, isLow } from '../../src/model/budget.ts'
import type { EffectiveSettings } from '../../src/model/settings.ts'
import type { Decision } from '../../src/model/work.ts'

/** A short answer: a few paragraphs. */
const SHORT_TOKENS = 300

export interface Thrift {
  readonly settings: EffectiveSettings
  readonly decisions: readonly Decision[]
}

/** The settings as they count while budgets are low, and what to tell about it. */
export function thrifty(settings: EffectiveSettings, standings: readonly BudgetStanding[]): Thrift {
  const low = standings.filter(isLow)
  const decisions: Decision[] = []
  let { model, maxOutputTokens } = settings
  for (const { scope, period, whenLow, cheaperModel } of low) {
    if (whenLow === 'cheaper' && cheaperModel !== undefined && cheaperModel !== model) {
      model = cheaperModel
      decisions.push({ code: 'budget_cheaper', detail: { scope, period, model: cheaperModel } })
    }
    if (whenLow === 'shorter' && (maxOutputTokens ?? Number.POSITIVE_INFINITY) > SHORT_TOKENS) {
      maxOutputTokens = SHORT_TOKENS
      decisions.push({ code: 'budget_shorter', detail: { scope, period, tokens: SHORT_TOKENS } })
    }
  }
  return { settings: { ...settings, model, maxOutputTokens }, decisions }
}
