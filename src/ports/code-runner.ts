import type { RunLanguage } from '../model/command.ts'
import type { RunFile } from '../model/work.ts'

export interface RunRequest {
  readonly language: RunLanguage
  /** At most 64 KiB. */
  readonly source: string
  readonly stdin?: string
  readonly args?: readonly string[]
  /** At most 64 KiB together. */
  readonly files?: readonly RunFile[]
}

export const RUN_REASONS = [
  'ok',
  'error',
  'exit',
  'cpu-timeout',
  'wall-timeout',
  'memory',
  'output-limit',
  'unsettled',
  'crash',
  'internal',
] as const
export type RunReason = (typeof RUN_REASONS)[number]

export interface RunResult {
  readonly reason: RunReason
  readonly exitCode?: number
  /** stdout and stderr in order, well-formed text, at most 64 KiB. */
  readonly output: string
  readonly truncated: boolean
  /** The last expression's value, inspected; absent when undefined. */
  readonly value?: string
  /** The stack holds the user's own line and column numbers and no path of the host's. */
  readonly error?: {
    readonly name: string
    readonly message: string
    readonly stack: string
    readonly line?: number
  }
  readonly cpuMs: number
  readonly wallMs: number
  readonly memoryBytes: number
}

/** What one run may use, as far as a person is told. */
export interface RunAllowance {
  readonly cpuMs: number
  readonly wallMs: number
  readonly memoryMb: number
}

/** For whom a program runs: each has a bounded part of the places, and a turn of their own in the line. */
export interface RunAsker {
  readonly workspace: string
  readonly person: string
}

export interface RunOptions {
  readonly asker?: RunAsker
  /** In the middle of an answer: these programs have places of their own, so that none waits for its own slot. */
  readonly forAnswer?: boolean
  /** Told how many programs go before, whenever that changes; never, where there is room at once. */
  readonly onWaiting?: (ahead: number) => void
}

/** How strangers' code is contained here, chosen once at start. */
export type Containment = 'strong' | 'namespaces' | 'none'

export interface CodeRunner {
  readonly containment: Containment
  allowance(language: RunLanguage): RunAllowance
  /**
   * Never rejects for what the program does; rejects with `run_unavailable` when no child can be had,
   * `run_too_large` for texts over 64 KiB, or the signal's reason.
   */
  run(request: RunRequest, signal: AbortSignal, options?: RunOptions): Promise<RunResult>
  close(): Promise<void>
}
