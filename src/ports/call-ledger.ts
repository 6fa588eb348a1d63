import type { BudgetStanding } from '../model/budget.ts'
import type { CallId, ChannelId, PersonId, ServerId, TurnId, WorkspaceId } from '../model/ids.ts'
import type { ClaimedTurn } from '../model/work.ts'

/** Whose budgets count. */
export interface Spender {
  readonly workspaceId: WorkspaceId
  readonly channelId: ChannelId
  readonly personId: PersonId
}

export interface PlannedCall {
  readonly server: { readonly id: ServerId; readonly name: string }
  readonly model: string
  /** At least as many as the server will count. */
  readonly promptTokens: number
  /** undefined: as many as the server likes, unless a budget says otherwise. */
  readonly outputTokens: number | undefined
  /** Answers that the server may give at the same time, over all workers; undefined: as many as come. */
  readonly concurrency: number | undefined
  /** Characters that the answer holds already. */
  readonly textLength: number
}

export type OpenedCall =
  /** `outputTokens` is what was reserved and may be asked for; undefined: no budget limits it. */
  | { readonly kind: 'open'; readonly id: CallId; readonly outputTokens: number | undefined }
  | { readonly kind: 'refused'; readonly by: BudgetStanding }
  /** The server is full: to be asked again soon. `ahead`: answers that get a place before. */
  | { readonly kind: 'wait'; readonly ahead: number }

export interface CallResult {
  readonly promptTokens: number
  readonly completionTokens: number
  readonly firstTokenMs?: number
  readonly durationMs: number
  /** `ok`, `interrupted`, or an error's code. */
  readonly outcome: string
}

/**
 * The book of model calls: each is written down with what it may use before it is made, and with what it used
 * afterwards. Whatever runs at the same time, on whatever machine, what is spent and reserved together never
 * exceeds a budget.
 */
export interface CallLedger {
  /** The budgets that count for somebody, by the newest figures; nothing is reserved. */
  standings(spender: Spender): Promise<readonly BudgetStanding[]>
  /** Rejects with `lease_lost`. What a dead holder of this conversation left open is settled. */
  open(
    turn: Pick<ClaimedTurn, 'id' | 'lease' | 'virtualStart' | 'workspaceId' | 'channelId' | 'personId'>,
    call: PlannedCall,
  ): Promise<OpenedCall>
  /** Waits for no place any more. */
  stopWaiting(turnId: TurnId): Promise<void>
  settle(id: CallId, result: CallResult): Promise<void>
  /** Settles, by estimates, the calls whose worker died. How many. */
  settleAbandoned(): Promise<number>
}
