import { setTimeout as delay } from 'node:timers/promises'
import { asHubError } from '../model/errors.ts'
import type { ConnectionId } from '../model/ids.ts'
import type { CallBudget } from '../ports/call-budget.ts'
import type { Logger } from '../ports/logger.ts'
import type { RateLedger } from '../ports/rate-ledger.ts'
import type { Signals } from '../ports/signals.ts'
import { createCallBudget, type SharedCallBudget } from './call-budget.ts'
import { createLocalLedger } from './local-ledger.ts'

const ANSWER_LIMIT_MS = 300
/** How long a shared ledger that did not answer is left alone. */
const REST_MS = 5_000

/** The budgets of all connections, shared with the other processes. */
export function createCallBudgets(parts: {
  readonly ledger: RateLedger
  readonly signals: Signals
  readonly log: Logger
}): { of(connectionId: ConnectionId): CallBudget; close(): void } {
  const { signals, log } = parts
  const ledger = withFallback(parts.ledger, log)
  const budgets = new Map<string, SharedCallBudget>()
  const own = new Set<string>()

  const unsubscribe = signals.subscribe('limits', (payload) => {
    const [scope = '', asked = '', number = '', ...name] = payload.split(' ')
    // One's own words come back too.
    if (own.delete(payload)) return
    const askedMs = Number(asked)
    if (number === '' || !Number.isFinite(askedMs)) return
    budgets.get(scope)?.heard({ bucket: name.join(' '), askedMs, agoMs: 0 })
  })

  let told = 0
  return {
    of(connectionId) {
      const known = budgets.get(connectionId)
      if (known) return known
      const budget = createCallBudget({
        scope: connectionId,
        ledger,
        tell({ bucket, askedMs }) {
          told += 1
          const payload = `${connectionId} ${askedMs} ${process.pid}.${told} ${bucket}`
          own.add(payload)
          const [oldest] = own
          if (own.size > 1_000 && oldest !== undefined) own.delete(oldest)
          signals
            .publish('limits', payload)
            .catch((error: unknown) => log.debug({ err: error }, 'a rate limit could not be told to others'))
        },
      })
      budgets.set(connectionId, budget)
      return budget
    },
    close: unsubscribe,
  }
}

/** A shared ledger that is away or slow must hold up no answer: each process then keeps its own. */
function withFallback(shared: RateLedger, log: Logger): RateLedger {
  const local = createLocalLedger()
  let restUntil = 0

  const either = async <Result>(ask: (ledger: RateLedger) => Promise<Result>): Promise<Result> => {
    if (performance.now() < restUntil) return await ask(local)
    const enough = new AbortController()
    try {
      return await Promise.race([
        ask(shared),
        delay(ANSWER_LIMIT_MS, undefined, { signal: enough.signal }).then((): never => {
          throw new Error(`no answer within ${ANSWER_LIMIT_MS} ms`)
        }),
      ])
    } catch (error) {
      restUntil = performance.now() + REST_MS
      log.warn(
        { err: asHubError(error) },
        'the shared rate limits cannot be reached; this process keeps its own',
      )
      return await ask(local)
    } finally {
      enough.abort()
    }
  }

  return {
    take: (scope, claims) => either((ledger) => ledger.take(scope, claims)),
    giveBack: (scope, buckets) => either((ledger) => ledger.giveBack(scope, buckets)),
    refused: (scope, refusal, emptied) => either((ledger) => ledger.refused(scope, refusal, emptied)),
    refusals: (scope) => either((ledger) => ledger.refusals(scope)),
  }
}
