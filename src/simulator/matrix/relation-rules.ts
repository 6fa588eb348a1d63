import { isObject, type JsonObject, objectAt, stringAt } from './json.ts'
import { badJson, invalidParam, MatrixRefusal } from './refusal.ts'
import { type Room, relationOf, type StoredEvent } from './room.ts'

/** Refuses relations that clients would ignore, and duplicate reactions as a homeserver does. */
export function checkRelation(room: Room, sender: string, type: string, content: JsonObject): void {
  const relates = content['m.relates_to']
  if (relates === undefined) {
    if (content['m.new_content'] !== undefined) throw badJson('m.new_content needs an m.replace relation')
    return
  }
  if (!isObject(relates)) throw badJson('m.relates_to must be an object')
  checkReply(room, relates)
  const relType = relates.rel_type
  if (relType === undefined) {
    if (relates.event_id !== undefined) throw badJson('m.relates_to.event_id needs a rel_type')
    if (relates['m.in_reply_to'] === undefined)
      throw badJson('m.relates_to needs a rel_type or m.in_reply_to')
    return
  }
  if (typeof relType !== 'string') throw badJson('m.relates_to.rel_type must be a string')
  const targetId = stringAt(relates, 'event_id')
  if (targetId === undefined) throw badJson('m.relates_to.event_id must be a string')
  const target = room.events.get(targetId)
  if (!target) throw invalidParam(`m.relates_to names an unknown event: ${targetId}`)
  if (relType === 'm.replace') checkReplace(target, sender, type, content)
  if (relType === 'm.thread') checkThread(target, relates)
  if (relType === 'm.annotation') checkAnnotation(room, sender, type, target, relates)
  if (relType !== 'm.replace' && content['m.new_content'] !== undefined)
    throw badJson('m.new_content needs an m.replace relation')
}

function checkReply(room: Room, relates: JsonObject): void {
  const reply = relates['m.in_reply_to']
  if (reply === undefined) return
  const id = isObject(reply) ? stringAt(reply, 'event_id') : undefined
  if (id === undefined) throw badJson('m.in_reply_to needs an event_id')
  if (!room.events.has(id)) throw invalidParam(`m.in_reply_to names an unknown event: ${id}`)
}

function checkReplace({ event }: StoredEvent, sender: string, type: string, content: JsonObject): void {
  if (event.sender !== sender) throw invalidParam('m.replace of an event by another sender')
  if (event.type !== type) throw invalidParam(`m.replace of a ${event.type} event by a ${type} event`)
  if (event.state_key !== undefined) throw invalidParam('m.replace of a state event')
  if (relationOf(event)?.type === 'm.replace')
    throw invalidParam('m.replace of an edit: name the first event')
  if (type !== 'm.room.encrypted' && !objectAt(content, 'm.new_content'))
    throw badJson('m.replace needs m.new_content')
}

function checkThread({ event }: StoredEvent, relates: JsonObject): void {
  if (relationOf(event)) throw invalidParam('Cannot start threads from an event with a relation')
  if (event.state_key !== undefined) throw invalidParam('a state event cannot be a thread root')
  const { is_falling_back: isFallingBack } = relates
  if (isFallingBack !== undefined && typeof isFallingBack !== 'boolean')
    throw badJson('m.relates_to.is_falling_back must be a boolean')
  if (isFallingBack === true && relates['m.in_reply_to'] === undefined)
    throw badJson('is_falling_back needs m.in_reply_to')
}

function checkAnnotation(
  room: Room,
  sender: string,
  type: string,
  target: StoredEvent,
  relates: JsonObject,
): void {
  const key = stringAt(relates, 'key')
  if (!key) throw badJson('m.annotation needs a key')
  const isTwice = (room.children.get(target.event.event_id) ?? []).some(
    ({ event }) =>
      event.sender === sender &&
      event.type === type &&
      stringAt(objectAt(event.content, 'm.relates_to') ?? {}, 'key') === key,
  )
  if (isTwice) throw new MatrixRefusal(400, 'M_DUPLICATE_ANNOTATION', "Can't send same reaction twice")
}
