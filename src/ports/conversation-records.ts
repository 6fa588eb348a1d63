import type {
  AnswerId,
  ChannelId,
  ConversationId,
  MessageId,
  PersonId,
  RunId,
  TurnId,
  WorkspaceId,
} from '../model/ids.ts'
import type { RecordedDecision, Step, TurnEnd } from '../model/work.ts'
import type { AttachmentReading } from './document-store.ts'
import type { ConversationSummary as Summary } from './turn-store.ts'

export type TurnState = 'ready' | 'working' | TurnEnd

export const TURN_FILTERS = ['open', 'done', 'failed', 'stopped'] as const
export const CONTENT_FILTERS = ['voice', 'run'] as const

export interface ConversationFilter {
  readonly workspaceId?: WorkspaceId
  readonly channelId?: ChannelId
  readonly personId?: PersonId
  readonly state?: (typeof TURN_FILTERS)[number]
  readonly holds?: (typeof CONTENT_FILTERS)[number]
  /** Part of what was asked, heard or answered, in any case. */
  readonly search?: string
}

/** Where a conversation takes place. */
export interface ConversationPlace {
  readonly id: ConversationId
  readonly workspaceId: WorkspaceId
  readonly workspaceName: string
  readonly platform: string
  readonly channelId: ChannelId
  readonly channelName: string | undefined
  readonly channelKind: 'direct' | 'group'
}

/** A conversation by its latest turn that fits the filter. */
export interface ConversationSummary extends ConversationPlace {
  readonly turnId: TurnId
  readonly messageId: MessageId
  readonly person: { readonly id: PersonId; readonly name: string }
  readonly at: Date
  readonly state: TurnState
  /** The beginning of what was asked, or heard; undefined: it is not kept. */
  readonly question: string | undefined
  /** The beginning of the answer. */
  readonly answer: string | undefined
}

export interface ConversationPage {
  readonly items: readonly ConversationSummary[]
  /** Where the next page goes on; undefined: there is none. */
  readonly next: TurnId | undefined
  /** With few or no items: how far back the look went so far. */
  readonly lookedBackTo: Date | undefined
}

export interface HeardAttachment {
  readonly kind: 'voice' | 'audio' | 'image' | 'video' | 'file'
  readonly name: string
  readonly sizeBytes: number | undefined
  readonly durationMs: number | undefined
  readonly transcript: string | undefined
  readonly doubtful: boolean
  readonly language: string | undefined
  /** Of a file, once it was read. */
  readonly reading: AttachmentReading | undefined
}

export interface ShownAnswer {
  readonly id: AnswerId
  readonly state: 'growing' | 'complete' | 'delivered' | 'undeliverable' | 'retracted'
  /** Markdown, all three. */
  readonly preface: string
  readonly text: string
  readonly notice: string
  /** For one person's eyes only. */
  readonly private: boolean
  readonly model: string | undefined
  /** From 1; raised by each redoing. */
  readonly round: number
  readonly messages: number
  readonly files: readonly string[]
  /** When its first platform message was about to be posted, by the worker's clock; undefined: not yet. */
  readonly firstPostAt: Date | undefined
  readonly deliveredAt: Date | undefined
  readonly feedback: readonly Judgement[]
}

/** What a person thinks of an answer. */
export interface Judgement {
  readonly person: { readonly id: PersonId; readonly name: string }
  readonly value: 'up' | 'down'
  /** Which making of the answer they saw. */
  readonly round: number
  readonly at: Date
}

export interface UpstreamCall {
  readonly kind: 'reply' | 'speech' | 'run'
  readonly serverName: string | undefined
  readonly model: string | undefined
  readonly promptTokens: number
  readonly completionTokens: number
  readonly audioMs: number
  readonly firstTokenMs: number | undefined
  readonly durationMs: number
  readonly endedAt: Date
}

export interface TurnRecord {
  readonly id: TurnId
  readonly step: Step
  readonly state: TurnState
  readonly attempts: number
  readonly deaths: number
  readonly merged: boolean
  readonly errorCode: string | undefined
  readonly errorMessage: string | undefined
  readonly createdAt: Date
  readonly startedAt: Date | undefined
  readonly finishedAt: Date | undefined
}

/** A message and all that came of it. */
export interface Exchange {
  readonly messageId: MessageId
  readonly conversationId: ConversationId | undefined
  readonly person: { readonly id: PersonId; readonly name: string }
  readonly receivedAt: Date
  /** undefined: not ours to keep, or deleted. */
  readonly text: string | undefined
  readonly edited: boolean
  readonly deleted: boolean
  readonly attachments: readonly HeardAttachment[]
  /** Oldest first. */
  readonly decisions: readonly RecordedDecision[]
  readonly turn: TurnRecord | undefined
  readonly runId: RunId | undefined
  readonly answers: readonly ShownAnswer[]
  /** Oldest first. */
  readonly calls: readonly UpstreamCall[]
}

/** Conversations as an admin reads them afterwards. */
export interface ConversationRecords {
  /**
   * Those with turns, the latest first. Looks at a bounded number of turns a call, so that a page may hold few
   * items, or none, and still have a next one.
   */
  list(
    filter: ConversationFilter,
    page: { readonly limit: number; readonly after?: TurnId },
  ): Promise<ConversationPage>
  find(id: ConversationId): Promise<ConversationPlace | undefined>
  /** The latest `limit` messages, oldest first. `before`: the first id of the page shown. */
  exchanges(
    id: ConversationId,
    page: { readonly limit: number; readonly before?: MessageId },
  ): Promise<readonly Exchange[]>
  exchange(id: MessageId): Promise<Exchange | undefined>
  /** What stands for the older turns, where they no longer fit. */
  summary(id: ConversationId): Promise<Summary | undefined>
}
