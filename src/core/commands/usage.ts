import { type SentenceKey, sentence } from '../../model/sentence.ts'
import type { UsageTotals } from '../../ports/ingest-store.ts'
import { say } from '../wording.ts'
import type { Command } from './command.ts'

export const usage: Command = async ({ tx, place }) => {
  const { own, workspace } = await tx.usageToday(place)
  const line = (key: SentenceKey, totals: UsageTotals) =>
    say(
      sentence(key, {
        replies: totals.replies,
        tokens: totals.promptTokens + totals.completionTokens,
        runs: totals.runs,
        minutes: Math.ceil(totals.audioMs / 60_000),
      }),
      place.language,
    )
  return {
    kind: 'say',
    text: `${line('command.usage.own', own)}\n\n${line('command.usage.workspace', workspace)}`,
  }
}
