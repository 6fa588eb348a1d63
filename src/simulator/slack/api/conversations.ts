import type { SlackChannel, SlackMessage, Wire } from '../model.ts'
import { wireMessage } from '../wire-message.ts'
import { liveReplies } from '../world.ts'
import { type Call, type Handler, visibleChannel } from './call.ts'
import { page } from './pages.ts'
import { Refusal } from './refusal.ts'

export const conversationMethods: Readonly<Record<string, Handler>> = {
  'conversations.info': (call) => {
    const channel = visibleChannel(call)
    const members = call.args.flag('include_num_members') ? { num_members: channel.members.size } : {}
    return { channel: { ...wireChannel(call, channel), ...members } }
  },

  'conversations.history': (call) => {
    const channel = readableChannel(call)
    const shown = [...channel.messages.values()].filter(
      (message) =>
        message.ephemeralFor === undefined &&
        (message.threadTs === undefined || message.subtype === 'thread_broadcast') &&
        isShown(channel, message),
    )
    return transcript(call, channel, inSpan(call, shown).reverse(), 100)
  },

  'conversations.replies': (call) => {
    const channel = readableChannel(call)
    const root = channel.messages.get(call.args.need('ts'))
    if (!root || !isShown(channel, root)) throw new Refusal('thread_not_found')
    const replies = root.threadTs === undefined ? inSpan(call, liveReplies(channel, root.ts)) : []
    return transcript(call, channel, [root, ...replies], 1000)
  },

  'conversations.list': (call) => {
    const types = new Set((call.args.text('types') ?? 'public_channel').split(',').map((type) => type.trim()))
    const named = (channel: SlackChannel): string =>
      channel.kind === 'public' || channel.kind === 'private' ? `${channel.kind}_channel` : channel.kind
    const channels = [...call.team.channels.values()].filter(
      (channel) =>
        types.has(named(channel)) &&
        (channel.kind === 'public' || channel.members.has(call.team.botUserId)) &&
        !(channel.archived && call.args.flag('exclude_archived')),
    )
    const { items, nextCursor } = page(call, channels, 100)
    return {
      channels: items.map((channel) => wireChannel(call, channel)),
      response_metadata: { next_cursor: nextCursor },
    }
  },

  'conversations.open': (call) => {
    const known = call.args.text('channel')
    if (known !== undefined)
      return { channel: wireChannel(call, visibleChannel(call)), no_op: true, already_open: true }
    const users = (call.args.text('users') ?? '').split(',').filter((user) => user !== '')
    if (users.length === 0) throw new Refusal('users_list_not_supplied')
    if (users.length > 8) throw new Refusal('too_many_users')
    if (users.some((user) => !call.team.people.has(user))) throw new Refusal('user_not_found')
    const { channel, created } = openDirect(call, users)
    const body = call.args.flag('return_im') ? wireChannel(call, channel) : { id: channel.id }
    return created ? { channel: body } : { channel: body, no_op: true, already_open: true }
  },

  'conversations.members': (call) => {
    const { items, nextCursor } = page(call, [...visibleChannel(call).members], 100)
    return { members: items, response_metadata: { next_cursor: nextCursor } }
  },

  'conversations.join': (call) => {
    const channel = visibleChannel(call)
    if (channel.archived) throw new Refusal('is_archived')
    if (channel.kind !== 'public') throw new Refusal('method_not_supported_for_channel_type')
    channel.members.add(call.team.botUserId)
    call.world.changed({ kind: 'channel', channel })
    return { channel: wireChannel(call, channel) }
  },
}

/** The bot's direct message with these people, made when there is none yet. */
export function openDirect(
  { world, team }: Pick<Call, 'world' | 'team'>,
  people: readonly string[],
): { channel: SlackChannel; created: boolean } {
  const members = new Set([team.botUserId, ...people])
  const kind = members.size === 2 ? 'im' : 'mpim'
  const existing = [...team.channels.values()].find(
    (channel) =>
      channel.kind === kind &&
      new Set([...channel.members, ...members]).size === channel.members.size &&
      channel.members.size === members.size,
  )
  if (existing) return { channel: existing, created: false }
  const name = kind === 'im' ? (people[0] ?? '') : `mpdm-${[...members].sort().join('--')}-1`
  return { channel: world.addChannel(team, { name, kind, members: [...members] }), created: true }
}

function readableChannel(call: Call): SlackChannel {
  const channel = visibleChannel(call)
  if (!channel.members.has(call.team.botUserId)) throw new Refusal('not_in_channel')
  return channel
}

// A deleted root stays as a tombstone while it has replies.
function isShown(channel: SlackChannel, message: SlackMessage): boolean {
  return message.deletedAt === undefined || liveReplies(channel, message.ts).length > 0
}

function inSpan(call: Call, messages: SlackMessage[]): SlackMessage[] {
  const oldest = Number(call.args.text('oldest') ?? 0)
  const latest = Number(call.args.text('latest') ?? Number.POSITIVE_INFINITY)
  if (Number.isNaN(oldest)) throw new Refusal('invalid_ts_oldest')
  if (Number.isNaN(latest)) throw new Refusal('invalid_ts_latest')
  const inclusive = call.args.flag('inclusive')
  return messages.filter(({ ts }) => {
    const at = Number(ts)
    return inclusive ? at >= oldest && at <= latest : at > oldest && at < latest
  })
}

function transcript(call: Call, channel: SlackChannel, messages: SlackMessage[], defaultLimit: number): Wire {
  const { items, nextCursor } = page(call, messages, defaultLimit)
  const options = {
    baseUrl: call.baseUrl(),
    metadata: call.args.flag('include_all_metadata'),
    thread: channel,
  }
  return {
    messages: items.map((message) => wireMessage(call.world, call.team, message, options)),
    has_more: nextCursor !== '',
    response_metadata: { next_cursor: nextCursor },
  }
}

function wireChannel({ team }: Call, channel: SlackChannel): Wire {
  const { id, name, kind } = channel
  const created = Math.floor(channel.createdAt / 1000)
  if (kind === 'im') {
    const user = [...channel.members].find((member) => member !== team.botUserId)
    return {
      id,
      created,
      is_im: true,
      is_channel: false,
      is_mpim: false,
      user,
      is_archived: channel.archived,
      is_open: true,
    }
  }
  return {
    id,
    name,
    name_normalized: name,
    created,
    creator: [...channel.members][0],
    is_channel: kind === 'public',
    is_group: kind === 'private',
    is_im: false,
    is_mpim: kind === 'mpim',
    is_private: kind !== 'public',
    is_archived: channel.archived,
    is_general: false,
    is_shared: false,
    is_ext_shared: false,
    is_member: channel.members.has(team.botUserId),
    context_team_id: team.id,
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
  }
}
