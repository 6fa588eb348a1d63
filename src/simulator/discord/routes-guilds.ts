import { z } from 'zod'
import { invalidForm, refuse } from './api-error.ts'
import { requirePermission, visibleChannel, visibleMessage } from './app-messages.ts'
import { openDirectMessages, openThread } from './channels.ts'
import { readForm, snowflake, text } from './forms/form.ts'
import type { Gateway } from './gateway.ts'
import { permission } from './permissions.ts'
import type { BucketLimit } from './rate-limit.ts'
import type { Route } from './rest.ts'
import type { RestCall } from './rest-call.ts'
import { channelJson, guildJson, memberJson, rolesJson, threadJson, userJson } from './wire-guild.ts'
import { channelType, type DiscordGuild, type World } from './world.ts'

const limit: BucketLimit = { limit: 50, windowMs: 1000 }
const threadLimit: BucketLimit = { limit: 50, windowMs: 300_000 }
const archiveMinutes = [60, 1440, 4320, 10_080]

const threadForm = z.strictObject({
  name: text({ min: 1, max: 100 }),
  auto_archive_duration: z
    .int()
    .refine((minutes) => archiveMinutes.includes(minutes))
    .nullish(),
  rate_limit_per_user: z.int().min(0).max(21_600).nullish(),
  type: z.union([z.literal(channelType.publicThread), z.literal(channelType.privateThread)]).nullish(),
  invitable: z.boolean().nullish(),
})
const directForm = z.strictObject({ recipient_id: snowflake })

export function guildRoutes(world: World, gateway: Gateway, gatewayUrl: () => string): Route[] {
  const visibleGuild = (call: RestCall): DiscordGuild => {
    const guild = world.guilds.get(call.param('guild_id'))
    if (!guild) throw refuse('unknownGuild')
    if (!guild.members.has(world.bot.id)) throw refuse('missingAccess')
    return guild
  }
  const get = (template: string, answer: (call: RestCall) => unknown): Route => ({
    method: 'GET',
    template,
    limit,
    handle: (call) => ({ status: 200, body: answer(call) }),
  })
  const application = () => ({
    id: world.applicationId,
    name: world.bot.globalName,
    icon: null,
    description: '',
    bot: userJson(world.bot),
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    type: null,
    flags: world.readsContent ? 1 << 19 : 0,
    flags_new: String(world.readsContent ? 1 << 19 : 0),
    redirect_uris: [],
    interactions_endpoint_url: null,
    role_connections_verification_url: null,
    owner: userJson(world.bot),
    approximate_guild_count: world.guilds.size,
  })

  return [
    { method: 'GET', template: '/gateway', handle: () => ({ status: 200, body: { url: gatewayUrl() } }) },
    {
      method: 'GET',
      template: '/gateway/bot',
      handle: () => ({
        status: 200,
        body: {
          url: gatewayUrl(),
          shards: gateway.shards,
          session_start_limit: gateway.identifies.describe(),
        },
      }),
    },
    get('/users/@me', () => ({
      ...userJson(world.bot),
      verified: true,
      mfa_enabled: false,
      email: null,
      locale: world.bot.locale,
    })),
    get('/applications/@me', application),
    get('/oauth2/applications/@me', application),
    get('/users/@me/guilds', () =>
      [...world.guilds.values()]
        .filter(({ members }) => members.has(world.bot.id))
        .map(({ id, name }) => ({ id, name, icon: null, owner: false, permissions: '0', features: [] })),
    ),
    {
      method: 'POST',
      template: '/users/@me/channels',
      limit,
      handle: (call) => {
        const person = world.users.get(readForm(directForm, call.json).recipient_id)
        if (!person || person.bot)
          throw invalidForm([
            { path: ['recipient_id'], code: 'CANNOT_MESSAGE', message: 'Cannot send messages to this user' },
          ])
        return { status: 200, body: channelJson(world, openDirectMessages(world, person)) }
      },
    },
    get('/users/{user_id}', (call) => {
      const user = world.users.get(call.param('user_id'))
      if (!user) throw refuse('unknownUser')
      return userJson(user)
    }),
    get('/channels/{channel_id}', (call) => channelJson(world, visibleChannel(world, call))),
    {
      method: 'POST',
      template: '/channels/{channel_id}/messages/{message_id}/threads',
      limit: threadLimit,
      handle: (call) => {
        const channel = visibleChannel(world, call)
        const form = readForm(threadForm, call.json)
        if (channel.type !== channelType.text) throw refuse('wrongChannelType')
        requirePermission(world, channel, permission.createPublicThreads)
        const starter = visibleMessage(world, channel, call.param('message_id'))
        if (starter.threadId !== undefined) throw refuse('threadExists')
        const thread = openThread(world, channel, { name: form.name, owner: world.bot, starter })
        return { status: 201, body: threadJson(world, thread) }
      },
    },
    {
      method: 'POST',
      template: '/channels/{channel_id}/threads',
      limit: threadLimit,
      handle: (call) => {
        const channel = visibleChannel(world, call)
        const form = readForm(threadForm, call.json)
        if (channel.type !== channelType.text) throw refuse('wrongChannelType')
        const isPrivate = (form.type ?? channelType.privateThread) === channelType.privateThread
        requirePermission(
          world,
          channel,
          isPrivate ? permission.createPrivateThreads : permission.createPublicThreads,
        )
        const thread = openThread(world, channel, { name: form.name, owner: world.bot, isPrivate })
        return { status: 201, body: threadJson(world, thread) }
      },
    },
    get('/guilds/{guild_id}', (call) => guildJson(visibleGuild(call))),
    get('/guilds/{guild_id}/roles', (call) => rolesJson(visibleGuild(call))),
    get('/guilds/{guild_id}/channels', (call) =>
      visibleGuild(call)
        .channels.filter(({ type }) => type === channelType.text)
        .map((channel) => channelJson(world, channel)),
    ),
    get('/guilds/{guild_id}/members/{user_id}', (call) => {
      const guild = visibleGuild(call)
      const id = call.param('user_id')
      if (!world.users.has(id)) throw refuse('unknownUser')
      const member = guild.members.get(id)
      if (!member) throw refuse('unknownMember')
      return memberJson(member)
    }),
  ]
}
