import type { PersonId, WorkspaceId } from '../model/ids.ts'

export const USAGE_DIMENSIONS = ['day', 'model', 'person', 'workspace'] as const
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number]

export interface UsageSpan {
  readonly from: Date
  readonly to: Date
  readonly workspaceId?: WorkspaceId
}

export interface UsageFigures {
  /** Of chat models, those that failed included. */
  readonly calls: number
  readonly answers: number
  readonly promptTokens: number
  readonly completionTokens: number
  readonly transcriptions: number
  readonly audioMs: number
  readonly runs: number
  /** Time that model and speech servers and programs took. */
  readonly busyMs: number
  /** Millionths of money. */
  readonly costMicros: number
}

/** Of the dimensions asked for only. */
export interface UsageRow extends UsageFigures {
  /** In UTC, `2026-01-31`. */
  readonly day: string | undefined
  /** undefined for runs, which have none. */
  readonly model: string | undefined
  readonly person: { readonly id: PersonId; readonly name: string } | undefined
  readonly workspace: { readonly id: WorkspaceId; readonly name: string } | undefined
}

export interface UsageReports {
  /** By day, where asked for, then the heaviest first; at most `limit` rows. */
  read(span: UsageSpan, by: readonly UsageDimension[], limit: number): Promise<readonly UsageRow[]>
}
