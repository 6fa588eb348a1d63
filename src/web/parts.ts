import type { Sentence } from '../model/sentence.ts'
import type { Language } from '../model/settings.ts'
import type { AdminStore } from '../ports/admin-store.ts'
import type { AuditLog } from '../ports/audit-log.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { Logger } from '../ports/logger.ts'
import type { MessageRecords } from '../ports/message-records.ts'
import type { ModelRegistry } from '../ports/model-registry.ts'
import type { HttpAnswer, HttpRequest } from '../ports/receiver.ts'
import type { SessionStore } from '../ports/session-store.ts'
import type { SettingsStore } from '../ports/settings-store.ts'
import type { Signals } from '../ports/signals.ts'
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
  /** 32 bytes; signs tokens. Other bytes: everybody is logged out. */
  readonly signingKey: Buffer
  readonly admins: AdminStore
  readonly sessions: SessionStore
  readonly settings: SettingsStore
  readonly workspaces: WorkspaceStore
  readonly messages: MessageRecords
  readonly audit: AuditLog
  readonly registry: ModelRegistry
  readonly connections: Pick<ConnectionStore, 'list'>
  readonly signals: Signals
  readonly say: (sentence: Sentence, language: Language) => string
  readonly log: Logger
  readonly readiness: () => Promise<Readiness>
  /** Prometheus' text format; absent: only what readiness and the process tell. */
  readonly metrics?: () => Promise<string>
  /** undefined: no connection receives there. */
  readonly receiversHttp: (path: ReceiverPath, request: HttpRequest) => Promise<HttpAnswer | undefined>
}
