import type { RateLedger } from '../ports/rate-ledger.ts'

const REMEMBERED = 10_000
/** Tokens promised at most: what is further away is not waited for by anybody. */
const DEEPEST = -1_000

/** For one process alone, or while the shared one is away. `now` in milliseconds. */
export function createLocalLedger(now: () => number = () => performance.now()): RateLedger {
  const levels = new Map<string, { tokens: number; at: number }>()

  const keep = (name: string, tokens: number): void => {
    levels.delete(name)
    levels.set(name, { tokens, at: now() })
    const [oldest] = levels.keys()
    if (levels.size > REMEMBERED && oldest !== undefined) levels.delete(oldest)
  }

  return {
    async take(scope, claims) {
      return claims.map(({ bucket, burst, perSecond }) => {
        const name = `${scope} ${bucket}`
        const { tokens, at } = levels.get(name) ?? { tokens: burst, at: now() }
        const left = Math.max(DEEPEST, Math.min(burst, tokens + ((now() - at) / 1000) * perSecond) - 1)
        keep(name, left)
        return left >= 0 ? 0 : (-left / perSecond) * 1000
      })
    },
    async giveBack(scope, buckets) {
      for (const bucket of buckets) {
        const level = levels.get(`${scope} ${bucket}`)
        if (level) level.tokens += 1
      }
    },
    async refused(scope, _refusal, emptied) {
      for (const bucket of emptied) {
        const name = `${scope} ${bucket}`
        keep(name, Math.min(0, levels.get(name)?.tokens ?? 0))
      }
    },
    refusals: () => Promise.resolve([]),
  }
}
