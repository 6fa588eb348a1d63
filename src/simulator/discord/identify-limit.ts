const total = 1000
const windowMs = 24 * 60 * 60 * 1000
const spacingMs = 5000

/** Counts session starts as /gateway/bot reports them; concurrency is 1 per 5 s and refused only where enforced. */
export interface IdentifyLimit {
  readonly count: number
  take(): 'ok' | 'too soon' | 'exhausted'
  describe(): { total: number; remaining: number; reset_after: number; max_concurrency: number }
}

export function createIdentifyLimit(now: () => number, enforced: boolean): IdentifyLimit {
  let windowStart = now()
  let used = 0
  let lastAt = Number.NEGATIVE_INFINITY
  const roll = (): void => {
    if (now() - windowStart < windowMs) return
    windowStart = now()
    used = 0
  }
  return {
    get count() {
      return used
    },
    take() {
      roll()
      if (used >= total) return 'exhausted'
      if (enforced && now() - lastAt < spacingMs) return 'too soon'
      used += 1
      lastAt = now()
      return 'ok'
    },
    describe() {
      roll()
      return {
        total,
        remaining: total - used,
        reset_after: windowStart + windowMs - now(),
        max_concurrency: 1,
      }
    },
  }
}
