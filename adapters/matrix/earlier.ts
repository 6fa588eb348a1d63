import { z } from 'zod'
import { externalId } from '../../src/model/ids.ts'
import type { Earlier, SaidBefore } from '../../src/ports/sender.ts'
import { withoutQuote } from './addressing.ts'
import { captionOf, isFileMessage } from './attachment.ts'
import { contentOf, eventsIn, type RoomEvent, textAt } from './events.ts'

const placeSchema = z.object({
  channel: z.string(),
  threadRoot: z.string().optional(),
  direct: z.boolean().optional(),
})
const relationsSchema = z.object({ chunk: z.array(z.unknown()) })
const contextSchema = z.object({ events_before: z.array(z.unknown()).default([]) })
const bundleSchema = z.object({
  unsigned: z.object({
    'm.relations': z.object({ 'm.replace': z.object({ content: z.record(z.string(), z.unknown()) }) }),
  }),
})
const MAX_NAMES = 12

type Get = (path: string, query?: Readonly<Record<string, unknown>>) => Promise<unknown>

/** What stands before a message in its thread, the thread's first message included, or in its room. */
export async function readEarlier(
  { get, self }: { readonly get: Get; readonly self: string },
  target: unknown,
  { messageId, scope, limit }: Earlier,
): Promise<readonly SaidBefore[]> {
  const { channel, threadRoot, direct = false } = placeSchema.parse(target)
  const rooms = `/_matrix/client/v3/rooms/${encodeURIComponent(channel)}`
  let newestFirst: unknown[]
  if (threadRoot !== undefined && threadRoot !== messageId) {
    const root = encodeURIComponent(threadRoot)
    const path = `/_matrix/client/v1/rooms/${encodeURIComponent(channel)}/relations/${root}/m.thread`
    const [listed, first] = await Promise.all([
      get(path, { dir: 'b', limit: limit * 2 }),
      get(`${rooms}/event/${root}`),
    ])
    newestFirst = [...relationsSchema.parse(listed).chunk, first]
  } else if (scope === 'channel' && !direct) {
    const around = await get(`${rooms}/context/${encodeURIComponent(messageId)}`, { limit: limit * 2 })
    newestFirst = contextSchema.parse(around).events_before
  } else return []
  const events = newestFirst.flatMap((raw) => eventsIn([raw]).map((event) => ({ event, raw })))
  const asked = events.findIndex(({ event }) => event.event_id === messageId)
  const before = events
    .slice(asked + 1)
    .filter(({ event }) => event.type === 'm.room.message' && isOwnMessage(event))
    .slice(0, limit)
    .toReversed()
  const names = await namesOf(get, rooms, [...new Set(before.map(({ event }) => event.sender))])
  return before.flatMap(({ event, raw }): SaidBefore[] => {
    const bundle = bundleSchema.safeParse(raw).data?.unsigned['m.relations']['m.replace'].content
    const content = bundle === undefined ? event.content : contentOf(bundle['m.new_content'])
    const isFile = isFileMessage(content)
    const text = isFile ? captionOf(content) : withoutQuote(textAt(content, 'body') ?? '')
    // What was deleted has no content left.
    if (text === '' && !isFile) return []
    return [
      {
        externalId: externalId(event.event_id),
        person: event.sender,
        name: names.get(event.sender) ?? event.sender,
        own: event.sender === self,
        text,
        at: new Date(event.origin_server_ts),
        files: isFile ? [textAt(content, 'filename') ?? textAt(content, 'body') ?? 'file'] : [],
      },
    ]
  })
}

/** Edits are events beside what they replace. */
function isOwnMessage({ content }: RoomEvent): boolean {
  return textAt(content['m.relates_to'], 'rel_type') !== 'm.replace'
}

async function namesOf(get: Get, rooms: string, people: readonly string[]): Promise<Map<string, string>> {
  const found = await Promise.all(
    people.slice(0, MAX_NAMES).map(async (person) => {
      const state = await get(`${rooms}/state/m.room.member/${encodeURIComponent(person)}`).catch(() => ({}))
      return [person, textAt(state, 'displayname') || person] as const
    }),
  )
  return new Map(found)
}
