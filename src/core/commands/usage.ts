import { type BudgetStanding, left } from '../../model/budget.ts'
import { type SentenceKey, sentence } from '../../model/sentence.ts'
import type { Language } from '../../model/settings.ts'
import type { UsageTotals } from '../../ports/ingest-store.ts'
import { inMoney, say } from '../wording.ts'
import type { Command } from './command.ts'

export const usage: Command = async ({ tx, place }) => {
  const { own, workspace, currency } = await tx.usageToday(place)
  const { language } = place
  const line = (key: SentenceKey, totals: UsageTotals) =>
    say(
      sentence(key, {
        replies: totals.replies,
        tokens: totals.promptTokens + totals.completionTokens,
        runs: totals.runs,
        minutes: Math.ceil(totals.audioMs / 60_000),
        priced: totals.costMicros > 0 ? 'yes' : 'no',
        cost: inMoney(totals.costMicros, currency, language),
      }),
      language,
    )
  const budgets = (await tx.budgets(place)).map((one) => budgetLine(one, currency, language))
  const parts = [line('command.usage.own', own), line('command.usage.workspace', workspace)]
  return { kind: 'say', text: [...parts, ...(budgets.length > 0 ? [budgets.join('\n')] : [])].join('\n\n') }
}

function budgetLine(budget: BudgetStanding, currency: string, language: Language): string {
  const { scope, period, unit, limit, resetsAt } = budget
  const amount = (value: number) =>
    unit === 'money'
      ? inMoney(value, currency, language)
      : say(sentence('command.usage.tokens', { tokens: value }), language)
  const resets = `${resetsAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const values = { scope, period, left: amount(left(budget)), limit: amount(limit), resets }
  return `- ${say(sentence('command.usage.budget', values), language)}`
}
