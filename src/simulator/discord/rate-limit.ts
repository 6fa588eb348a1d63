import { createHash } from 'node:crypto'

export interface BucketLimit {
  readonly limit: number
  readonly windowMs: number
}

export interface RateLimits {
  /** Answers refused with 401, 403 or 429 in the last ten minutes; the real API bans the address at 10000. */
  readonly invalidRequests: number
  /** Requests refused with 429 since the start. */
  readonly refused: number
  /** Counts one request. `refusal` is set only where limits are enforced. */
  take(route: { method: string; template: string; major: string; limit: BucketLimit; isGlobal: boolean }): {
    headers: Record<string, string>
    refusal: { retryAfterS: number; global: boolean } | undefined
  }
  countAnswer(status: number): void
}

interface Window {
  startedAt: number
  used: number
}

const bucketMemory = 10_000
const invalidWindowMs = 10 * 60 * 1000

export function createRateLimits(options: {
  readonly enforced: boolean
  readonly globalPerSecond: number
  readonly now: () => number
}): RateLimits {
  const windows = new Map<string, Window>()
  const invalid: number[] = []
  let second: Window = { startedAt: 0, used: 0 }
  let refused = 0

  const windowOf = (key: string, windowMs: number): Window => {
    const now = options.now()
    const known = windows.get(key)
    if (known && now - known.startedAt < windowMs) return known
    const fresh = { startedAt: now, used: 0 }
    windows.delete(key)
    windows.set(key, fresh)
    if (windows.size > bucketMemory) {
      const [oldest] = windows.keys()
      if (oldest !== undefined) windows.delete(oldest)
    }
    return fresh
  }

  const takeGlobal = (): number | undefined => {
    const now = options.now()
    if (now - second.startedAt >= 1000) second = { startedAt: now, used: 0 }
    second.used += 1
    return second.used > options.globalPerSecond ? (second.startedAt + 1000 - now) / 1000 : undefined
  }

  return {
    get invalidRequests() {
      const since = options.now() - invalidWindowMs
      return invalid.filter((at) => at > since).length
    },
    get refused() {
      return refused
    },
    take({ method, template, major, limit, isGlobal }) {
      const overallWait = isGlobal ? takeGlobal() : undefined
      if (options.enforced && overallWait !== undefined) {
        refused += 1
        return {
          headers: {
            'retry-after': String(Math.ceil(overallWait)),
            'x-ratelimit-global': 'true',
            'x-ratelimit-scope': 'global',
          },
          refusal: { retryAfterS: overallWait, global: true },
        }
      }
      const bucket = createHash('sha256').update(`${method} ${template}`).digest('hex').slice(0, 32)
      const window = windowOf(`${bucket}:${major}`, limit.windowMs)
      window.used += 1
      const resetAt = window.startedAt + limit.windowMs
      const resetAfterS = Math.max(0, resetAt - options.now()) / 1000
      const headers: Record<string, string> = {
        'x-ratelimit-limit': String(limit.limit),
        'x-ratelimit-remaining': String(Math.max(0, limit.limit - window.used)),
        'x-ratelimit-reset': (resetAt / 1000).toFixed(3),
        'x-ratelimit-reset-after': resetAfterS.toFixed(3),
        'x-ratelimit-bucket': bucket,
      }
      if (!options.enforced || window.used <= limit.limit) return { headers, refusal: undefined }
      refused += 1
      return {
        headers: { ...headers, 'retry-after': String(Math.ceil(resetAfterS)), 'x-ratelimit-scope': 'user' },
        refusal: { retryAfterS: resetAfterS, global: false },
      }
    },
    countAnswer(status) {
      if (status !== 401 && status !== 403 && status !== 429) return
      invalid.push(options.now())
      if (invalid.length > bucketMemory) invalid.shift()
    },
  }
}
