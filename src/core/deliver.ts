import { setTimeout as delay } from 'node:timers/promises'
import { asHubError } from '../model/errors.ts'
import type { AnswerId } from '../model/ids.ts'
import type { Answer } from '../model/work.ts'
import type { Logger } from '../ports/logger.ts'
import type { Sender } from '../ports/sender.ts'
import type { SenderDirectory } from '../ports/sender-directory.ts'
import type { AnswerStore } from '../ports/turn-store.ts'
import { removeAnswer } from './retraction.ts'
import { isFinal } from './retries.ts'
import { asContents, createShowing, type Showing, textBesideFiles } from './showing.ts'

/** Waits up to this long are sat out; longer ones are handed to a later delivery. */
export const PATIENCE_MS = 15_000
const QUICK_TRIES = 3
const QUICK_BACKOFF_MS = 500

/**
 * Lands the final form of a complete answer. Rejects with the platform's error when it could not be shown
 * within a short time; one that is final (`isFinal`) leaves the answer undeliverable.
 */
export async function deliverWhole(options: {
  readonly answer: Answer
  readonly showing: Showing
  readonly sender: Sender
  readonly store: AnswerStore
  readonly signal: AbortSignal
}): Promise<void> {
  const { answer, showing, sender, store, signal } = options
  const contents = asContents(
    sender.format(textBesideFiles(answer, showing.files), answer.target),
    answer.controls,
  )
  for (let tries = 1; ; tries++) {
    try {
      await showing.show(contents, true, signal)
      await store.settle(answer.id, 'delivered')
      return
    } catch (error) {
      signal.throwIfAborted()
      const failure = asHubError(error)
      if (failure.code === 'lease_lost') throw failure
      if (isFinal(failure)) {
        await store.settle(answer.id, 'undeliverable')
        throw failure
      }
      const wait = failure.retry.kind === 'after' ? failure.retry.ms : QUICK_BACKOFF_MS * 2 ** tries
      if (failure.retry.kind === 'never' || wait > PATIENCE_MS || tries >= QUICK_TRIES) throw failure
      await delay(wait, undefined, { signal })
    }
  }
}

const DELIVERY_LEASE_MS = 30_000
const MAX_ATTEMPTS = 12

/** Delivers answers given at once: the named one right after it was written, the others when the sweeper asks. */
export function createDelivery(options: {
  readonly store: AnswerStore
  readonly senders: SenderDirectory
  readonly log: Logger
  readonly signal: AbortSignal
}): (answerId?: AnswerId) => Promise<boolean> {
  const { store, senders, log } = options
  return async (answerId) => {
    const answer = await store.claimUndelivered(DELIVERY_LEASE_MS, answerId)
    if (!answer) return false
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(DELIVERY_LEASE_MS - 5_000)])
    try {
      const sender = await senders.of(answer.connectionId)
      if (answer.state === 'retracted') {
        await removeAnswer({ answer, sender, store, signal })
        return true
      }
      const showing = createShowing({ answer, sender, store, lease: undefined })
      await deliverWhole({ answer, showing, sender, store, signal })
    } catch (error) {
      const failure = asHubError(error)
      log.warn({ answerId: answer.id, code: failure.code, err: failure }, 'an answer could not be delivered')
      if (isFinal(failure) || answer.attempts >= MAX_ATTEMPTS) {
        // What cannot be taken back is not tried for ever.
        if (answer.state === 'retracted') for (const { id } of answer.parts) await store.removePart(id)
        await store.settle(answer.id, 'undeliverable')
      } else
        await store.postpone(
          answer.id,
          failure.retry.kind === 'after' ? failure.retry.ms : 1000 * 2 ** answer.attempts,
        )
    }
    return true
  }
}
