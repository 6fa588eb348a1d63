import type { TurnId } from '../model/ids.ts'
import type { Lease } from '../model/work.ts'

/** What a model asked for in the middle of an answer. */
export interface AskedCall {
  /** The model's own id of it; unique in its answer only. */
  readonly callId: string
  readonly name: string
  /** JSON, as the model wrote it: it may be none. */
  readonly arguments: string
}

export interface ToolOutcome {
  /** For the model. */
  readonly content: string
  /** For people: Markdown. */
  readonly shown: string
  readonly durationMs: number
}

export interface KeptCall extends AskedCall {
  readonly id: string
  /** Calls of one breath have the same; counted from 0. */
  readonly round: number
  /** What the model said before the calls of this round. */
  readonly said: string
  /** undefined: it has not ended, or its worker died. */
  readonly outcome: ToolOutcome | undefined
}

/** Calls of tools, kept before they are made and again when they ended, so that none is made twice. */
export interface ToolCallStore {
  /** Of the turn's answer as it is being made now, in order. */
  of(turnId: TurnId): Promise<readonly KeptCall[]>
  /** Throws `lease_lost`, as `end` does, when another worker has taken over. */
  begin(
    lease: Lease,
    turnId: TurnId,
    round: { round: number; said: string; calls: readonly AskedCall[] },
  ): Promise<void>
  end(lease: Lease, id: string, outcome: ToolOutcome): Promise<void>
}
