import { Redis } from 'ioredis'
import type { Logger } from '../ports/logger.ts'
import type { RateLedger } from '../ports/rate-ledger.ts'
import { createErrorReport } from './error-report.ts'

const KEPT_MS = 60 * 60_000
const COMMAND_LIMIT_MS = 1_000
const REFUSALS_READ = 1_000

/** By Redis's own clock, in one step: KEYS are buckets, ARGV a burst and a pace for each. */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local left = {}
for i, key in ipairs(KEYS) do
  local burst, pace = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local known = redis.call('HMGET', key, 'tokens', 'at')
  local tokens = burst
  if known[1] then
    tokens = math.min(burst, tonumber(known[1]) + math.max(0, now - tonumber(known[2])) / 1000 * pace)
  end
  tokens = math.max(-1000, tokens - 1)
  redis.call('HSET', key, 'tokens', tostring(tokens), 'at', tostring(now))
  redis.call('PEXPIRE', key, ${KEPT_MS})
  left[i] = tostring(tokens)
end
return left`

const GIVE_BACK = `
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then redis.call('HINCRBYFLOAT', key, 'tokens', 1) end
end`

/** The first key holds the refusals, by time; ARGV is one of them, as JSON. */
const REFUSED = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ${KEPT_MS})
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ${KEPT_MS})
for i = 2, #KEYS do
  local tokens = tonumber(redis.call('HGET', KEYS[i], 'tokens') or '0')
  redis.call('HSET', KEYS[i], 'tokens', tostring(math.min(0, tokens)), 'at', tostring(now))
  redis.call('PEXPIRE', KEYS[i], ${KEPT_MS})
end`

const REFUSALS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', now - ${KEPT_MS}, 'WITHSCORES', 'LIMIT', 0, ${REFUSALS_READ})
for i = 2, #found, 2 do found[i] = tostring(now - tonumber(found[i])) end
return found`

/** Connects when first asked and comes back by itself; what it is asked meanwhile rejects at once. */
export function openRedisRateLedger(
  { redisUrl, prefix = 'brainall' }: { readonly redisUrl: string; readonly prefix?: string },
  log: Logger,
): RateLedger & { close(): Promise<void> } {
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: 5_000,
    commandTimeout: COMMAND_LIMIT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
  })
  redis.on('error', createErrorReport(log))
  const key = (scope: string, bucket: string) => `${prefix}:rate:${scope}:${bucket}`
  const refusalsKey = (scope: string) => `${prefix}:refusals:${scope}`

  return {
    async take(scope, claims) {
      if (claims.length === 0) return []
      const keys = claims.map(({ bucket }) => key(scope, bucket))
      const paces = claims.flatMap(({ burst, perSecond }) => [burst, perSecond])
      const left = strings(await redis.eval(TAKE, keys.length, ...keys, ...paces))
      return claims.map(({ perSecond }, index) => Math.max(0, (-Number(left[index]) / perSecond) * 1000))
    },
    async giveBack(scope, buckets) {
      if (buckets.length === 0) return
      await redis.eval(GIVE_BACK, buckets.length, ...buckets.map((bucket) => key(scope, bucket)))
    },
    async refused(scope, { bucket, askedMs }, emptied) {
      const keys = [refusalsKey(scope), ...emptied.map((name) => key(scope, name))]
      await redis.eval(REFUSED, keys.length, ...keys, JSON.stringify([bucket, askedMs]))
    },
    async refusals(scope) {
      const found = strings(await redis.eval(REFUSALS, 1, refusalsKey(scope)))
      return found.flatMap((one, index) => {
        if (index % 2 === 1) return []
        const [bucket, askedMs]: unknown[] = JSON.parse(one)
        return [{ bucket: String(bucket), askedMs: Number(askedMs), agoMs: Number(found[index + 1]) }]
      })
    },
    close: async () => redis.disconnect(),
  }
}

function strings(answer: unknown): string[] {
  return Array.isArray(answer) ? answer.map(String) : []
}
