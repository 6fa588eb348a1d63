import type { ConversationId, MessageId, TurnId, WorkspaceId } from '../model/ids.ts'
import type { Step } from '../model/work.ts'

export const WORK_KINDS = ['waiting', 'working', 'failed'] as const
export type WorkKind = (typeof WORK_KINDS)[number]

export interface WorkRecord {
  readonly turnId: TurnId
  readonly messageId: MessageId
  readonly conversationId: ConversationId
  readonly workspaceId: WorkspaceId
  readonly workspaceName: string
  readonly platform: string
  readonly channelName: string | undefined
  readonly channelKind: 'direct' | 'group'
  readonly personName: string
  readonly step: Step
  readonly createdAt: Date
  readonly startedAt: Date | undefined
  readonly finishedAt: Date | undefined
  /** It is tried again then, if that is still to come. */
  readonly notBefore: Date | undefined
  /** Others of its conversation come first. */
  readonly blocked: boolean
  readonly attempts: number
  readonly deaths: number
  /** Stable, such as `model_unreachable`: why it failed, or why it is tried again. */
  readonly errorCode: string | undefined
  /** For the operator; no chat text. */
  readonly errorMessage: string | undefined
}

export interface WorkTotals {
  readonly waiting: number
  readonly working: number
  readonly failed: number
  readonly oldestWaitingSince: Date | undefined
}

/** The hub's turns as an admin sees them now. */
export interface WorkRecords {
  totals(): Promise<WorkTotals>
  /** What waits and works: the oldest first; what failed: the newest first. `after`: the last id of the page before. */
  list(
    kind: WorkKind,
    page: { readonly limit: number; readonly after?: TurnId },
  ): Promise<readonly WorkRecord[]>
}
