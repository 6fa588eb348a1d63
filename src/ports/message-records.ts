import type { MessageId, WorkspaceId } from '../model/ids.ts'
import type { RecordedDecision } from '../model/work.ts'

/** A message as an admin sees it afterwards. */
export interface MessageRecord {
  readonly id: MessageId
  readonly workspaceId: WorkspaceId
  readonly workspaceName: string
  readonly platform: string
  readonly channelName: string | undefined
  readonly channelKind: 'direct' | 'group'
  readonly personName: string
  readonly receivedAt: Date
  /** undefined: not ours to keep, or deleted. */
  readonly text: string | undefined
  /** undefined: nothing was to be done. */
  readonly turnState: 'ready' | 'working' | 'done' | 'failed' | 'stopped' | 'cancelled' | undefined
}

export interface MessageRecords {
  /** Newest first. `before`: the last id of the page before. */
  latest(
    workspaceId: WorkspaceId,
    page: { readonly limit: number; readonly before?: MessageId },
  ): Promise<readonly MessageRecord[]>
  find(id: MessageId): Promise<MessageRecord | undefined>
  /** Oldest first; undefined: there is no such message. */
  decisions(id: MessageId): Promise<readonly RecordedDecision[] | undefined>
}
