import { invalidForm, refuse } from './api-error.ts'
import {
  patchMessage,
  postMessage,
  requirePermission,
  visibleChannel,
  visibleMessage,
} from './app-messages.ts'
import { readForm } from './forms/form.ts'
import { messageCreateForm, messageEditForm } from './forms/message-form.ts'
import { addReaction, deleteMessage, removeReaction } from './message-log.ts'
import { permission } from './permissions.ts'
import type { BucketLimit } from './rate-limit.ts'
import type { Route } from './rest.ts'
import type { RestCall } from './rest-call.ts'
import { compareIds } from './snowflake.ts'
import { userJson } from './wire-guild.ts'
import { isContentExempt, messageJson } from './wire-message.ts'
import type { DiscordMessage, World } from './world.ts'
import { boundLog } from './world.ts'

const messages = '/channels/{channel_id}/messages'
const message = `${messages}/{message_id}`
const reading: BucketLimit = { limit: 50, windowMs: 1000 }

export function messageRoutes(world: World, posting: BucketLimit): Route[] {
  const show = (one: DiscordMessage, nonce = false) =>
    messageJson(world, one, { nonce, content: world.readsContent || isContentExempt(world, one) })
  const target = (call: RestCall) =>
    visibleMessage(world, visibleChannel(world, call), call.param('message_id'))

  return [
    {
      method: 'GET',
      template: messages,
      limit: reading,
      handle: (call) => {
        const channel = visibleChannel(world, call)
        if (channel.guildId !== undefined) requirePermission(world, channel, permission.readMessageHistory)
        const visible = channel.messages.filter(
          (one) => one.deletedAt === undefined && one.ephemeralFor === undefined,
        )
        return { status: 200, body: page(visible, call.query).map((one) => show(one)) }
      },
    },
    {
      method: 'POST',
      template: messages,
      limit: posting,
      handle: (call) => {
        const channel = visibleChannel(world, call)
        const form = readForm(messageCreateForm, call.json)
        return { status: 200, body: show(postMessage(world, channel, form, call.files), true) }
      },
    },
    {
      method: 'GET',
      template: message,
      limit: reading,
      handle: (call) => {
        const channel = visibleChannel(world, call)
        requirePermission(world, channel, permission.readMessageHistory)
        return { status: 200, body: show(visibleMessage(world, channel, call.param('message_id'))) }
      },
    },
    {
      method: 'PATCH',
      template: message,
      limit: posting,
      handle: (call) => {
        const edited = target(call)
        if (edited.author.id !== world.bot.id) throw refuse('notTheAuthor')
        patchMessage(world, edited, readForm(messageEditForm, call.json), call.files)
        return { status: 200, body: show(edited) }
      },
    },
    {
      method: 'DELETE',
      template: message,
      limit: { limit: 5, windowMs: 1000 },
      handle: (call) => {
        const channel = visibleChannel(world, call)
        const doomed = visibleMessage(world, channel, call.param('message_id'))
        if (doomed.author.id !== world.bot.id) {
          if (channel.guildId === undefined) throw refuse('notInDirectMessages')
          requirePermission(world, channel, permission.manageMessages)
        }
        deleteMessage(world, doomed)
        return { status: 204 }
      },
    },
    {
      method: 'POST',
      template: '/channels/{channel_id}/typing',
      limit: { limit: 5, windowMs: 5000 },
      handle: (call) => {
        const channel = visibleChannel(world, call)
        world.typing.push({ channelId: channel.id, userId: world.bot.id, at: world.now() })
        boundLog(world.typing)
        world.changed({ kind: 'typing', id: channel.id })
        return { status: 204 }
      },
    },
    {
      method: 'PUT',
      template: `${message}/reactions/{emoji_name}/@me`,
      limit: { limit: 1, windowMs: 250 },
      handle: (call) => {
        const channel = visibleChannel(world, call)
        requirePermission(world, channel, permission.readMessageHistory | permission.addReactions)
        const reacted = visibleMessage(world, channel, call.param('message_id'))
        const emoji = readEmoji(call)
        if (!reacted.reactions.has(emoji) && reacted.reactions.size >= 20) throw refuse('tooManyReactions')
        addReaction(world, reacted, world.bot, emoji)
        return { status: 204 }
      },
    },
    {
      method: 'DELETE',
      template: `${message}/reactions/{emoji_name}/@me`,
      limit: { limit: 1, windowMs: 250 },
      handle: (call) => {
        removeReaction(world, target(call), world.bot, readEmoji(call))
        return { status: 204 }
      },
    },
    {
      method: 'DELETE',
      template: `${message}/reactions/{emoji_name}/{user_id}`,
      limit: { limit: 1, windowMs: 250 },
      handle: (call) => {
        const reacted = target(call)
        const user = world.users.get(call.param('user_id'))
        if (!user) throw refuse('unknownUser')
        if (user.id !== world.bot.id)
          requirePermission(world, visibleChannel(world, call), permission.manageMessages)
        removeReaction(world, reacted, user, readEmoji(call))
        return { status: 204 }
      },
    },
    {
      method: 'GET',
      template: `${message}/reactions/{emoji_name}`,
      limit: reading,
      handle: (call) => {
        const ids = [...(target(call).reactions.get(readEmoji(call)) ?? [])]
        return { status: 200, body: ids.flatMap((id) => world.users.get(id) ?? []).map(userJson) }
      },
    },
  ]
}

/** An emoji character, or `name:id` of a custom one. */
function readEmoji(call: RestCall): string {
  const emoji = call.param('emoji_name')
  if (
    !/^\p{RGI_Emoji}$/v.test(emoji) &&
    !/\p{Extended_Pictographic}/u.test(emoji) &&
    !/^\w{2,32}:\d{17,19}$/.test(emoji)
  )
    throw refuse('unknownEmoji')
  return emoji
}

/** Newest first, around, before or after an id. */
function page(visible: readonly DiscordMessage[], query: URLSearchParams): DiscordMessage[] {
  const limit = Number(query.get('limit') ?? 50)
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw invalidForm([
      { path: ['limit'], code: 'NUMBER_TYPE_MAX', message: 'int value should be between 1 and 100.' },
    ])
  const anchors = ['around', 'before', 'after'].filter((name) => query.has(name))
  if (anchors.length > 1)
    throw invalidForm([
      { path: [anchors[1] ?? ''], code: 'CONFLICT', message: 'before, after and around exclude each other.' },
    ])
  const [anchor] = anchors
  if (anchor === undefined) return visible.slice(-limit).reverse()
  const id = query.get(anchor) ?? ''
  if (!/^\d{1,19}$/.test(id))
    throw invalidForm([
      { path: [anchor], code: 'NUMBER_TYPE_COERCE', message: `Value "${id}" is not snowflake.` },
    ])
  const older = visible.filter((one) => compareIds(one.id, id) < 0)
  if (anchor === 'before') return older.slice(-limit).reverse()
  const newer = visible.filter((one) => compareIds(one.id, id) > 0)
  // The real API gives the messages right after the id, still newest first.
  if (anchor === 'after') return newer.slice(0, limit).reverse()
  const half = Math.floor(limit / 2)
  const middle = visible.filter((one) => one.id === id)
  return [...older.slice(Math.max(0, older.length - half)), ...middle, ...newer.slice(0, half)]
    .slice(0, limit)
    .reverse()
}
