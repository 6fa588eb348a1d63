import type { SlackPerson, SlackTeam, Wire } from '../model.ts'
import { type Handler, visibleChannel } from './call.ts'
import { page } from './pages.ts'
import { Refusal } from './refusal.ts'

/** Who and where: `auth.test`, `users.*`, `team.info`, `bots.info`, and reactions. */
export const directoryMethods: Readonly<Record<string, Handler>> = {
  'auth.test': ({ team, baseUrl }) => ({
    url: `${baseUrl()}/`,
    team: team.name,
    user: team.people.get(team.botUserId)?.name,
    team_id: team.id,
    user_id: team.botUserId,
    bot_id: team.botId,
    is_enterprise_install: false,
  }),

  'users.info': ({ team, args }) => {
    const person = team.people.get(args.need('user'))
    if (!person) throw new Refusal('user_not_found')
    return { user: wirePerson(team, person, args.flag('include_locale')) }
  },

  'users.list': (call) => {
    const { items, nextCursor } = page(call, [...call.team.people.values()], 200)
    return {
      members: items.map((person) => wirePerson(call.team, person, call.args.flag('include_locale'))),
      cache_ts: Math.floor(call.world.settings.now() / 1000),
      response_metadata: { next_cursor: nextCursor },
    }
  },

  'team.info': ({ team, args }) => {
    const asked = args.text('team') ?? team.id
    if (asked !== team.id) throw new Refusal('team_not_found')
    return { team: { id: team.id, name: team.name, domain: team.domain, email_domain: '', icon: {} } }
  },

  'bots.info': ({ team, args, world }) => {
    const asked = args.text('bot') ?? team.botId
    if (asked !== team.botId) throw new Refusal('bot_not_found')
    const name = team.people.get(team.botUserId)?.name
    return {
      bot: {
        id: team.botId,
        deleted: false,
        name,
        updated: 0,
        app_id: world.settings.appId,
        user_id: team.botUserId,
        icons: {},
      },
    }
  },

  'reactions.add': (call) => {
    const { message, name } = reactionTarget(call)
    const users = message.reactions.get(name) ?? new Set()
    if (users.has(call.team.botUserId)) throw new Refusal('already_reacted')
    call.echo.reacted(message, name, call.team.botUserId, true)
    return {}
  },

  'reactions.remove': (call) => {
    const { message, name } = reactionTarget(call)
    if (!message.reactions.get(name)?.has(call.team.botUserId)) throw new Refusal('no_reaction')
    call.echo.reacted(message, name, call.team.botUserId, false)
    return {}
  },
}

function reactionTarget(call: Parameters<Handler>[0]) {
  const channel = visibleChannel(call)
  const name = call.args.need('name')
  if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(name)) throw new Refusal('invalid_name')
  const message = channel.messages.get(call.args.need('timestamp'))
  if (!message || message.deletedAt !== undefined) throw new Refusal('message_not_found')
  if (!channel.members.has(call.team.botUserId)) throw new Refusal('no_access')
  return { message, name }
}

function wirePerson(team: SlackTeam, person: SlackPerson, locale: boolean): Wire {
  return {
    id: person.id,
    team_id: team.id,
    name: person.name,
    deleted: false,
    real_name: person.realName,
    tz: 'Etc/UTC',
    tz_label: 'Coordinated Universal Time',
    tz_offset: 0,
    profile: {
      real_name: person.realName,
      display_name: person.name,
      real_name_normalized: person.realName,
      display_name_normalized: person.name,
      team: team.id,
      ...(person.isBot ? { bot_id: team.botId } : {}),
    },
    is_admin: person.admin,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    is_bot: person.isBot,
    is_app_user: false,
    updated: 0,
    ...(locale ? { locale: person.locale } : {}),
  }
}
