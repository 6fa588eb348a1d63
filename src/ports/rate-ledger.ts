import type { Pace } from './call-budget.ts'

export interface Claim extends Pace {
  readonly bucket: string
}

/** A platform's refusal to take more calls of a bucket for a while. */
export interface Refusal {
  readonly bucket: string
  readonly askedMs: number
  readonly agoMs: number
}

/** What processes share of the rate limits of a connection (`scope`), by one clock. Forgotten after an hour. */
export interface RateLedger {
  /** Takes one token of each. Resolves with the milliseconds until it is there: what is not yet is promised, in order. */
  take(scope: string, claims: readonly Claim[]): Promise<readonly number[]>
  giveBack(scope: string, buckets: readonly string[]): Promise<void>
  /** Keeps the refusal for those that start later, and leaves no token in these buckets. */
  refused(scope: string, refusal: Omit<Refusal, 'agoMs'>, emptied: readonly string[]): Promise<void>
  refusals(scope: string): Promise<readonly Refusal[]>
}
