import { HubError } from '../model/errors.ts'
import type { ExternalId } from '../model/ids.ts'
import type { Target } from '../model/outbound.ts'
import type { Answer } from '../model/work.ts'
import type { Sender } from '../ports/sender.ts'
import type { AnswerStore } from '../ports/turn-store.ts'

/** Tries for which a post under way is waited for; then it is taken for lost. */
const PATIENT_TRIES = 3

/** Removes what an answer that was taken back still shows, the last part first. */
export async function removeAnswer(options: {
  readonly answer: Answer
  readonly sender: Sender
  readonly store: AnswerStore
  readonly signal: AbortSignal
}): Promise<void> {
  const { answer, sender, store, signal } = options
  for (const part of answer.parts.toReversed()) {
    const shown =
      part.externalId ??
      (part.inDoubt ? await sender.findPosted?.(answer.target, part.key, signal) : undefined)
    if (part.inDoubt && shown === undefined && answer.attempts < PATIENT_TRIES) {
      throw new HubError('post_under_way', 'a part of the answer may just be appearing', {
        retry: { kind: 'after', ms: 1_000 * 4 ** answer.attempts },
      })
    }
    if (shown !== undefined) await removeShown(sender, answer.target, shown, signal)
    await store.removePart(part.id)
  }
}

/** What the platform lets nobody remove stays. */
export async function removeShown(
  sender: Sender,
  target: Target,
  externalId: ExternalId,
  signal: AbortSignal,
): Promise<void> {
  try {
    await sender.remove(target, externalId, signal)
  } catch (error) {
    const refused =
      error instanceof HubError && (error.code === 'platform_forbidden' || error.code === 'platform_rejected')
    if (!refused) throw error
  }
}
