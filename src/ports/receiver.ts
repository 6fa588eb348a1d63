import type { ConnectionId } from '../model/ids.ts'
import type { InboundEvent, InboundWorkspace, IngestOutcome } from '../model/inbound.ts'
import type { Sentence } from '../model/sentence.ts'
import type { Logger } from './logger.ts'

export type ConnectionState =
  | { readonly kind: 'connecting' }
  /** `workspaces`: those the bot is in, as far as the platform tells before anybody writes. */
  | {
      readonly kind: 'connected'
      readonly account: string
      readonly workspaces?: readonly InboundWorkspace[]
    }
  /** Not working now, tried again by itself. `detail`: plain words, no secrets. */
  | { readonly kind: 'down'; readonly detail: string }
  /** The platform refuses the credentials; tried again rarely, since only a person can mend it. */
  | { readonly kind: 'rejected'; readonly detail: string }

/** A durable position in the platform's stream of events (offset, sync token, session). JSON only. */
export interface Cursor {
  read(): Promise<unknown>
  write(value: unknown): Promise<void>
}

/**
 * The one door in. Resolves once the event is committed; a rejection means it is not, and the receiver
 * must leave it unacknowledged so that the platform delivers it again.
 * `acknowledge` runs after the commit and before any answer is sent: interaction responses and
 * deferrals belong there. Its failure is logged and changes nothing.
 */
export type Ingest = (
  event: InboundEvent,
  acknowledge?: (outcome: IngestOutcome) => Promise<void>,
) => Promise<IngestOutcome>

export interface ReceiverContext {
  readonly connectionId: ConnectionId
  readonly ingest: Ingest
  readonly cursor: Cursor
  /** Names the connection in the hub's own URLs, as in `/telegram/:slug`. */
  readonly slug: string
  /** Where the platform can reach the hub, no trailing slash; absent where the operator did not say. */
  readonly publicUrl: string | undefined
  readonly report: (state: ConnectionState) => void
  /** Words a sentence for a modal's title or labels. `language`: BCP 47, as the platform names it. */
  readonly say: (sentence: Sentence, language?: string) => string
  readonly log: Logger
}

export interface HttpRequest {
  readonly method: string
  /** Path with query string. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly rawBody: Buffer
}

export interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * Listens to one connection. Holds the socket or poll loop, reconnects by itself, ingests events in
 * the order the platform gives them within a channel.
 */
export interface Receiver {
  /**
   * Resolves after the signal aborts and everything is closed (within 5 s). Rejects when the connection
   * cannot be had or is lost beyond the SDK's own repair; the supervisor reports it and calls again later.
   */
  run(signal: AbortSignal): Promise<void>
  /** Present where the platform calls us. Verifies the request itself; answers within 3 s. */
  readonly http?: (request: HttpRequest) => Promise<HttpAnswer>
}
