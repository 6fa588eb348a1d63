import { setTimeout as delay } from 'node:timers/promises'
import { HubError } from '../model/errors.ts'
import type { Bucket, CallBudget, Pace } from '../ports/call-budget.ts'
import type { Claim, RateLedger, Refusal } from '../ports/rate-ledger.ts'
import { createLocalLedger } from './local-ledger.ts'

const ALERT_MS = 60 * 60_000
const LEARNED_MS = 60_000
/** A refusal of this length is a penalty, no pace. */
const LONGEST_PACE_MS = 20_000
const LINE_MS = 8_000
/** What is left out comes back after the wait it was told; later than this it stands at the end again. */
const PLACE_KEPT_MS = 10_000
const REMEMBERED = 10_000

interface Trouble {
  pausedUntil: number
  perSecond: number | undefined
  learnedUntil: number
}

export interface CallBudgetParts {
  readonly scope: string
  readonly ledger: RateLedger
  /** Told of each refusal that this process met. */
  readonly tell?: (refusal: Omit<Refusal, 'agoMs'>) => void
  /** Milliseconds. */
  readonly now?: () => number
}

/** A budget whose process hears of refusals that others met. */
export interface SharedCallBudget extends CallBudget {
  heard(refusal: Refusal): void
}

export function createCallBudget(parts: Partial<CallBudgetParts> = {}): SharedCallBudget {
  const { now = () => performance.now(), tell, scope = '' } = parts
  const ledger = parts.ledger ?? createLocalLedger(now)
  const troubles = new Map<string, Trouble>()
  const places = new Map<string, number>()
  let alertUntil = 0
  let asked: Promise<void> | undefined

  const paceOf = ({ name, pace, firm }: Bucket): Pace | undefined => {
    if (pace) return firm || alertUntil > now() ? pace : undefined
    const trouble = troubles.get(name)
    return trouble?.perSecond !== undefined && trouble.learnedUntil > now()
      ? { burst: 1, perSecond: trouble.perSecond }
      : undefined
  }

  const pausedFor = (buckets: readonly Bucket[]): number =>
    Math.max(0, ...buckets.map(({ name }) => (troubles.get(name)?.pausedUntil ?? 0) - now()))

  const heard = ({ bucket, askedMs, agoMs }: Refusal): void => {
    const since = now() - agoMs
    const known = troubles.get(bucket)
    const isPace = askedMs > 0 && askedMs <= LONGEST_PACE_MS
    const pausedUntil = Math.max(known?.pausedUntil ?? 0, since + askedMs)
    remember(troubles, bucket, {
      pausedUntil,
      perSecond: isPace ? 1000 / askedMs : known?.perSecond,
      learnedUntil: isPace ? pausedUntil + LEARNED_MS : (known?.learnedUntil ?? 0),
    })
    alertUntil = Math.max(alertUntil, since + ALERT_MS)
  }

  const refused = async (bucket: Bucket, askedMs: number): Promise<void> => {
    heard({ bucket: bucket.name, askedMs, agoMs: 0 })
    tell?.({ bucket: bucket.name, askedMs })
    const emptied = bucket.pace ? [bucket.name, passing(bucket.name)] : [bucket.name]
    await ledger.refused(scope, { bucket: bucket.name, askedMs }, emptied)
  }

  /** What others met before this process began. */
  const askOnce = (): Promise<void> => {
    asked ??= ledger.refusals(scope).then((known) => known.forEach(heard))
    return asked
  }

  /** Stands in line for what is final; resolves when it is its turn. */
  const lineUp = async (claims: readonly Claim[], signal: AbortSignal): Promise<void> => {
    const waits = await ledger.take(scope, claims)
    const waitMs = Math.max(
      0,
      ...claims.map(({ bucket }, index) => (isPassing(bucket) ? 0 : (waits[index] ?? 0))),
    )
    if (waitMs > LINE_MS) {
      await ledger.giveBack(
        scope,
        claims.map(({ bucket }) => bucket),
      )
      throw limited(waitMs)
    }
    if (waitMs > 0) await delay(Math.ceil(waitMs), undefined, { signal })
  }

  /** Room for what only shows progress: now, or a place in the line that is kept. */
  const findPlace = async (paced: readonly Claim[], of: string, signal: AbortSignal): Promise<void> => {
    const dueAt = places.get(of)
    if (dueAt !== undefined && dueAt > now()) throw limited(dueAt - now())
    places.delete(of)
    const whole = paced.filter(({ bucket }) => !isPassing(bucket))
    if (dueAt !== undefined && dueAt > now() - PLACE_KEPT_MS) return await lineUp(whole, signal)
    const waitMs = Math.max(0, ...(await ledger.take(scope, paced)))
    if (waitMs === 0) return
    // Of the whole nothing is promised to what may be left out: what is final would have to wait for it.
    await ledger.giveBack(
      scope,
      whole.map(({ bucket }) => bucket),
    )
    remember(places, of, now() + waitMs)
    throw limited(waitMs)
  }

  return {
    heard,
    async call(buckets, { urgency, of }, signal, work) {
      await askOnce()
      const pausedMs = pausedFor(buckets)
      if (pausedMs > 0 && (urgency === 'passing' || pausedMs > LINE_MS)) throw limited(pausedMs)
      if (pausedMs > 0) await delay(Math.ceil(pausedMs), undefined, { signal })
      const claims = buckets.flatMap((bucket) => claimsOf(bucket.name, paceOf(bucket)))
      if (claims.length > 0) {
        if (urgency === 'passing') await findPlace(claims, of, signal)
        else {
          places.delete(of)
          await lineUp(claims, signal)
        }
        const again = pausedFor(buckets)
        if (again > 0) throw limited(again)
      }
      try {
        return await work()
      } catch (error) {
        const known =
          error instanceof HubError && error.code === 'platform_rate_limited' ? error.retry : undefined
        if (known?.kind === 'after') await refused(buckets[0], known.ms)
        throw error
      }
    },
  }
}

/**
 * Each bucket is counted twice: as a whole, and as what progress may take of it. What is final takes of both
 * but waits for the whole alone, so that it finds room, and progress pays for it afterwards.
 */
function claimsOf(name: string, pace: Pace | undefined): Claim[] {
  if (!pace) return []
  const { burst, perSecond } = pace
  const whole = { bucket: name, burst, perSecond }
  const kept = Math.floor(burst / 3)
  return kept === 0 ? [whole] : [whole, { bucket: passing(name), burst: burst - kept, perSecond }]
}

const PASSING = '#passing'
const passing = (name: string): string => `${name}${PASSING}`
const isPassing = (name: string): boolean => name.endsWith(PASSING)

/** The oldest entry makes room. */
function remember<Value>(known: Map<string, Value>, key: string, value: Value): void {
  known.delete(key)
  known.set(key, value)
  const [oldest] = known.keys()
  if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest)
}

function limited(ms: number): HubError {
  return new HubError('platform_rate_limited', 'the rate limit leaves no room now', {
    retry: { kind: 'after', ms: Math.ceil(ms) },
  })
}
