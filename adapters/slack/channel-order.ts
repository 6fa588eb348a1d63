import { setTimeout as delay } from 'node:timers/promises'
import { HubError } from '../../src/model/errors.ts'

/** Runs work of one channel one after the other; the next begins when the former has called `passOn` or is over. */
export type InChannelOrder = <Result>(
  channel: string,
  work: (passOn: () => void) => Promise<Result>,
) => Promise<Result>

const MAX_WAITING = 2_000
/** What hangs must not hold up its channel for ever. */
const PATIENCE_MS = 10_000

/** Bounded: beyond 2,000 waiting it rejects, so that the platform delivers again. */
export function createChannelOrder(): InChannelOrder {
  const last = new Map<string, Promise<void>>()
  let waiting = 0
  return async (channel, work) => {
    if (waiting >= MAX_WAITING) {
      throw new HubError('intake_full', 'too many events wait to be taken in', { retry: { kind: 'later' } })
    }
    const before = last.get(channel)
    const { promise: turn, resolve: passOn } = Promise.withResolvers<void>()
    last.set(channel, turn)
    waiting += 1
    try {
      if (before !== undefined) await Promise.race([before, delay(PATIENCE_MS, undefined, { ref: false })])
      return await work(passOn)
    } finally {
      waiting -= 1
      passOn()
      if (last.get(channel) === turn) last.delete(channel)
    }
  }
}
