import type { JsonObject } from './json.ts'
import { stringAt } from './json.ts'
import type { Room, RoomEvent, RoomVersion } from './room.ts'

const POWER_KEYS = [
  'ban',
  'events',
  'events_default',
  'kick',
  'redact',
  'state_default',
  'users',
  'users_default',
]

/** Content keys that survive a redaction, by event type (room versions 10 and 11). */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  'm.room.member': ['membership', 'join_authorised_via_users_server'],
  'm.room.create': ['creator'],
  'm.room.join_rules': ['join_rule', 'allow'],
  'm.room.power_levels': POWER_KEYS,
  'm.room.history_visibility': ['history_visibility'],
}

export function pruned(event: RoomEvent, version: RoomVersion): RoomEvent {
  const { redacts: _redacts, ...rest } = event
  if (version === '11' && event.type === 'm.room.create') return rest
  const keys = [...(KEPT[event.type] ?? [])]
  if (version === '11' && event.type === 'm.room.power_levels') keys.push('invite')
  if (version === '11' && event.type === 'm.room.redaction') keys.push('redacts')
  const content: JsonObject = {}
  for (const key of keys) if (key in event.content) content[key] = event.content[key]
  return { ...rest, content }
}

export function redactedId(redaction: RoomEvent): string | undefined {
  return redaction.redacts ?? stringAt(redaction.content, 'redacts')
}

/** From room version 11 on `redacts` is in the content, before it beside it. */
export function redactionDraft(room: Room, sender: string, content: JsonObject) {
  const { redacts, ...rest } = content
  const type = 'm.room.redaction'
  return room.version === '11'
    ? { type, sender, content }
    : { type, sender, content: rest, redacts: String(redacts) }
}
