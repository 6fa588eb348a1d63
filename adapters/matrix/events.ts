import { z } from 'zod'

const content = z.record(z.string(), z.unknown())

const eventSchema = z.object({
  event_id: z.string(),
  type: z.string(),
  sender: z.string(),
  origin_server_ts: z.number(),
  content,
  state_key: z.string().optional(),
  /** Of a redaction before room version 11. */
  redacts: z.string().optional().catch(undefined),
  unsigned: z
    .object({ prev_content: content.optional().catch(undefined) })
    .optional()
    .catch(undefined),
})

export type RoomEvent = z.infer<typeof eventSchema>
export type Content = Readonly<Record<string, unknown>>

const strippedSchema = z.object({
  type: z.string(),
  sender: z.string(),
  state_key: z.string().optional(),
  content,
})

const events = z.object({ events: z.array(z.unknown()).default([]) }).default({ events: [] })

const joinedRoom = z.object({
  summary: z.object({ 'm.joined_member_count': z.number().optional() }).optional().catch(undefined),
  state: events,
  timeline: z
    .object({
      events: z.array(z.unknown()).default([]),
      limited: z.boolean().default(false),
      prev_batch: z.string().optional(),
    })
    .default({ events: [], limited: false }),
})

export const syncSchema = z.object({
  next_batch: z.string(),
  account_data: events,
  rooms: z
    .object({
      join: z.record(z.string(), joinedRoom).default({}),
      invite: z.record(z.string(), z.object({ invite_state: events })).default({}),
      leave: z.record(z.string(), z.unknown()).default({}),
    })
    .default({ join: {}, invite: {}, leave: {} }),
})

export type SyncAnswer = z.infer<typeof syncSchema>
export type JoinedRoom = z.infer<typeof joinedRoom>

export const pageSchema = z.object({ chunk: z.array(z.unknown()), end: z.string().optional() })

/** Those that are well formed; one malformed event must not hold up the others. */
export function eventsIn(list: readonly unknown[]): RoomEvent[] {
  return list.flatMap((one) => {
    const parsed = eventSchema.safeParse(one)
    return parsed.success ? [parsed.data] : []
  })
}

export function strippedIn(list: readonly unknown[]): z.infer<typeof strippedSchema>[] {
  return list.flatMap((one) => {
    const parsed = strippedSchema.safeParse(one)
    return parsed.success ? [parsed.data] : []
  })
}

export function textAt(object: unknown, name: string): string | undefined {
  const value = contentOf(object)[name]
  return typeof value === 'string' ? value : undefined
}

export function contentOf(value: unknown): Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Content) : {}
}

export interface Relations {
  readonly threadRoot?: string
  /** A true reply; what a thread carries for older clients is none. */
  readonly replyTo?: string
  readonly replaces?: string
  /** The event that a reaction stands on. */
  readonly annotates?: string
  /** An event that relates to another one cannot be a thread's root. */
  readonly canBeRoot: boolean
}

export function relationsOf(event: { readonly content: Content }): Relations {
  const relates = contentOf(event.content['m.relates_to'])
  const kind = textAt(relates, 'rel_type')
  const target = textAt(relates, 'event_id')
  const inReplyTo = textAt(relates['m.in_reply_to'], 'event_id')
  const isFallback = kind === 'm.thread' && relates.is_falling_back === true
  return {
    ...(kind === 'm.thread' && target !== undefined ? { threadRoot: target } : {}),
    ...(kind === 'm.replace' && target !== undefined ? { replaces: target } : {}),
    ...(kind === 'm.annotation' && target !== undefined ? { annotates: target } : {}),
    ...(inReplyTo === undefined || isFallback ? {} : { replyTo: inReplyTo }),
    canBeRoot: kind === undefined,
  }
}
