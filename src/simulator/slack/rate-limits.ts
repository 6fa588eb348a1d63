/** Calls a minute per method and workspace, by Slack's tiers; tier 5 stands for 'several hundred'. */
const PER_MINUTE: Record<Tier, number> = { 1: 1, 2: 20, 3: 50, 4: 100, 5: 600 }
const POST_BURST = 3

export type Tier = 1 | 2 | 3 | 4 | 5

export interface RateLimits {
  /** Counts the call. Returns the seconds to wait when it is one too many. */
  take(call: { teamId: string; method: string; tier: Tier; channel: string | undefined }): number | undefined
}

export function createRateLimits(now: () => number): RateLimits {
  const windows = new Map<string, number[]>()
  const channels = new Map<string, { tokens: number; at: number }>()

  // `chat.postMessage`: one a second per channel, short bursts tolerated.
  const takeChannel = (key: string, at: number): number | undefined => {
    const bucket = channels.get(key) ?? { tokens: POST_BURST, at }
    const tokens = Math.min(POST_BURST, bucket.tokens + (at - bucket.at) / 1000)
    channels.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, at })
    return tokens < 1 ? 1 : undefined
  }

  return {
    take({ teamId, method, tier, channel }) {
      const at = now()
      const key = `${teamId} ${method}`
      const calls = (windows.get(key) ?? []).filter((time) => at - time < 60_000)
      windows.set(key, calls)
      const [oldest] = calls
      if (calls.length >= PER_MINUTE[tier] && oldest !== undefined) {
        return Math.max(1, Math.ceil((oldest + 60_000 - at) / 1000))
      }
      const wait =
        method === 'chat.postMessage' && channel !== undefined
          ? takeChannel(`${teamId} ${channel}`, at)
          : undefined
      if (wait === undefined) calls.push(at)
      return wait
    },
  }
}
