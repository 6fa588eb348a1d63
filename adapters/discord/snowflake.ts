/** Discord's ids hold their time, in milliseconds since 2015, above 22 other bits. */
const EPOCH_MS = 1_420_070_400_000n
const TIME_SHIFT = 22n

/** The least id that something made at this time can have. */
export function snowflakeAt(ms: number): bigint {
  const since = BigInt(Math.floor(ms)) - EPOCH_MS
  return since > 0n ? since << TIME_SHIFT : 0n
}
