import { say } from '../../src/core/wording.ts'
import { sentence } from '../../src/model/sentence.ts'
import type { TurnStore } from '../../src/ports/turn-store.ts'
import type { LiveTurn } from '../live-turn.ts'

const MOST_REASONING = 1_500

/** Says how many answers get a place on the server before; takes it back when the place is there. */
export async function tellAhead(
  { turns }: { readonly turns: TurnStore },
  { turn, answer, live }: LiveTurn,
  server: string,
  ahead: number,
): Promise<void> {
  if (ahead > 0) await turns.decide(turn, { code: 'waited', detail: { server, ahead } })
  const told = ahead > 0 ? say(sentence('answer.ahead', { count: ahead }), turn.language) : ''
  await live.introduce([answer.preface, told].filter(Boolean).join('\n\n'))
}

/** What the model thought, as a quote before its answer; of much the end, where it comes to its point. */
export async function showReasoning({ turn, answer, live }: LiveTurn, reasoning: string): Promise<void> {
  const heading = say(sentence('answer.reasoning'), turn.language)
  // An answer that is gone on with shows it already.
  if (answer.preface.includes(heading)) return
  const whole = reasoning.trim()
  const kept = whole.length > MOST_REASONING ? `… ${whole.slice(-MOST_REASONING)}` : whole
  const quote = [heading, ...kept.split(/\n+/)].map((line) => `> ${line}`).join('\n')
  await live.introduce([answer.preface, quote].filter(Boolean).join('\n\n'))
}
