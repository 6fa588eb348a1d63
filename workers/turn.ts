import { isFinal } from '../src/core/retries.ts'
import { asHubError } from '../src/model/errors.ts'
import type { ClaimedTurn, Step, TurnEnd } from '../src/model/work.ts'
import type { Logger } from '../src/ports/logger.ts'
import type { Signals } from '../src/ports/signals.ts'
import type { TicketQueue } from '../src/ports/ticket-queue.ts'
import type { TurnStore } from '../src/ports/turn-store.ts'

export const LEASE_MS = 8_000
const RENEW_MS = 2_000

/** Why a step was told to end early; the reason its signal carries. */
export class TurnInterrupt extends Error {
  readonly why: 'stop' | 'redo' | 'lease-lost' | 'drain'

  constructor(why: TurnInterrupt['why']) {
    super(`the turn was interrupted: ${why}`)
    this.name = 'TurnInterrupt'
    this.why = why
  }
}

export interface Fault {
  readonly code: string
  readonly message: string
}

export type StepOutcome =
  | { readonly kind: 'end'; readonly end: TurnEnd; readonly error?: Fault }
  | { readonly kind: 'hand'; readonly step: Step; readonly delayMs?: number; readonly error?: Fault }

/** Does one step of a turn; throws the signal's reason when interrupted by anything but a stop. */
export type PerformStep = (turn: ClaimedTurn, signal: AbortSignal, log: Logger) => Promise<StepOutcome>

export interface TurnHandlerOptions {
  readonly step: Step
  readonly perform: PerformStep
  readonly turns: TurnStore
  readonly queue: TicketQueue
  readonly signals: Signals
  /** This process's id as a holder of leases. */
  readonly owner: string
  /** Aborted when the process begins to end: no further turn is claimed. */
  readonly stopping: AbortSignal
  /** Aborted when the time to drain is over: running steps checkpoint and give their turn back. */
  readonly drained: AbortSignal
  readonly log: Logger
}

const MAX_ATTEMPTS = 40
/** A platform that is away is waited for: about a day, one try a minute. */
const MAX_PLATFORM_ATTEMPTS = 1_440

/**
 * What a worker does with a ticket: claim the fairest turn, hold its conversation, do its step, give it on, and
 * look for more, since tickets may be merged.
 */
export function createTurnHandler(options: TurnHandlerOptions): () => Promise<void> {
  const { step, turns, owner, stopping } = options
  return async () => {
    while (!stopping.aborted) {
      const turn = await turns.claim(step, owner, LEASE_MS)
      if (!turn) return
      await work(options, turn)
    }
  }
}

async function work(options: TurnHandlerOptions, turn: ClaimedTurn): Promise<void> {
  const { step, perform, turns } = options
  const log = options.log.child({ turnId: turn.id, messageId: turn.messageId, step })
  const held = holdLease(options, turn, log)
  let outcome: StepOutcome | undefined
  try {
    const code = turn.deaths > 0 ? 'resumed' : 'started'
    // Only explains: nobody has to wait for it to be on the disk.
    const noted = turns
      .decide(turn, { code, detail: { step, worker: options.owner.slice(0, 8) } })
      .catch((error: unknown) => log.warn({ err: asHubError(error) }, 'a decision could not be kept'))
    outcome = await perform(turn, held.signal, log)
    await noted
  } catch (error) {
    outcome = afterFailure(turn, error, held.signal, log)
  } finally {
    held.end()
  }
  await conclude(options, turn, outcome, log)
}

/** Renews the lease until told to end; aborts the step when it is lost, a stop is asked for, or time is up. */
function holdLease(
  { turns, signals, drained }: TurnHandlerOptions,
  turn: ClaimedTurn,
  log: Logger,
): { signal: AbortSignal; end(): void } {
  const control = new AbortController()
  const interrupt = (why: TurnInterrupt['why']) => control.abort(new TurnInterrupt(why))
  const drain = () => interrupt('drain')
  let renewedAt = performance.now()
  let renewing = false

  const renew = async (): Promise<void> => {
    if (renewing) return
    renewing = true
    try {
      const askedAt = performance.now()
      const { stopRequested, redoRequested } = await turns.renew(turn.lease, turn.id, LEASE_MS)
      renewedAt = performance.now()
      if (turn.lease.held) turn.lease.held.until = askedAt + LEASE_MS
      if (stopRequested) interrupt('stop')
      else if (redoRequested) interrupt('redo')
    } catch (error) {
      const failure = asHubError(error)
      if (failure.code === 'lease_lost' || performance.now() - renewedAt > LEASE_MS) interrupt('lease-lost')
      log.warn({ code: failure.code, err: failure }, 'a lease could not be renewed')
    } finally {
      renewing = false
    }
  }

  const timer = setInterval(() => void renew(), RENEW_MS)
  const unsubscribes = (['stop', 'redo'] as const).map((topic) =>
    signals.subscribe(topic, (turnId) => {
      if (turnId === turn.id) interrupt(topic)
    }),
  )
  drained.addEventListener('abort', drain, { once: true })
  if (turn.stopRequested) interrupt('stop')
  else if (drained.aborted) drain()
  return {
    signal: control.signal,
    end() {
      clearInterval(timer)
      for (const unsubscribe of unsubscribes) unsubscribe()
      drained.removeEventListener('abort', drain)
    },
  }
}

function afterFailure(
  turn: ClaimedTurn,
  error: unknown,
  signal: AbortSignal,
  log: Logger,
): StepOutcome | undefined {
  const interrupt = [error, signal.reason].find((one) => one instanceof TurnInterrupt)?.why
  const failure = asHubError(error)
  if (interrupt === 'lease-lost' || failure.code === 'lease_lost') return undefined
  if (interrupt === 'drain' || interrupt === 'redo') return { kind: 'hand', step: turn.step }
  const fault = { code: failure.code, message: failure.message }
  const limit = failure.code.startsWith('platform_') ? MAX_PLATFORM_ATTEMPTS : MAX_ATTEMPTS
  if (isFinal(failure) || turn.attempts >= limit) {
    log.error({ code: failure.code, err: failure }, 'a turn failed')
    return { kind: 'end', end: 'failed', error: fault }
  }
  log.warn(
    { code: failure.code, err: failure, attempts: turn.attempts },
    'a step failed and will be tried again',
  )
  const delayMs =
    failure.retry.kind === 'after' ? failure.retry.ms : Math.min(60_000, 1000 * 2 ** turn.attempts)
  return { kind: 'hand', step: turn.step, delayMs, error: fault }
}

async function conclude(
  { turns, queue }: TurnHandlerOptions,
  turn: ClaimedTurn,
  outcome: StepOutcome | undefined,
  log: Logger,
): Promise<void> {
  if (!outcome) return log.warn({}, 'another worker has taken over this turn')
  try {
    if (outcome.kind === 'hand') {
      const { step, delayMs, error } = outcome
      const next = await turns.hand(turn.lease, turn.id, {
        step,
        ...(delayMs === undefined ? {} : { delayMs }),
        ...(error === undefined ? {} : { error }),
      })
      await queue.wake(next, delayMs === undefined ? {} : { delayMs })
      return
    }
    const { next } = await turns.end(turn.lease, turn.id, outcome.end, outcome.error)
    if (next) await queue.wake(next)
  } catch (error) {
    // The lease runs out by itself and the sweeper finds the turn again.
    log.warn({ err: asHubError(error) }, 'a turn could not be given back')
  }
}
