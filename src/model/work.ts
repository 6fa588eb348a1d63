import type { CommandName, RunLanguage } from './command.ts'
import type {
  AnswerId,
  ChannelId,
  ConnectionId,
  ConversationId,
  ExternalId,
  MessageId,
  PartId,
  PersonId,
  TurnId,
  WorkspaceId,
} from './ids.ts'
import type { Control, OutboundFile, Target } from './outbound.ts'
import type { EffectiveSettings, Language } from './settings.ts'

export const STEPS = ['transcribe', 'read', 'reply', 'run', 'deliver'] as const
/** What a turn does next. */
export type Step = (typeof STEPS)[number]

export type TurnEnd = 'done' | 'failed' | 'stopped' | 'cancelled'

/** The right to write to a conversation; worthless once a higher fence exists. */
export interface Lease {
  readonly conversationId: ConversationId
  readonly owner: string
  readonly fence: number
  /** When it surely holds no more, by the holder's own `performance.now()`; renewing it raises `until`. */
  readonly held?: { until: number }
}

export interface ClaimedTurn {
  readonly id: TurnId
  readonly seq: number
  readonly step: Step
  readonly attempts: number
  readonly deaths: number
  readonly lease: Lease
  readonly workspaceId: WorkspaceId
  readonly channelId: ChannelId
  readonly channelKind: 'direct' | 'group'
  readonly channelName: string | undefined
  readonly workspaceName: string
  readonly platform: string
  /** Where its workspace stands in the hub's virtual time: who has less goes first. */
  readonly virtualStart: number
  readonly connectionId: ConnectionId
  readonly conversationId: ConversationId
  readonly messageId: MessageId
  readonly personId: PersonId
  readonly personName: string
  readonly target: Target
  /** Read in the transaction that claims the turn. */
  readonly settings: EffectiveSettings
  readonly language: Language
  readonly stopRequested: boolean
}

export interface AnswerPart {
  readonly id: PartId
  readonly position: number
  readonly kind: 'text' | 'file'
  readonly key: string
  readonly sentDigest: string | undefined
  readonly version: number
  readonly externalId: ExternalId | undefined
  /** A post was begun and its outcome never recorded. */
  readonly inDoubt: boolean
  readonly file: OutboundFile | undefined
}

export interface Answer {
  readonly id: AnswerId
  readonly workspaceId: WorkspaceId
  readonly channelId: ChannelId
  readonly connectionId: ConnectionId
  readonly target: Target
  readonly preface: string
  readonly text: string
  readonly notice: string
  readonly controls: readonly Control[]
  readonly state: 'growing' | 'complete' | 'delivered' | 'undeliverable' | 'retracted'
  readonly private: boolean
  readonly attempts: number
  readonly parts: readonly AnswerPart[]
}

/** A text that the program finds under its name. */
export interface RunFile {
  readonly name: string
  readonly text: string
}

/** A text that lies with the platform until the program is about to run. */
export interface AttachedText {
  readonly name: string
  readonly role: 'source' | 'stdin' | 'file'
  /** For `Sender.download`. */
  readonly reference: Readonly<Record<string, unknown>>
  readonly sizeBytes?: number
}

export interface CodeToRun {
  readonly language: RunLanguage
  /** Empty while it is attached. */
  readonly source: string
  readonly stdin?: string
  readonly args?: readonly string[]
  readonly files?: readonly RunFile[]
  readonly attached?: readonly AttachedText[]
}

/** What a question is about, as it is kept with it. */
export interface KeptQuote {
  readonly by?: string
  readonly text: string
  readonly excerpt?: string
  /** Names of what was attached. */
  readonly files: readonly string[]
}

/** One entry of the list of decisions kept with a message. Details hold no chat text and no secret. */
export interface Decision {
  readonly code: string
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>
}

export interface RecordedDecision extends Decision {
  readonly at: Date
}

/** Where an event happened, resolved to the hub's own rows. */
export interface Place {
  readonly connectionId: ConnectionId
  readonly workspaceId: WorkspaceId
  readonly channelId: ChannelId
  readonly channelKind: 'direct' | 'group'
  readonly personId: PersonId
  /** They asked that nothing be kept of what they say. */
  readonly paused: boolean
  readonly settings: EffectiveSettings
  readonly language: Language
}

export interface CommandCall {
  readonly command: CommandName
  readonly argument: string
}
