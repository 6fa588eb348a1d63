import type { CommandName } from './command.ts'
import type { ConnectionId, ExternalId, MessageId } from './ids.ts'
import type { Target } from './outbound.ts'

export interface InboundWorkspace {
  readonly externalId: ExternalId
  readonly name?: string
}

export interface InboundChannel {
  readonly externalId: ExternalId
  readonly name?: string
  /** The channel that a thread or topic is in, where it is one of its own. */
  readonly within?: ExternalId
  /** `direct`: one person and the bot. */
  readonly kind: 'direct' | 'group'
}

export interface InboundPerson {
  readonly externalId: ExternalId
  readonly name: string
  /** The platform's own guess, BCP 47, e.g. `pt-PT`. */
  readonly language?: string
}

/**
 * What shares context and order.
 * - `keyed`: the adapter knows the key (a thread, a topic, a direct message as a whole). `opens` says
 *   that this message begins it, so that it cannot be a follow-up.
 * - `reply-chain`: a reply continues the conversation of the message replied to, anything else begins one.
 */
export type ConversationHint =
  | { readonly kind: 'keyed'; readonly key: string; readonly opens: boolean }
  | { readonly kind: 'reply-chain'; readonly replyTo?: ExternalId }

/** How the platform shows that the bot was meant; `none` leaves it to the core (follow-up, triggers). */
export type Addressed = 'direct' | 'mention' | 'reply' | 'none'

export interface InboundAttachment {
  readonly kind: 'voice' | 'audio' | 'image' | 'video' | 'file'
  readonly externalId: ExternalId
  readonly name: string
  readonly mimeType?: string
  readonly sizeBytes?: number
  readonly durationMs?: number
  /** What `Sender.download` needs, in the adapter's own form; no secrets. */
  readonly reference: Readonly<Record<string, unknown>>
}

/** A message that another one is about: replied to, or chosen from its menu. Its text is read like any other's. */
export interface QuotedMessage {
  readonly text: string
  /** Who said it, by name. */
  readonly by?: string
  /** The part of it that was quoted. */
  readonly excerpt?: string
  readonly attachments: readonly InboundAttachment[]
}

interface InboundBase {
  readonly connectionId: ConnectionId
  /** The platform's id of this delivery; a redelivery carries the same one. Unique per connection. */
  readonly eventId: string
  readonly at: Date
  readonly workspace: InboundWorkspace
  readonly channel: InboundChannel
  readonly person: InboundPerson
}

interface Said extends InboundBase {
  /** Whether this person runs the place, by the platform's own rights; absent: not known. */
  readonly administers?: boolean
  readonly messageId: ExternalId
  /** Markdown-ish plain text with the bot's own mention removed. Untrusted. */
  readonly text: string
  readonly addressed: Addressed
  readonly conversation: ConversationHint
  readonly replyTo?: ExternalId
  readonly attachments: readonly InboundAttachment[]
  /** What `replyTo` says, where it can be had; sure to be looked up only for commands. */
  readonly quoted?: QuotedMessage
  readonly target: Target
}

export interface InboundMessage extends Said {
  readonly kind: 'message'
}

/** A slash command, or a modal sent in: the platform itself says which command it is. */
export interface InboundCommand extends InboundBase {
  readonly kind: 'command'
  /** Whether this person runs the place, by the platform's own rights; absent: not known. */
  readonly administers?: boolean
  /** The interaction's own id: commands are messages too. */
  readonly messageId: ExternalId
  readonly command: CommandName
  readonly argument: string
  readonly attachments?: readonly InboundAttachment[]
  /** The message that the command was chosen for. */
  readonly quoted?: QuotedMessage
  readonly conversation: ConversationHint
  readonly replyTo?: ExternalId
  readonly target: Target
}

/** What a message says now, whole: it may be addressed to the bot only since this edit. `at`: of the edit. */
export interface InboundEdit extends Said {
  readonly kind: 'edit'
  /** When it was first said, where the platform tells. */
  readonly saidAt?: Date
}

/** `person` is whom the platform names, often only the author. */
export interface InboundDeletion extends InboundBase {
  readonly kind: 'deletion'
  readonly messageId: ExternalId
}

/** Before an emoji: a control that is a reaction, where there are no buttons. */
export const REACTION = 'reaction:'

export interface InboundAction extends InboundBase {
  readonly kind: 'action'
  /** The control's id, as given in `Control.id`, or a reaction. Untrusted: anybody can forge one. */
  readonly control: string
  readonly messageId: ExternalId
  /** It names no message: the person's newest turn here is meant. */
  readonly newest?: boolean
  /** The platform lets this person manage the place: what others wrote there, the channel, or all of it. */
  readonly administers?: boolean
  readonly target: Target
}

/** The bot is spoken to in a place it cannot read, such as an encrypted room. */
export interface InboundUnreadable extends InboundBase {
  readonly kind: 'unreadable'
  readonly reason: 'encrypted'
  readonly target: Target
}

/** A channel got a new id (supergroup, room upgrade); its settings and conversations move along. */
export interface InboundChannelMoved extends InboundBase {
  readonly kind: 'channel-moved'
  readonly newExternalId: ExternalId
}

export type InboundEvent =
  | InboundMessage
  | InboundCommand
  | InboundEdit
  | InboundDeletion
  | InboundAction
  | InboundUnreadable
  | InboundChannelMoved

/** What became of an event. All are expected; a failure to store throws, and the platform redelivers. */
export type IngestOutcome =
  | { readonly kind: 'queued'; readonly messageId?: MessageId }
  /** Answered at once, without a turn; `private`: for the asker's eyes where the platform can. */
  | { readonly kind: 'replied'; readonly private: boolean }
  /** `tell`: plain text for the eyes of whoever pressed a button, where the platform can. */
  | { readonly kind: 'handled'; readonly tell?: string }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'ignored'; readonly reason: string; readonly tell?: string }
