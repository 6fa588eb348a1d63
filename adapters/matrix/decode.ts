import { type ConnectionId, externalId } from '../../src/model/ids.ts'
import {
  type Addressed,
  type ConversationHint,
  type InboundEvent,
  type InboundMessage,
  type InboundWorkspace,
  type QuotedMessage,
  REACTION,
} from '../../src/model/inbound.ts'
import type { Target } from '../../src/model/outbound.ts'
import { type Account, spokenTo, withoutQuote } from './addressing.ts'
import { attachmentOf, captionOf, isFileMessage } from './attachment.ts'
import { type Content, contentOf, type RoomEvent, relationsOf, textAt } from './events.ts'

export interface Self extends Account {
  readonly connectionId: ConnectionId
}

/** An event that another one points to. */
export interface PointedAt {
  readonly sender: string
  readonly threadRoot?: string | undefined
  /** Milliseconds since the epoch. */
  readonly at?: number
}

/** What an event means beyond its own text, looked up before it is decoded. */
export interface Surroundings {
  readonly roomId: string
  readonly roomName?: string | undefined
  readonly isDirect: boolean
  readonly senderName: string
  /** Of the message that this one replies to or replaces; absent: there is none to be had. */
  readonly pointedAt?: PointedAt | undefined
  /** Known of who reacts. */
  readonly mayManage?: boolean
  /** What a command to run code is about; looked up only for one. */
  readonly quoted?: Content | undefined
}

/** What an event means to the hub; undefined: nothing (its own, notices, reactions, state). */
export function decode(event: RoomEvent, around: Surroundings, self: Self): InboundEvent | undefined {
  if (event.sender === self.userId || event.state_key !== undefined) return undefined
  switch (event.type) {
    case 'm.room.message':
      return relationsOf(event).replaces === undefined
        ? decodeMessage(event, around, self)
        : decodeEdit(event, around, self)
    case 'm.reaction':
      return decodeReaction(event, around, self)
    case 'm.room.redaction': {
      // Room version 11 moved `redacts` into the content.
      const redacted = textAt(event.content, 'redacts') ?? event.redacts
      if (redacted === undefined) return undefined
      return { kind: 'deletion', ...base(event, around, self), messageId: externalId(redacted) }
    }
    case 'm.room.encrypted':
      return {
        kind: 'unreadable',
        ...base(event, around, self),
        reason: 'encrypted',
        // Not in a thread: it is for the whole room.
        target: { channel: externalId(around.roomId), commandPrefix: '!', direct: around.isDirect },
      }
    default:
      return undefined
  }
}

function decodeMessage(event: RoomEvent, around: Surroundings, self: Self): InboundMessage | undefined {
  const { content } = event
  const isFile = isFileMessage(content)
  if (!isFile && !isText(content)) return undefined
  const { threadRoot, replyTo, canBeRoot } = relationsOf(event)
  const body = isFile ? captionOf(content) : (textAt(content, 'body') ?? '')
  const { text, meant } = spokenTo(content, body, self, { isReply: replyTo !== undefined })
  const isReplyToUs = around.pointedAt?.sender === self.userId
  // Clients without threads reply to an answer that stands in one.
  const root = threadRoot ?? (isReplyToUs ? around.pointedAt?.threadRoot : undefined)
  return {
    kind: 'message',
    ...base(event, around, self),
    messageId: externalId(event.event_id),
    text,
    addressed: addressed(around.isDirect, isReplyToUs, meant),
    conversation: conversationOf(event.event_id, around, root),
    attachments: isFile ? [attachmentOf(content, event.event_id)] : [],
    target: targetOf(
      event.event_id,
      around,
      root ?? (around.isDirect || !canBeRoot ? undefined : event.event_id),
    ),
    ...(replyTo === undefined ? {} : { replyTo: externalId(replyTo) }),
    ...(around.quoted === undefined ? {} : { quoted: quotedOf(around.quoted, replyTo ?? '') }),
  }
}

function quotedOf(content: Content, eventId: string): QuotedMessage {
  const isFile = isFileMessage(content)
  return {
    text: isFile ? captionOf(content) : withoutQuote(textAt(content, 'body') ?? ''),
    attachments: isFile ? [attachmentOf(content, eventId)] : [],
  }
}

/** On the bot's own messages a reaction is what a button is elsewhere. */
function decodeReaction(event: RoomEvent, around: Surroundings, self: Self): InboundEvent | undefined {
  const { annotates } = relationsOf(event)
  const key = textAt(contentOf(event.content['m.relates_to']), 'key')
  if (annotates === undefined || key === undefined || around.pointedAt?.sender !== self.userId)
    return undefined
  return {
    kind: 'action',
    ...base(event, around, self),
    control: `${REACTION}${key.slice(0, 32)}`,
    messageId: externalId(annotates),
    administers: around.mayManage === true,
    target: targetOf(event.event_id, around, around.pointedAt.threadRoot),
  }
}

/** Homeservers pass on edits of other people's messages; clients are to ignore them. */
function decodeEdit(event: RoomEvent, around: Surroundings, self: Self): InboundEvent | undefined {
  const { replaces } = relationsOf(event)
  const next = contentOf(event.content['m.new_content'])
  if (replaces === undefined || around.pointedAt?.sender !== event.sender) return undefined
  const isFile = isFileMessage(next)
  if (!isFile && !isText(next)) return undefined
  const body = isFile ? captionOf(next) : (textAt(next, 'body') ?? '')
  const { text, meant } = spokenTo(next, body, self, { isReply: true })
  // Of the original: an edit's own relation only says what it replaces.
  const { threadRoot, at } = around.pointedAt
  return {
    kind: 'edit',
    ...base(event, around, self),
    messageId: externalId(replaces),
    text,
    addressed: addressed(around.isDirect, false, meant),
    conversation: conversationOf(replaces, around, threadRoot),
    attachments: isFile ? [attachmentOf(next, replaces)] : [],
    target: targetOf(replaces, around, threadRoot ?? (around.isDirect ? undefined : replaces)),
    ...(at === undefined ? {} : { saidAt: new Date(at) }),
  }
}

function isText(content: Content): boolean {
  const msgtype = textAt(content, 'msgtype')
  return (msgtype === 'm.text' || msgtype === 'm.emote') && textAt(content, 'body') !== undefined
}

function addressed(isDirect: boolean, isReplyToUs: boolean, meant: boolean): Addressed {
  if (isDirect) return 'direct'
  if (isReplyToUs) return 'reply'
  return meant ? 'mention' : 'none'
}

function conversationOf(
  eventId: string,
  { isDirect }: Surroundings,
  root: string | undefined,
): ConversationHint {
  return isDirect && root === undefined
    ? { kind: 'keyed', key: 'direct', opens: false }
    : { kind: 'keyed', key: `thread:${root ?? eventId}`, opens: root === undefined }
}

function targetOf(eventId: string, around: Surroundings, root: string | undefined): Target {
  return {
    channel: externalId(around.roomId),
    commandPrefix: '!',
    direct: around.isDirect,
    ...(root === undefined ? {} : { threadRoot: root }),
    ...(root === undefined && around.isDirect ? {} : { replyTo: eventId }),
  }
}

/** The account itself is the tenant. */
export function workspaceOf({ userId, displayName }: Account): InboundWorkspace {
  return { externalId: externalId(userId), name: displayName }
}

function base(event: RoomEvent, around: Surroundings, self: Self) {
  const { roomId, roomName, isDirect, senderName } = around
  return {
    connectionId: self.connectionId,
    eventId: event.event_id,
    at: new Date(event.origin_server_ts),
    workspace: workspaceOf(self),
    channel: {
      externalId: externalId(roomId),
      name: roomName ?? (isDirect ? senderName : roomId),
      kind: isDirect ? ('direct' as const) : ('group' as const),
    },
    person: { externalId: externalId(event.sender), name: senderName },
  }
}
