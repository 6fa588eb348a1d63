import type { Step, TurnEnd } from '../model/work.ts'
import type { Containment } from './code-runner.ts'

/**
 * Hears of what happens, for counting. No method throws or waits. Names and codes that are not known beforehand
 * are counted together, so that nobody outside can make up new ones; neither chat text nor ids belong here.
 * Times are in milliseconds.
 */
export interface Observer {
  /** `outcome`: the ingest's, or `failed`: the platform delivers it again. */
  inbound(platform: string, kind: string, outcome: string, tookMs: number): void
  /** A request that a platform made, and what it was answered. */
  webhook(platform: string, status: number): void
  connectionChanged(platform: string, state: string): void
  /** `outcome`: `ok`, or the error's code. `waitMs`: how long a rate limit asked to wait. */
  platformCall(
    platform: string,
    call: string,
    outcome: string,
    tookMs: number,
    waitMs: number | undefined,
  ): void
  /** From the arrival of a message to the first sign of its answer in the chat. */
  firstVisible(tookMs: number): void

  /** From the arrival of a message until a worker began with it. */
  turnBegun(step: Step, waitMs: number): void
  turnResumed(step: Step): void
  turnRetried(step: Step, code: string): void
  /** `tookMs`: from the arrival of its message; undefined where this process did not see the turn begin. */
  turnEnded(step: Step, end: TurnEnd, code: string | undefined, tookMs: number | undefined): void

  modelCall(server: string, call: 'reply' | 'list' | 'speech', outcome: string, tookMs: number): void
  /** From the request to the first text or reasoning. */
  firstToken(server: string, tookMs: number): void
  tokens(server: string, prompt: number, completion: number): void
  /** Sound that was sent to a speech server. */
  audio(server: string, durationMs: number): void

  containment(kind: Containment): void
  /** `reason`: the run's, or the code of the error that kept it from running. */
  run(language: string, reason: string, tookMs: number): void
}
