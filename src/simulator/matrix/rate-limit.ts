import { MatrixRefusal } from './refusal.ts'

/** Synapse's default `rc_message`. */
const PER_SECOND = 0.2
const BURST = 10

/** One leaky bucket a sender. The returned function throws when the sender is too fast. */
export function messageRateLimit(now: () => number = Date.now): (userId: string) => void {
  const buckets = new Map<string, { level: number; at: number }>()
  return (userId) => {
    const at = now()
    const bucket = buckets.get(userId) ?? { level: 0, at }
    const level = Math.max(0, bucket.level - ((at - bucket.at) / 1000) * PER_SECOND)
    if (level + 1 > BURST) {
      const waitMs = Math.ceil(((level + 1 - BURST) / PER_SECOND) * 1000)
      throw new MatrixRefusal(429, 'M_LIMIT_EXCEEDED', 'Too Many Requests', {
        fields: { retry_after_ms: waitMs },
        headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) },
      })
    }
    buckets.set(userId, { level: level + 1, at })
  }
}
