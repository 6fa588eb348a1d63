const WINDOW_MS = 5 * 60_000
const MOST_KEYS = 10_000

export interface AttemptLimit {
  readonly key: string
  readonly max: number
}

export interface Attempts {
  /** Counts an attempt against every limit, or against none. A number: refused, for that many ms yet. */
  take(limits: readonly AttemptLimit[]): number | undefined
  /** The attempt was the right person's: forgets what counted against them. */
  forgive(limits: readonly AttemptLimit[]): void
}

/**
 * Counts in this process only: with several webs, an attacker has as many times the attempts. Counting
 * comes before the check, so that attempts made at once are all counted.
 */
export function createAttempts(now: () => number = Date.now): Attempts {
  const counts = new Map<string, { count: number; endsAt: number }>()

  const current = (key: string) => {
    const entry = counts.get(key)
    return entry !== undefined && entry.endsAt > now() ? entry : undefined
  }

  const makeRoom = () => {
    if (counts.size < MOST_KEYS) return
    for (const [key, { endsAt }] of counts) if (endsAt <= now()) counts.delete(key)
    for (const key of counts.keys()) {
      if (counts.size < MOST_KEYS) return
      counts.delete(key)
    }
  }

  return {
    take(limits) {
      const waits = limits.map(({ key, max }) => {
        const entry = current(key)
        return entry !== undefined && entry.count >= max ? entry.endsAt - now() : 0
      })
      const longest = Math.max(...waits)
      if (longest > 0) return longest
      for (const { key } of limits) {
        const entry = current(key)
        if (entry !== undefined) entry.count += 1
        else {
          makeRoom()
          counts.delete(key)
          counts.set(key, { count: 1, endsAt: now() + WINDOW_MS })
        }
      }
      return undefined
    },
    forgive(limits) {
      for (const { key } of limits) counts.delete(key)
    },
  }
}
