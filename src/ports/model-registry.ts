import type { ServerId } from '../model/ids.ts'
import type { ConnectionSource } from './connection-store.ts'
import type { ListedModel } from './reply-model.ts'

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
}
