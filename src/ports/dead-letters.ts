import type { MessageId, TurnId, WorkspaceId } from '../model/ids.ts'
import type { Step } from '../model/work.ts'

/** A turn that ended without the answer that was asked for. */
export interface DeadLetter {
  readonly turnId: TurnId
  readonly messageId: MessageId
  readonly workspaceId: WorkspaceId
  /** The step it failed in. */
  readonly step: Step
  /** Stable, such as `model_unreachable` or `quarantined`. */
  readonly reason: string
  /** For the operator; no chat text. */
  readonly detail: string
  readonly failedAt: Date
  /** Whether the person was shown an honest reason. */
  readonly told: boolean
}

export interface DeadLetterStore {
  /** Newest first. `before`: the last `turnId` of the page before. */
  list(page: {
    readonly limit: number
    readonly workspaceId?: WorkspaceId
    readonly before?: TurnId
  }): Promise<readonly DeadLetter[]>
  count(): Promise<number>
  /** Opens the turn again, its answer redone in place; the caller wakes the step. undefined: it is no dead letter (any more). */
  retry(turnId: TurnId, actor: string): Promise<Step | undefined>
  /** Takes it off the list for good. False: it is no dead letter (any more). */
  discard(turnId: TurnId, actor: string): Promise<boolean>
}
