export interface AttemptLimit {
  readonly key: string
  readonly max: number
}

/** Counts guesses at the door, for all processes together, in windows of five minutes. */
export interface AttemptCounter {
  /**
   * Counts an attempt, before it is looked at: those made at once are all counted. A number: refused, for that
   * many ms yet. The narrowest limit comes first; what it refuses does not count against the wider ones.
   */
  take(limits: readonly AttemptLimit[]): Promise<number | undefined>
  /** The attempt was the right person's: forgets what counted against them. */
  forgive(limits: readonly AttemptLimit[]): Promise<void>
}
