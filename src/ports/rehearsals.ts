import type { ChannelId, PersonId, RehearsalId, RehearsalItemId, WorkspaceId } from '../model/ids.ts'
import type { EffectiveSettings } from '../model/settings.ts'
import type { HistoryEntry } from './turn-store.ts'

export interface RehearsedAnswer {
  readonly text: string
  readonly model: string | null
  readonly promptTokens: number
  readonly completionTokens: number
  readonly firstTokenMs: number | null
  readonly durationMs: number
  /** Millionths of money. */
  readonly costMicros: number
}

export interface RehearsalPlan {
  readonly workspaceId: WorkspaceId
  /** undefined: what counts there. */
  readonly model: string | undefined
  readonly systemPrompt: string | undefined
  /** Of the last questions. */
  readonly turns: number
  readonly startedBy: string
}

export interface Rehearsal {
  readonly id: RehearsalId
  readonly workspaceId: WorkspaceId
  readonly workspaceName: string
  readonly model: string | undefined
  readonly systemPrompt: string | undefined
  readonly startedBy: string
  readonly createdAt: Date
  readonly items: readonly {
    readonly question: string
    readonly before: RehearsedAnswer
    readonly after: RehearsedAnswer | undefined
    readonly error: string | undefined
  }[]
}

export interface RehearsalStore {
  /** undefined: nobody has asked anything there yet. */
  start(plan: RehearsalPlan): Promise<RehearsalId | undefined>
  find(id: RehearsalId): Promise<Rehearsal | undefined>
  /** The newest first. */
  list(workspaceId: WorkspaceId): Promise<readonly Rehearsal[]>
}

export interface RehearsalTask {
  readonly id: RehearsalItemId
  readonly workspaceId: WorkspaceId
  readonly channelId: ChannelId
  readonly personId: PersonId
  readonly personName: string
  readonly group: boolean
  readonly question: string
  readonly history: readonly HistoryEntry[]
  /** With the model and prompt that are rehearsed. */
  readonly settings: EffectiveSettings
}

export interface RehearsalWork {
  /** One question that nobody is answering, for `limitMs`. */
  next(limitMs: number): Promise<RehearsalTask | undefined>
  /** Keeps the answer, and counts it as use. */
  answered(
    task: RehearsalTask,
    answer: Omit<RehearsedAnswer, 'costMicros'>,
    serverName: string,
  ): Promise<void>
  failed(task: RehearsalTask, error: string): Promise<void>
}
