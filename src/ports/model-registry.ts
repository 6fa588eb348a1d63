import type { MessageId, ServerId } from '../model/ids.ts'
import type { ModelAbilities, ModelAlias, ServerKind } from '../model/model-abilities.ts'
import type { ConnectionSource } from './connection-store.ts'
import type { ListedModel, ServerLoad } from './reply-model.ts'

export interface RegisteredServer {
  readonly id: ServerId
  readonly name: string
  readonly purpose: 'chat' | 'speech'
  readonly baseUrl: string
  readonly hasApiKey: boolean
  readonly source: ConnectionSource
  readonly defaultModel: string | undefined
  readonly state: 'unknown' | 'up' | 'down'
  readonly stateDetail: string | undefined
  readonly checkedAt: Date | undefined
  readonly models: readonly ListedModel[]
  readonly kind: ServerKind | undefined
  readonly concurrency: number | undefined
  readonly priorities: boolean
  readonly load: ServerLoad | undefined
}

/** What an admin may say of a server, the environment's included. */
export interface ServerChange {
  readonly concurrency?: number | null
  readonly priorities?: boolean
}

export interface RecordedFault {
  readonly at: Date
  readonly model: string | undefined
  readonly code: string
  readonly detail: string
  readonly messageId: MessageId | undefined
}

/** Of the last 24 hours. Times in milliseconds, of calls that began to answer. */
export interface ServerHealth {
  readonly calls: number
  readonly failed: number
  readonly running: number
  readonly firstTokenMs: { readonly median: number; readonly slow: number } | undefined
  /** A second, while it answers. */
  readonly tokensPerSecond: number | undefined
  /** The newest first. */
  readonly faults: readonly RecordedFault[]
}

export interface NewServer {
  readonly name: string
  readonly purpose: 'chat' | 'speech'
  readonly baseUrl: string
  readonly apiKey?: string
  readonly defaultModel?: string
}

/** The servers as an admin sees them. */
export interface ModelRegistry {
  list(): Promise<readonly RegisteredServer[]>
  /** Rejects with `name_taken` when another server has the name. */
  add(server: NewServer): Promise<ServerId>
  /** Rejects with `read_only` for servers named by the environment. False: unknown. */
  remove(id: ServerId): Promise<boolean>
  reconcile(source: 'environment' | 'simulator', wanted: readonly NewServer[]): Promise<void>
  /** Asks a server (all: no id) what it lists, and keeps the answer and its state. */
  refresh(signal: AbortSignal, id?: ServerId): Promise<void>
  /** False: unknown. */
  change(id: ServerId, change: ServerChange): Promise<boolean>
  health(id: ServerId): Promise<ServerHealth>

  aliases(): Promise<readonly ModelAlias[]>
  putAlias(alias: ModelAlias): Promise<void>
  removeAlias(name: string): Promise<boolean>
  /** What admins said of models, by name. */
  facts(): Promise<ReadonlyMap<string, ModelAbilities>>
  putFacts(model: string, abilities: ModelAbilities): Promise<void>
}
