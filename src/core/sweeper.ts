import type { CallLedger } from '../ports/call-ledger.ts'
import type { TicketQueue } from '../ports/ticket-queue.ts'
import type { AnswerStore, TurnStore } from '../ports/turn-store.ts'

/**
 * Finds stored work that no ticket carries: a queue that lost everything, a worker that died, a wake that
 * did not arrive. A ticket too many does no harm.
 */
export function createSweep(parts: {
  readonly turns: TurnStore
  readonly answers: AnswerStore
  readonly queue: TicketQueue
  readonly ledger: Pick<CallLedger, 'settleAbandoned'>
  readonly deliver: () => Promise<boolean>
}): () => Promise<void> {
  const { turns, answers, queue, ledger, deliver } = parts
  return async () => {
    for (const step of await turns.claimableSteps()) await queue.wake(step)
    await ledger.settleAbandoned()
    while (await answers.hasUndelivered()) {
      if (!(await deliver())) break
    }
  }
}
