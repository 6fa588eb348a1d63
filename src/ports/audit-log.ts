import type { WorkspaceId } from '../model/ids.ts'

/** Who changed what; neither `before` nor `after` may hold a secret. */
export interface AuditEntry {
  /** Such as `admin:ana@example.org` or `environment`. */
  readonly actor: string
  /** Such as `settings.changed`. */
  readonly action: string
  readonly target: string
  readonly workspaceId?: WorkspaceId
  readonly before?: object
  readonly after?: object
}

export interface RecordedAuditEntry extends AuditEntry {
  readonly seq: number
  readonly at: Date
}

export interface AuditLog {
  record(entry: AuditEntry): Promise<void>
  find(seq: number): Promise<RecordedAuditEntry | undefined>
  /** Newest first. `before`: the last `seq` of the page before. */
  latest(page: {
    readonly limit: number
    readonly before?: number
    readonly target?: string
  }): Promise<readonly RecordedAuditEntry[]>
}
