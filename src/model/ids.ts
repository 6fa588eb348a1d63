declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

export type ConnectionId = Branded<'connection'>
export type WorkspaceId = Branded<'workspace'>
export type ChannelId = Branded<'channel'>
export type PersonId = Branded<'person'>
export type ConversationId = Branded<'conversation'>
export type MessageId = Branded<'message'>
export type TurnId = Branded<'turn'>
export type AnswerId = Branded<'answer'>
export type PartId = Branded<'part'>
export type RunId = Branded<'run'>
export type AttachmentId = Branded<'attachment'>
export type ServerId = Branded<'server'>
/** One call of a model, from the moment it is reserved. */
export type CallId = Branded<'call'>
export type RehearsalId = Branded<'rehearsal'>
export type RehearsalItemId = Branded<'rehearsal-item'>
export type BudgetId = Branded<'budget'>
export type AdminId = Branded<'admin'>
export type SessionId = Branded<'session'>
export type ApiTokenId = Branded<'api-token'>

/** An id of the platform's own, made and read only by its adapter; opaque everywhere else. */
export type ExternalId = Branded<'external'>

export function externalId(value: string | number | bigint): ExternalId {
  return String(value) as ExternalId
}
