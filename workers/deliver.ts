import { deliverWhole } from '../src/core/deliver.ts'
import { createShowing } from '../src/core/showing.ts'
import type { SenderDirectory } from '../src/ports/sender-directory.ts'
import type { AnswerStore } from '../src/ports/turn-store.ts'
import { MAX_DEATHS } from './live-turn.ts'
import type { PerformStep } from './turn.ts'

/** Lands an answer whose text is whole but which its platform did not take yet. */
export function createDeliverStep(parts: {
  readonly answers: AnswerStore
  readonly senders: SenderDirectory
}): PerformStep {
  return async (turn, signal) => {
    const sender = await parts.senders.of(turn.connectionId)
    const answer = await parts.answers.open(turn)
    if (turn.deaths >= MAX_DEATHS) {
      await parts.answers.settle(answer.id, 'undeliverable')
      const error = { code: 'quarantined', message: 'showing it ended its worker again and again' }
      return { kind: 'end', end: 'failed', error }
    }
    if (answer.state === 'complete') {
      const showing = createShowing({ answer, sender, store: parts.answers, lease: turn.lease })
      await deliverWhole({ answer, showing, sender, store: parts.answers, signal })
    }
    return { kind: 'end', end: turn.stopRequested ? 'stopped' : 'done' }
  }
}
