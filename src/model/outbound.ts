import type { ExternalId } from './ids.ts'

/**
 * Where an answer goes: made by an adapter's decoder, stored as JSON, read back by the same adapter's
 * sender. It may hold a short-lived reply route (an interaction token) with its expiry; the sender falls
 * back to ordinary messages after it.
 */
export interface Target {
  readonly channel: ExternalId
  /** What stands before a command here, for help texts; absent: `/`. */
  readonly commandPrefix?: '/' | '!'
  /** Whether what links lead to is fetched and shown; absent: it is not. */
  readonly linkPreviews?: boolean
  /** Whether tables may come in the platform's richest form, which older apps do not show. */
  readonly richText?: boolean
  readonly [detail: string]: string | number | boolean | null | undefined
}

/** A button, named by the core. `id` comes back in `InboundAction.control`; at most 64 bytes. */
export interface Control {
  readonly id: string
  readonly label: string
}

/** One platform message worth of text, in the platform's own form; JSON only, compared by value. */
export interface FormattedPart {
  readonly body: Readonly<Record<string, unknown>>
}

export interface OutboundFile {
  readonly name: string
  readonly mimeType: string
  readonly data: Buffer
}

/** What one platform message shall show. */
export type OutboundContent =
  | { readonly kind: 'text'; readonly part: FormattedPart; readonly controls: readonly Control[] }
  | { readonly kind: 'file'; readonly file: OutboundFile }

export interface PostRequest {
  readonly target: Target
  readonly content: OutboundContent
  /** Stable for this part of this answer, at most 25 characters of [a-z0-9]: makes posting again harmless where the platform can. */
  readonly key: string
  /** For the asker's eyes only, where the platform can; otherwise an ordinary reply. */
  readonly private: boolean
  /** The last version of this part: people may be notified. */
  readonly final: boolean
}

export interface EditRequest {
  readonly target: Target
  readonly externalId: ExternalId
  readonly content: OutboundContent & { readonly kind: 'text' }
  /** Distinct for each edit of a part; for platforms whose edits are events with transaction ids. */
  readonly key: string
  readonly final: boolean
}
