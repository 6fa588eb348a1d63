import type { AnswerId, PartId, TurnId } from '../model/ids.ts'
import type { ClaimedTurn, Step } from '../model/work.ts'
import type { Observer } from '../ports/observer.ts'
import type { AnswerStore, TurnStore } from '../ports/turn-store.ts'

/** What this process knows of a turn that it works on, or worked on and handed to another step. */
interface Watched {
  readonly step: Step
  /** Milliseconds since 1970. */
  readonly arrivedAt: number
  readonly claimedAt: number
  /** Nobody worked on it before this process did. */
  begun: boolean
  answerId?: AnswerId
  /** The first part of an answer of which nothing was visible. */
  partId?: PartId
}

/** Turns that were handed on and ended elsewhere are forgotten as others come. */
const MOST_WATCHED = 5_000

/**
 * The same stores, observed. Which turns are begun for the first time is seen by their answer being empty, so
 * that answers which are redone, perhaps hours later, do not count as long waits.
 */
export function observeTurns(
  { turns, answers }: { readonly turns: TurnStore; readonly answers: AnswerStore },
  observer: Observer,
): { readonly turns: TurnStore; readonly answers: AnswerStore } {
  const watched = new Map<TurnId, Watched>()
  const byAnswer = new Map<AnswerId, Watched>()
  const byPart = new Map<PartId, Watched>()

  const forget = (id: TurnId): void => {
    const known = watched.get(id)
    if (!known) return
    watched.delete(id)
    if (known.answerId !== undefined) byAnswer.delete(known.answerId)
    if (known.partId !== undefined) byPart.delete(known.partId)
  }
  const watch = (turn: ClaimedTurn): void => {
    const begun = watched.get(turn.id)?.begun ?? false
    forget(turn.id)
    const [oldest] = watched.keys()
    if (watched.size >= MOST_WATCHED && oldest !== undefined) forget(oldest)
    const claimedAt = Date.now()
    watched.set(turn.id, { step: turn.step, begun, claimedAt, arrivedAt: timeOf(turn.id) ?? claimedAt })
  }

  return {
    turns: {
      ...turns,
      async claim(step, owner, leaseMs) {
        const turn = await turns.claim(step, owner, leaseMs)
        if (!turn) return turn
        watch(turn)
        if (turn.deaths > 0) observer.turnResumed(turn.step)
        return turn
      },
      async hand(lease, turnId, next) {
        const step = await turns.hand(lease, turnId, next)
        if (next.error) observer.turnRetried(next.step, next.error.code)
        return step
      },
      async end(lease, turnId, end, error) {
        const ending = await turns.end(lease, turnId, end, error)
        const known = watched.get(turnId)
        if (ending.ended && known) {
          const tookMs = known.begun ? since(known.arrivedAt) : undefined
          observer.turnEnded(known.step, end, error?.code, tookMs)
        }
        forget(turnId)
        return ending
      },
      async release(lease, turnId) {
        forget(turnId)
        await turns.release(lease, turnId)
      },
    },
    answers: {
      ...answers,
      async open(turn) {
        const answer = await answers.open(turn)
        const known = watched.get(turn.id)
        if (!known || answer.parts.length > 0) return answer
        known.answerId = answer.id
        byAnswer.set(answer.id, known)
        const first = turn.attempts === 0 && turn.deaths === 0 && answer.preface === '' && answer.text === ''
        if (first && !known.begun) {
          known.begun = true
          observer.turnBegun(known.step, Math.max(0, known.claimedAt - known.arrivedAt))
        }
        return answer
      },
      async addPart(answerId, position) {
        const part = await answers.addPart(answerId, position)
        const known = byAnswer.get(answerId)
        if (known && known.partId === undefined) {
          known.partId = part.id
          byPart.set(part.id, known)
        }
        return part
      },
      async recordPosted(partId, externalId, digest) {
        await answers.recordPosted(partId, externalId, digest)
        const known = byPart.get(partId)
        if (known) observer.firstVisible(since(known.arrivedAt))
        byPart.delete(partId)
      },
    },
  }
}

function since(time: number): number {
  return Math.max(0, Date.now() - time)
}

/** Ids of turns are UUIDs of version 7: their first 48 bits are the time at which the message was stored. */
function timeOf(id: TurnId): number | undefined {
  const hex = id.replaceAll('-', '')
  return hex[12] === '7' ? Number.parseInt(hex.slice(0, 12), 16) : undefined
}
