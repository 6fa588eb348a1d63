import { z } from 'zod'
import { type ConnectionId, externalId } from '../../src/model/ids.ts'
import type { Addressed, InboundEvent, QuotedMessage } from '../../src/model/inbound.ts'
import { attachmentsOf, fileSchema, needsInfo } from './attachments.ts'
import type { Found } from './directory.ts'
import { mentions, mentionsIn, readableText } from './readable-text.ts'
import { isDirect, targetOf } from './target.ts'

export interface Self {
  readonly connectionId: ConnectionId
  readonly botUserId: string
  readonly teamId: string
  /** Unknown where one token serves a whole organization. */
  readonly teamName: string | undefined
}

const messageSchema = z.object({
  subtype: z.string().nullish(),
  user: z.string().nullish(),
  bot_id: z.string().nullish(),
  text: z.string().nullish(),
  ts: z.string(),
  thread_ts: z.string().nullish(),
  files: z.array(fileSchema).nullish(),
})

const eventSchema = messageSchema.extend({
  type: z.enum(['message', 'app_mention']),
  channel: z.string(),
  channel_type: z.string().nullish(),
  message: messageSchema.nullish(),
  previous_message: messageSchema.nullish(),
  deleted_ts: z.string().nullish(),
})

const bodySchema = z.object({
  event_id: z.string(),
  is_ext_shared_channel: z.boolean().nullish(),
  event: eventSchema,
})

const senderSchema = z.object({
  team_id: z.string().nullish(),
  authorizations: z.array(z.object({ team_id: z.string().nullish() })).nullish(),
})

type Message = z.infer<typeof messageSchema>
export type EventBody = z.infer<typeof bodySchema>

/** `thread_broadcast` is a reply that is shown in the channel too. */
const SPOKEN: ReadonlySet<string> = new Set(['file_share', 'thread_broadcast'])
/** Stands for whoever deleted a message of which Slack tells no author. */
const SLACKBOT = 'USLACKBOT'

/** undefined: not the body of an event that could be a message. */
export function parseEvent(body: unknown): EventBody | undefined {
  const parsed = bodySchema.safeParse(body)
  return parsed.success ? parsed.data : undefined
}

/**
 * What is said in a channel that organizations share. Slack tells of it once for all installations of an app,
 * so the one it names need not be the one whose bot is meant.
 */
export function saidToSeveral({ is_ext_shared_channel: isShared, event }: EventBody): string | undefined {
  return isShared ? ((event.message ?? event).text ?? undefined) : undefined
}

/** What the event is about; undefined: nothing for the hub (its own and other bots' messages, joins, previews). */
export function subjectOf({ event }: EventBody, self: Self): Subject | undefined {
  const { message, previous_message: previous } = event
  switch (event.subtype ?? undefined) {
    case 'message_changed': {
      if (message?.subtype === 'tombstone') return deletion(previous, message.ts, self)
      const changed = message && byPerson(message, self) && message.text !== previous?.text
      return changed ? { kind: 'edit', message, user: message.user ?? '' } : undefined
    }
    case 'message_deleted':
      return deletion(previous, event.deleted_ts ?? previous?.ts, self)
    default: {
      const spoken = event.subtype == null || SPOKEN.has(event.subtype)
      return spoken && byPerson(event, self)
        ? { kind: 'message', message: event, user: event.user ?? '' }
        : undefined
    }
  }
}

export type Subject =
  | { readonly kind: 'message' | 'edit'; readonly message: Message; readonly user: string }
  | { readonly kind: 'deletion'; readonly ts: string; readonly user: string }

function deletion(
  previous: Message | null | undefined,
  ts: string | undefined,
  self: Self,
): Subject | undefined {
  if (ts === undefined || (previous && !byPerson(previous, self))) return undefined
  return { kind: 'deletion', ts, user: previous?.user ?? SLACKBOT }
}

function byPerson({ user, bot_id: botId }: Message, self: Self): boolean {
  return Boolean(user) && !botId && user !== self.botUserId && user !== SLACKBOT
}

/** Ids whose names the decoded event would like to show. */
export function wantedNames(
  { event }: EventBody,
  subject: Subject,
): { people: string[]; channels: string[] } {
  const mentioned = subject.kind === 'deletion' ? undefined : mentionsIn(subject.message.text ?? '')
  return {
    people: [subject.user, ...(mentioned?.people ?? [])],
    channels: [...(isDirect(event.channel) ? [] : [event.channel]), ...(mentioned?.channels ?? [])],
  }
}

/** Files of the message of which Slack told only the id. */
export function filesToAsk(subject: Subject): string[] {
  if (subject.kind !== 'message') return []
  return (subject.message.files ?? []).filter(needsInfo).map(({ id }) => id)
}

/**
 * `app_mention` and `message` tell of the same message under two event ids: both come out the same here,
 * and the core keeps the first. `looked` completes what came as an id alone: files, and what a thread begins with.
 */
export function decode(
  body: EventBody,
  subject: Subject,
  self: Self,
  found: Found,
  looked: {
    readonly files?: ReadonlyMap<string, z.infer<typeof fileSchema>>
    readonly quoted?: QuotedMessage | undefined
  } = {},
): InboundEvent {
  const { event } = body
  const { files = new Map<string, z.infer<typeof fileSchema>>(), quoted } = looked
  const base = {
    ...origin({ channel: event.channel, user: subject.user }, self, found),
    eventId: body.event_id,
    at: timeOf(event.ts),
  }
  if (subject.kind === 'deletion') return { kind: 'deletion', ...base, messageId: externalId(subject.ts) }
  const { message } = subject
  const source = message.text ?? ''
  const text = readableText(source, found, self.botUserId)
  const messageId = externalId(message.ts)
  const direct = isDirect(event.channel)
  // A thread's first message has its own ts as thread_ts once there are replies.
  const thread = message.thread_ts && message.thread_ts !== message.ts ? message.thread_ts : undefined
  const key = direct && thread === undefined ? 'direct' : `thread:${thread ?? message.ts}`
  return {
    ...(subject.kind === 'edit' ? { kind: 'edit', saidAt: timeOf(message.ts) } : { kind: 'message' }),
    ...base,
    messageId,
    text,
    addressed: addressed(direct, mentions(source, self.botUserId)),
    conversation: { kind: 'keyed', key, opens: !direct && thread === undefined },
    attachments: attachmentsOf(
      (message.files ?? []).map((file) => files.get(file.id) ?? file),
      self.teamId,
    ),
    target: targetOf({
      team: self.teamId,
      channel: event.channel,
      user: subject.user,
      threadTs: thread ?? (direct ? undefined : message.ts),
    }),
    ...(quoted === undefined ? {} : { quoted }),
  }
}

function addressed(direct: boolean, mentioned: boolean): Addressed {
  if (direct) return 'direct'
  return mentioned ? 'mention' : 'none'
}

/** In a shared channel `team_id` may be the other organization; the authorization names the one that installed us. */
export function teamOfEvent(body: unknown): string | undefined {
  const { data } = senderSchema.safeParse(body)
  return data?.authorizations?.[0]?.team_id ?? data?.team_id ?? undefined
}

/** Where something comes from and from whom, as all events of the hub have it. */
export function origin(
  where: {
    readonly channel: string
    readonly user: string
    readonly channelName?: string | undefined
    readonly userName?: string | undefined
  },
  self: Self,
  found: Found,
) {
  const direct = isDirect(where.channel)
  const details = found.details(where.user)
  const name = details?.name ?? where.userName ?? where.user
  const channelName = direct ? name : (found.channel(where.channel) ?? where.channelName)
  return {
    connectionId: self.connectionId,
    ...(details?.isAdmin ? { administers: true } : {}),
    workspace: {
      externalId: externalId(self.teamId),
      ...(self.teamName === undefined ? {} : { name: self.teamName }),
    },
    channel: {
      externalId: externalId(where.channel),
      ...(channelName === undefined ? {} : { name: channelName }),
      kind: direct ? ('direct' as const) : ('group' as const),
    },
    person: {
      externalId: externalId(where.user),
      name,
      ...(details?.language === undefined ? {} : { language: details.language }),
    },
  }
}

function timeOf(ts: string): Date {
  const milliseconds = Number(ts) * 1000
  return Number.isFinite(milliseconds) ? new Date(milliseconds) : new Date()
}
