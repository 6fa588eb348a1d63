import type { JsonObject } from './json.ts'

export interface MessageEdit {
  readonly eventId: string
  readonly at: number
  readonly content: JsonObject
}

/** One message as a person's client shows it now: edits applied, redactions gone. */
export interface MatrixMessage {
  readonly eventId: string
  readonly roomId: string
  readonly sender: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly msgtype: string
  readonly isNotice: boolean
  readonly body: string
  readonly formattedBody?: string
  readonly mentions: readonly string[]
  readonly mentionsRoom: boolean
  readonly threadRoot?: string
  /** A true reply; the reply that a thread carries for older clients is left out. */
  readonly replyTo?: string
  /** The `mxc://` address of an attachment. */
  readonly mediaUrl?: string
  readonly isVoice: boolean
  readonly isEncrypted: boolean
  readonly isRedacted: boolean
  readonly redactedBy?: string
  readonly reactions: readonly { readonly eventId: string; readonly key: string; readonly sender: string }[]
  /** Content as first sent; empty when redacted. */
  readonly original: JsonObject
  /** Oldest first. */
  readonly edits: readonly MessageEdit[]
  /** Content as of the newest edit; empty when redacted. */
  readonly content: JsonObject
}
