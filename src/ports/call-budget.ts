/** What a platform counts calls by. */
export interface Bucket {
  readonly name: string
  /** What the platform allows, less a margin; absent: learned from what it asks for. */
  readonly pace?: Pace
  /** The pace is kept even where nothing was refused. */
  readonly firm?: boolean
}

export interface Pace {
  readonly burst: number
  readonly perSecond: number
}

export interface CallKind {
  /** `passing`: only shows progress, and may be left out; room is kept free of it for what is final. */
  readonly urgency: 'final' | 'passing'
  /** What is shown, the same for all calls that show it: in a full bucket each gets its turn. */
  readonly of: string
}

/**
 * Keeps a platform's rate limits for one connection, in all processes together. A limit that was reached is
 * waited for to the millisecond, in its own bucket only. Known paces are kept only for an hour after the platform
 * refused a call: many servers exempt their bots or count otherwise, and would be used too slowly.
 */
export interface CallBudget {
  /**
   * Makes the call, which counts in all buckets; a refusal is put down to the first. Rejects with
   * `platform_rate_limited` without calling where there is no room: at once if the call may be left out, else if
   * its place in the line is more than a few seconds away. A call that was left out has its place in the line
   * kept: made again after the wait that it was told, it goes first.
   */
  call<Result>(
    buckets: readonly [Bucket, ...Bucket[]],
    kind: CallKind,
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result>
}
