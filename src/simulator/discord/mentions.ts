import type { AllowedMentions } from './forms/message-form.ts'
import type { JsonObject } from './json.ts'
import { botPermissions, guildPermissions, permission } from './permissions.ts'
import type { DiscordChannel, DiscordMessage, DiscordUser, World } from './world.ts'

export interface Mentions {
  readonly users: readonly string[]
  readonly roles: readonly string[]
  readonly everyone: boolean
  /** As written: `@everyone`, `@here`, `<@user>`, `<@&role>`. */
  readonly pings: readonly string[]
}

/**
 * What a text mentions, and therefore pings. Code spans are no shelter here: whoever relies on one to silence
 * a name should fail a test.
 */
export function findMentions(
  world: World,
  channel: DiscordChannel,
  source: {
    readonly author: DiscordUser
    readonly text: string
    /** Absent: everything is parsed and a reply notifies, as Discord does by default. */
    readonly allowed: AllowedMentions | null | undefined
    readonly repliedTo: DiscordMessage | undefined
  },
): Mentions {
  const { allowed } = source
  const guild = channel.guildId === undefined ? undefined : world.guilds.get(channel.guildId)
  const may = (kind: 'users' | 'roles' | 'everyone'): boolean =>
    !allowed || (allowed.parse?.includes(kind) ?? false)
  const listed = (kind: 'users' | 'roles', id: string): boolean => allowed?.[kind]?.includes(id) ?? false
  const bits =
    source.author.id === world.bot.id
      ? botPermissions(world, channel)
      : guild
        ? guildPermissions(guild, source.author.id)
        : 0n
  const mayPingAll = guild !== undefined && (bits & permission.mentionEveryone) !== 0n

  const users = new Set<string>()
  for (const [, id = ''] of source.text.matchAll(/<@!?(\d{17,19})>/g))
    if (world.users.has(id) && (may('users') || listed('users', id))) users.add(id)
  const repliedTo = source.repliedTo?.author.id
  if (repliedTo !== undefined && (allowed ? allowed.replied_user === true : true)) users.add(repliedTo)

  const roles = new Set<string>()
  for (const [, id = ''] of source.text.matchAll(/<@&(\d{17,19})>/g)) {
    const role = guild?.roles.get(id)
    if (role && (role.mentionable || mayPingAll) && (may('roles') || listed('roles', id))) roles.add(id)
  }

  const all = new Set<string>()
  if (mayPingAll && may('everyone'))
    for (const [word] of source.text.matchAll(/@(?:everyone|here)/g)) all.add(word)

  return {
    users: [...users],
    roles: [...roles],
    everyone: all.size > 0,
    pings: [
      ...all,
      ...[...users].filter((id) => id !== source.author.id).map((id) => `<@${id}>`),
      ...[...roles].map((id) => `<@&${id}>`),
    ],
  }
}

/** The content and, in messages made of components, their text displays: both are parsed for mentions. */
export function mentioningText(content: string, components: readonly JsonObject[]): string {
  return [content, ...components.flatMap(displayedText)].join('\n')
}

function displayedText(component: JsonObject): string[] {
  const own = typeof component.content === 'string' ? [component.content] : []
  const inner = Array.isArray(component.components) ? component.components : []
  return [...own, ...inner.flatMap(displayedText)]
}
