import { type JsonObject, objectAt, stringAt, stringsAt } from './json.ts'
import type { MatrixMessage, MessageEdit } from './message.ts'
import { type Room, type RoomEvent, relationOf, type StoredEvent } from './room.ts'

/** `plain`: what a person's own client decrypts an encrypted event to. */
export function showEvent(room: Room, stored: StoredEvent, plain?: JsonObject): void {
  const { event } = stored
  if (event.state_key !== undefined) return
  const relation = relationOf(event)
  if (event.type === 'm.reaction' && relation?.type === 'm.annotation') {
    const key = stringAt(objectAt(event.content, 'm.relates_to') ?? {}, 'key') ?? ''
    const reaction = { eventId: event.event_id, key, sender: event.sender }
    change(room, relation.eventId, (message) => ({ ...message, reactions: [...message.reactions, reaction] }))
    return
  }
  if (event.type !== 'm.room.message' && event.type !== 'm.room.encrypted') return
  if (relation?.type === 'm.replace') {
    const content = objectAt(plain ?? event.content, 'm.new_content')
    if (!content) return
    change(room, relation.eventId, (message) =>
      message.isRedacted || message.sender !== event.sender
        ? message
        : withContent(message, content, [
            ...message.edits,
            { eventId: event.event_id, at: event.origin_server_ts, content },
          ]),
    )
    return
  }
  room.messages.set(event.event_id, firstShown(event, plain ?? event.content))
}

/** `target` is the event as it was before it was pruned. */
export function hideEvent(room: Room, target: RoomEvent, by: string): void {
  const relation = relationOf(target)
  if (relation?.type === 'm.annotation') {
    change(room, relation.eventId, (message) => ({
      ...message,
      reactions: message.reactions.filter(({ eventId }) => eventId !== target.event_id),
    }))
    return
  }
  if (relation?.type === 'm.replace') {
    change(room, relation.eventId, (message) => {
      const edits = message.edits.filter(({ eventId }) => eventId !== target.event_id)
      const content = edits.at(-1)?.content ?? message.original
      return message.isRedacted ? message : withContent(message, content, edits)
    })
    return
  }
  change(room, target.event_id, (message) => {
    const { formattedBody: _formatted, mediaUrl: _media, ...rest } = message
    return {
      ...rest,
      body: '',
      original: {},
      content: {},
      edits: [],
      mentions: [],
      mentionsRoom: false,
      isRedacted: true,
      redactedBy: by,
    }
  })
}

function change(room: Room, eventId: string, next: (message: MatrixMessage) => MatrixMessage): void {
  const message = room.messages.get(eventId)
  if (message) room.messages.set(eventId, next(message))
}

function firstShown(event: RoomEvent, content: JsonObject): MatrixMessage {
  const relates = objectAt(event.content, 'm.relates_to') ?? objectAt(content, 'm.relates_to') ?? {}
  const relation = relationOf(event)
  const threadRoot = relation?.type === 'm.thread' ? relation.eventId : undefined
  const isFallback = threadRoot !== undefined && relates.is_falling_back === true
  const replyTo = isFallback ? undefined : stringAt(objectAt(relates, 'm.in_reply_to') ?? {}, 'event_id')
  return {
    eventId: event.event_id,
    roomId: event.room_id,
    sender: event.sender,
    at: event.origin_server_ts,
    ...described(content),
    ...(threadRoot === undefined ? {} : { threadRoot }),
    ...(replyTo === undefined ? {} : { replyTo }),
    isEncrypted: event.type === 'm.room.encrypted',
    isRedacted: false,
    reactions: [],
    original: content,
    edits: [],
  }
}

function withContent(
  message: MatrixMessage,
  content: JsonObject,
  edits: readonly MessageEdit[],
): MatrixMessage {
  const { formattedBody: _formatted, mediaUrl: _media, ...rest } = message
  return { ...rest, ...described(content), edits }
}

function described(content: JsonObject) {
  const msgtype = stringAt(content, 'msgtype') ?? ''
  const formattedBody = stringAt(content, 'formatted_body')
  const mediaUrl = stringAt(content, 'url') ?? stringAt(objectAt(content, 'file') ?? {}, 'url')
  const mentions = objectAt(content, 'm.mentions') ?? {}
  return {
    msgtype,
    isNotice: msgtype === 'm.notice',
    body: stringAt(content, 'body') ?? '',
    ...(formattedBody === undefined ? {} : { formattedBody }),
    ...(mediaUrl === undefined ? {} : { mediaUrl }),
    mentions: stringsAt(mentions, 'user_ids') ?? [],
    mentionsRoom: mentions.room === true,
    isVoice: content['org.matrix.msc3245.voice'] !== undefined,
    content,
  }
}
