import type { TurnId } from '../../model/ids.ts'
import type { Admin } from '../../ports/admin-store.ts'
import { WebFault } from '../fault.ts'
import type { WebParts } from '../parts.ts'
import { actorOf } from './actor.ts'

/** Rejects with `settled` when somebody was quicker. */
export async function retryTurn(parts: WebParts, id: TurnId, admin: Admin): Promise<void> {
  const step = await parts.deadLetters.retry(id, actorOf(admin))
  if (step === undefined) throw new WebFault('settled')
  // A queue that is down loses nothing: the sweeper finds the turn.
  await parts
    .wake(step)
    .catch((error: unknown) =>
      parts.log.warn({ err: error, turn: id }, 'nobody was woken for a retried turn'),
    )
}

/** Rejects with `settled` when somebody was quicker. */
export async function discardTurn({ deadLetters }: WebParts, id: TurnId, admin: Admin): Promise<void> {
  if (!(await deadLetters.discard(id, actorOf(admin)))) throw new WebFault('settled')
}
