import type { Capabilities } from '../model/capabilities.ts'
import type { ExternalId } from '../model/ids.ts'
import type { Control, EditRequest, FormattedPart, PostRequest, Target } from '../model/outbound.ts'

export interface Download {
  readonly stream: AsyncIterable<Uint8Array>
  readonly mimeType?: string
}

export interface GrowRequest {
  readonly target: Target
  /** As in `PostRequest`. */
  readonly key: string
  /** undefined: nothing of it is shown yet. */
  readonly externalId: ExternalId | undefined
  /** All of it so far; of what was given before, nothing has changed. */
  readonly markdown: string
  readonly controls: readonly Control[]
}

export interface Earlier {
  readonly messageId: ExternalId
  /** `channel`: also before a message that begins a conversation. */
  readonly scope: 'thread' | 'channel'
  readonly limit: number
}

/** Untrusted, all of it. */
export interface SaidBefore {
  readonly externalId: ExternalId
  /** The platform's id of who said it; empty where there is none. */
  readonly person: string
  readonly name: string
  /** The bot itself said it. */
  readonly own: boolean
  readonly text: string
  readonly at: Date
  /** Names of what was attached. */
  readonly files: readonly string[]
}

/**
 * Speaks on one connection. Stateless, usable from any worker; the SDK's own retries are off.
 * Every method rejects with a HubError: `platform_rate_limited` with `retry: {after, ms}` for a 429 in
 * the platform's own shape, `platform_unreachable` (later) where the effect is unknown,
 * `platform_message_gone` (never) where the message to edit no longer exists, `platform_forbidden` (never)
 * where the bot may not, `platform_rejected` (never) for any other refusal.
 */
export interface Sender {
  /**
   * What was said before a message where it stands, oldest first; nothing for direct messages outside threads, which
   * the hub knows itself. Absent where the platform lets bots read nothing back.
   */
  surroundings?(target: Target, asked: Earlier, signal: AbortSignal): Promise<readonly SaidBefore[]>
  capabilities(target: Target): Capabilities
  /**
   * Markdown in the platform's own form, split into parts that each fit one message, without pings.
   * Pure; `target` says whether links may show previews. An empty text gives no part. A longer text keeps its earlier parts as they were, as far as it can.
   */
  format(markdown: string, target?: Pick<Target, 'linkPreviews' | 'richText'>): readonly FormattedPart[]
  post(request: PostRequest, signal: AbortSignal): Promise<{ externalId: ExternalId }>
  /** Resolves also where the platform says that nothing changed. */
  edit(request: EditRequest, signal: AbortSignal): Promise<void>
  /**
   * Shows a growing text by the platform's own means. undefined: not here, or not any more: it goes on by posts and
   * edits, for which `edit` ends what is still growing. A preview's id is of no use but to go on with it; the
   * post of the same answer takes its place.
   */
  grow?(request: GrowRequest, signal: AbortSignal): Promise<ExternalId | undefined>
  /** Resolves also where the message is already gone. */
  remove(target: Target, externalId: ExternalId, signal: AbortSignal): Promise<void>
  /** Shows that work goes on (typing, status). Best effort: failures are the caller's to ignore. */
  indicate(target: Target, active: boolean, signal: AbortSignal): Promise<void>
  /** Where `capabilities.repost` is `findable`: the message posted under the key, if the platform has it. */
  findPosted?(target: Target, key: string, signal: AbortSignal): Promise<ExternalId | undefined>
  /** Where the platform knows admins of a workspace: whether the person is one now. */
  administers?(workspace: ExternalId, person: ExternalId, signal: AbortSignal): Promise<boolean>
  /**
   * Opens an attachment by its `reference`, with the platform's own authentication, from the platform's own
   * host only. Rejects with `attachment_gone` or `attachment_too_large` (declared size).
   */
  download(reference: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Download>
}
