import type { ChannelId, ConversationId, MessageId, RunId, TurnId, WorkspaceId } from '../model/ids.ts'

/** What belongs to a workspace, by its id. */
export type OwnedThing =
  | { readonly kind: 'workspace'; readonly id: WorkspaceId }
  | { readonly kind: 'channel'; readonly id: ChannelId }
  | { readonly kind: 'conversation'; readonly id: ConversationId }
  | { readonly kind: 'message'; readonly id: MessageId }
  | { readonly kind: 'run'; readonly id: RunId }
  | { readonly kind: 'turn'; readonly id: TurnId }

/** Lets a request see the rows of some workspaces only: the database itself hides and refuses all others. */
export interface Confinement {
  /** Why the database cannot confine anybody, in plain words for the operator; undefined: it can. */
  readonly unavailable: string | undefined
  /** Everything that `work` starts, and what comes of it later, is confined. */
  within(workspaces: readonly WorkspaceId[], work: () => void): void
  /** Looked up unconfined; undefined: there is no such thing. */
  ownerOf(thing: OwnedThing): Promise<WorkspaceId | undefined>
}
