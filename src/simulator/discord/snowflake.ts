const discordEpochMs = 1_420_070_400_000n
const sequenceBits = 22n

/** Strictly increasing ids of today's length (19 digits), whatever the clock does. */
export function createSnowflakes(now: () => number): () => string {
  let last = 0n
  return () => {
    const fromClock = (BigInt(now()) - discordEpochMs) << sequenceBits
    last = fromClock > last ? fromClock : last + 1n
    return last.toString()
  }
}

export function shardOf(guildId: string | undefined, shardCount: number): number {
  return guildId === undefined ? 0 : Number((BigInt(guildId) >> sequenceBits) % BigInt(shardCount))
}

export function compareIds(left: string, right: string): number {
  const difference = BigInt(left) - BigInt(right)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
