import type { Sentence } from '../model/sentence.ts'
import type { Language } from '../model/settings.ts'
import type { Step } from '../model/work.ts'
import type { AdminStore } from '../ports/admin-store.ts'
import type { ApiTokenStore } from '../ports/api-token-store.ts'
import type { AttemptCounter } from '../ports/attempt-counter.ts'
import type { AuditLog } from '../ports/audit-log.ts'
import type { BudgetStore } from '../ports/budget-store.ts'
import type { Confinement } from '../ports/confinement.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { ConversationRecords } from '../ports/conversation-records.ts'
import type { DeadLetterStore } from '../ports/dead-letters.ts'
import type { Logger } from '../ports/logger.ts'
import type { MessageRecords } from '../ports/message-records.ts'
import type { ModelRegistry } from '../ports/model-registry.ts'
import type { PeopleStore } from '../ports/people-store.ts'
import type { HttpAnswer, HttpRequest } from '../ports/receiver.ts'
import type { RehearsalStore } from '../ports/rehearsals.ts'
import type { RunRecords } from '../ports/run-records.ts'
import type { SecondFactorStore } from '../ports/second-factor-store.ts'
import type { SessionStore } from '../ports/session-store.ts'
import type { SettingsStore } from '../ports/settings-store.ts'
import type { Claim, SignInStore } from '../ports/sign-in-store.ts'
import type { Signals } from '../ports/signals.ts'
import type { UsageReports } from '../ports/usage-reports.ts'
import type { WorkRecords } from '../ports/work-records.ts'
import type { WorkspaceStore } from '../ports/workspace-store.ts'

export interface ReadinessPart {
  readonly kind: 'database' | 'queue' | 'connections' | 'connection' | 'model-server'
  readonly name: string
  readonly up: boolean
  /** Plain words, no secrets. */
  readonly detail?: string
}

export interface Readiness {
  /** Database and queue are up and connections were attempted; the other parts do not count. */
  readonly ready: boolean
  readonly parts: readonly ReadinessPart[]
}

export type ReceiverPath = { readonly kind: 'slack' } | { readonly kind: 'telegram'; readonly slug: string }

export interface WebParts {
  /** What people type to get here; with https, cookies are for https only. */
  readonly publicUrl: string | undefined
  /** Proxies in front whose word on the visitor's address counts: how many, or which. */
  readonly trustProxy?: number | string
  /** 32 bytes; signs tokens. Other bytes: everybody is logged out. */
  readonly signingKey: Buffer
  readonly admins: AdminStore
  readonly people: PeopleStore
  readonly sessions: SessionStore
  readonly secondFactors: SecondFactorStore
  readonly apiTokens: ApiTokenStore
  readonly attempts: AttemptCounter
  readonly confinement: Confinement
  readonly signIns: SignInStore
  /** Asks the platform. False also where it knows no admins of such places. */
  readonly administers: (claim: Claim, signal: AbortSignal) => Promise<boolean>
  readonly settings: SettingsStore
  readonly workspaces: WorkspaceStore
  readonly messages: MessageRecords
  readonly conversations: ConversationRecords
  readonly usage: UsageReports
  readonly budgets: BudgetStore
  readonly rehearsals: RehearsalStore
  /** Of the price list, by ISO 4217. */
  readonly currency: string
  readonly runs: RunRecords
  readonly work: WorkRecords
  readonly deadLetters: Pick<DeadLetterStore, 'retry' | 'discard'>
  /** Rejects while the queue is down. */
  readonly wake: (step: Step) => Promise<void>
  readonly audit: AuditLog
  readonly registry: ModelRegistry
  readonly connections: Pick<
    ConnectionStore,
    'list' | 'setPaused' | 'credentials' | 'add' | 'replaceCredentials' | 'remove'
  >
  /** Asks a platform whose account the credentials are. Rejects with its refusal in plain words. */
  readonly identify: (
    platform: string,
    credentials: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => Promise<string>
  readonly signals: Signals
  readonly say: (sentence: Sentence, language: Language) => string
  readonly log: Logger
  readonly readiness: () => Promise<Readiness>
  /** Prometheus' text format; absent: only what readiness and the process tell. */
  readonly metrics?: () => Promise<string>
  /** undefined: no connection receives there. */
  readonly receiversHttp: (path: ReceiverPath, request: HttpRequest) => Promise<HttpAnswer | undefined>
}
