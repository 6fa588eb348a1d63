import type { ChannelId, ConnectionId, ExternalId, WorkspaceId } from '../model/ids.ts'

export interface Workspace {
  readonly id: WorkspaceId
  readonly platform: string
  readonly externalId: ExternalId
  readonly name: string
  readonly connection: { readonly id: ConnectionId; readonly slug: string; readonly name: string }
  readonly createdAt: Date
  readonly lastMessageAt: Date | undefined
}

export interface Channel {
  readonly id: ChannelId
  readonly workspaceId: WorkspaceId
  readonly externalId: ExternalId
  readonly name: string | undefined
  readonly kind: 'direct' | 'group'
  /** Whether anything is set for it alone. */
  readonly hasOwnSettings: boolean
}

export interface Page<Id> {
  readonly limit: number
  /** The last id of the page before. */
  readonly after?: Id
}

export interface WorkspaceStore {
  /** Oldest first. `search`: part of a name. */
  list(page: Page<WorkspaceId> & { readonly search?: string }): Promise<readonly Workspace[]>
  find(id: WorkspaceId): Promise<Workspace | undefined>
  channels(id: WorkspaceId, page: Page<ChannelId>): Promise<readonly Channel[]>
  channel(id: ChannelId): Promise<Channel | undefined>
  /** For workspaces that an adapter knows of before their first message; renames the ones that are there. */
  upsertWorkspace(workspace: {
    readonly connectionId: ConnectionId
    readonly externalId: ExternalId
    readonly name?: string
  }): Promise<WorkspaceId>
}
