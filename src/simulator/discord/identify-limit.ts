const total = 1000
const windowMs = 24 * 60 * 60 * 1000
const spacingMs = 5000

/** Counts session starts as /gateway/bot reports them; the spacing, by shard number modulo concurrency, is refused only where enforced. */
export interface IdentifyLimit {
  readonly count: number
  take(shardId: number): 'ok' | 'too soon' | 'exhausted'
  describe(): { total: number; remaining: number; reset_after: number; max_concurrency: number }
}

export function createIdentifyLimit(
  now: () => number,
  enforced: boolean,
  maxConcurrency: number,
): IdentifyLimit {
  let windowStart = now()
  let used = 0
  const lastAt = new Map<number, number>()
  const roll = (): void => {
    if (now() - windowStart < windowMs) return
    windowStart = now()
    used = 0
  }
  return {
    get count() {
      return used
    },
    take(shardId) {
      roll()
      if (used >= total) return 'exhausted'
      const place = shardId % maxConcurrency
      if (enforced && now() - (lastAt.get(place) ?? Number.NEGATIVE_INFINITY) < spacingMs) return 'too soon'
      used += 1
      lastAt.set(place, now())
      return 'ok'
    },
    describe() {
      roll()
      return {
        total,
        remaining: total - used,
        reset_after: windowStart + windowMs - now(),
        max_concurrency: maxConcurrency,
      }
    },
  }
}
