import { setTimeout as delay } from 'node:timers/promises'
import { HubError } from '../model/errors.ts'

/** What a platform counts calls by. */
export interface Bucket {
  readonly name: string
  /** What the platform allows, less a margin; absent: learned from what it asks for. */
  readonly pace?: { readonly burst: number; readonly perSecond: number }
}

/**
 * Keeps a platform's rate limits for the calls of this process. A limit that was reached is waited for to the
 * millisecond, in its own bucket only. Known paces are kept only for an hour after the platform refused a call:
 * many servers exempt their bots or count otherwise, and would be used too slowly.
 */
export interface CallBudget {
  /**
   * Makes the call, which counts in all buckets; a refusal is put down to the first. Rejects with
   * `platform_rate_limited` without calling where there is no room: at once if the call may be left out
   * (`passing`), else if its place in the line is more than a few seconds away.
   */
  call<Result>(
    buckets: readonly [Bucket, ...Bucket[]],
    urgency: 'final' | 'passing',
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result>
}

interface Level {
  /** Below zero: promised to calls that wait in line. */
  tokens: number
  at: number
  pausedUntil: number
  learned: { readonly perSecond: number; readonly until: number } | undefined
}

const ALERT_MS = 60 * 60_000
const LEARNED_MS = 60_000
/** A refusal of this length is a penalty, no pace. */
const LONGEST_PACE_MS = 20_000
const LINE_MS = 8_000
const REMEMBERED = 10_000

export function createCallBudget(now: () => number = () => performance.now()): CallBudget {
  const levels = new Map<string, Level>()
  let alertUntil = 0

  const paceOf = (bucket: Bucket, level: Level): Bucket['pace'] => {
    if (bucket.pace) return alertUntil > now() ? bucket.pace : undefined
    return level.learned && level.learned.until > now()
      ? { burst: 1, perSecond: level.learned.perSecond }
      : undefined
  }

  const levelOf = (bucket: Bucket): Level => {
    const known = levels.get(bucket.name)
    const level = known ?? { tokens: 0, at: now(), pausedUntil: 0, learned: undefined }
    const pace = paceOf(bucket, level)
    const full = pace?.burst ?? 1
    const refilled = pace ? level.tokens + ((now() - level.at) / 1000) * pace.perSecond : full
    level.tokens = known ? Math.min(full, refilled) : full
    level.at = now()
    levels.delete(bucket.name)
    levels.set(bucket.name, level)
    const [oldest] = levels.keys()
    if (levels.size > REMEMBERED && oldest !== undefined) levels.delete(oldest)
    return level
  }

  /** Room for finishing answers is kept free of what only shows progress. */
  const waitFor = (bucket: Bucket, urgency: 'final' | 'passing'): number => {
    const level = levelOf(bucket)
    const paused = level.pausedUntil - now()
    const pace = paceOf(bucket, level)
    if (!pace) return Math.max(0, paused)
    const needed = urgency === 'final' ? 1 : 1 + Math.floor(pace.burst / 3)
    return Math.max(0, paused, ((needed - level.tokens) / pace.perSecond) * 1000)
  }

  const pausedFor = (buckets: readonly Bucket[]): number =>
    Math.max(0, ...buckets.map(({ name }) => (levels.get(name)?.pausedUntil ?? 0) - now()))

  const refused = (bucket: Bucket, ms: number): void => {
    const level = levelOf(bucket)
    level.pausedUntil = Math.max(level.pausedUntil, now() + ms)
    alertUntil = now() + ALERT_MS
    if (ms > 0 && ms <= LONGEST_PACE_MS)
      level.learned = { perSecond: 1000 / ms, until: level.pausedUntil + LEARNED_MS }
    level.tokens = Math.min(level.tokens, 0)
  }

  return {
    async call(buckets, urgency, signal, work) {
      const waitMs = Math.max(...buckets.map((bucket) => waitFor(bucket, urgency)))
      if (waitMs > 0 && (urgency === 'passing' || waitMs > LINE_MS)) throw limited(waitMs)
      for (const bucket of buckets) levelOf(bucket).tokens -= 1
      if (waitMs > 0) {
        await delay(Math.ceil(waitMs), undefined, { signal })
        const paused = pausedFor(buckets)
        if (paused > 0) throw limited(paused)
      }
      try {
        return await work()
      } catch (error) {
        const known =
          error instanceof HubError && error.code === 'platform_rate_limited' ? error.retry : undefined
        if (known?.kind === 'after') refused(buckets[0], known.ms)
        throw error
      }
    },
  }
}

function limited(ms: number): HubError {
  return new HubError('platform_rate_limited', 'the rate limit leaves no room now', {
    retry: { kind: 'after', ms: Math.ceil(ms) },
  })
}
