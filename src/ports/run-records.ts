import type { ConversationId, MessageId, PersonId, RunId, WorkspaceId } from '../model/ids.ts'
import type { RunReason, RunResult } from './code-runner.ts'
import type { TurnState } from './conversation-records.ts'

export interface RunSummary {
  readonly id: RunId
  readonly workspaceId: WorkspaceId
  readonly workspaceName: string
  readonly platform: string
  readonly conversationId: ConversationId
  readonly messageId: MessageId
  readonly person: { readonly id: PersonId; readonly name: string }
  readonly language: string
  readonly at: Date
  readonly turnState: TurnState
  /** undefined: it has not run, or not to its end. */
  readonly reason: RunReason | undefined
  readonly wallMs: number | undefined
}

export interface RunRecord extends RunSummary {
  readonly source: string
  readonly stdin: string | undefined
  readonly result: RunResult | undefined
}

export interface RunFilter {
  readonly workspaceId?: WorkspaceId
  readonly language?: string
  readonly reason?: RunReason
}

/** Programs that people ran, as an admin sees them afterwards. */
export interface RunRecords {
  /** Newest first. `after`: the last id of the page before. */
  list(
    filter: RunFilter,
    page: { readonly limit: number; readonly after?: RunId },
  ): Promise<readonly RunSummary[]>
  find(id: RunId): Promise<RunRecord | undefined>
}
