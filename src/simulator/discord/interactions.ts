import { randomBytes } from 'node:crypto'
import type { JsonObject } from './json.ts'
import { botPermissions } from './permissions.ts'
import { fileLimitBytes } from './rest-call.ts'
import { channelJson, invokingMemberJson, userJson } from './wire-guild.ts'
import { messageJson } from './wire-message.ts'
import type { DiscordChannel, DiscordInteraction, DiscordMessage, DiscordUser, World } from './world.ts'
import { boundMap } from './world.ts'

export const interactionType = { command: 2, component: 3, autocomplete: 4, modal: 5 } as const

/** How long the app has to answer at all, and how long the token serves afterwards. */
export const answerWithinMs = 3000
export const tokenLifeMs = 15 * 60 * 1000

export interface Invocation {
  readonly type: number
  readonly person: DiscordUser
  readonly channel: DiscordChannel
  readonly name: string
  readonly data: JsonObject
  readonly commandType?: number
  /** The message whose component was used, or whose component opened the modal. */
  readonly message?: DiscordMessage | undefined
}

/** What the person's client does when they use a command, a component or a modal. */
export function openInteraction(world: World, invocation: Invocation): DiscordInteraction {
  const { channel, person, message } = invocation
  const id = world.nextId()
  const interaction: DiscordInteraction = {
    id,
    token: Buffer.from(`interaction:${id}:${randomBytes(48).toString('hex')}`).toString('base64url'),
    type: invocation.type,
    person,
    channelId: channel.id,
    guildId: channel.guildId,
    createdAt: world.now(),
    name: invocation.name,
    sourceMessageId: message?.id,
    commandType: invocation.commandType,
    state: 'waiting',
    callbackType: undefined,
    answeredAt: undefined,
    originalMessageId: undefined,
    followUpIds: [],
    choices: undefined,
    modal: undefined,
  }
  world.interactions.set(id, interaction)
  boundMap(world.interactions)
  world.emit({
    type: 'INTERACTION_CREATE',
    guildId: channel.guildId,
    intent: 0,
    data: interactionJson(world, interaction, invocation),
  })
  world.changed({ kind: 'interaction', id })
  return interaction
}

export function findByToken(world: World, token: string): DiscordInteraction | undefined {
  const id = Buffer.from(token, 'base64url').toString().split(':')[1] ?? ''
  const interaction = world.interactions.get(id)
  return interaction?.token === token ? interaction : undefined
}

function interactionJson(world: World, interaction: DiscordInteraction, invocation: Invocation): JsonObject {
  const { channel, person, message } = invocation
  const guild = channel.guildId === undefined ? undefined : world.guilds.get(channel.guildId)
  const member = guild?.members.get(person.id)
  return {
    id: interaction.id,
    application_id: world.applicationId,
    type: interaction.type,
    token: interaction.token,
    version: 1,
    data: invocation.data,
    channel_id: channel.id,
    channel: {
      ...channelJson(world, channel),
      ...(guild && member ? { permissions: invokingMemberJson(guild, member).permissions } : {}),
    },
    app_permissions: botPermissions(world, channel).toString(),
    locale: person.locale,
    entitlements: [],
    entitlement_sku_ids: [],
    authorizing_integration_owners: { '0': guild?.id ?? '0' },
    context: guild ? 0 : 1,
    attachment_size_limit: fileLimitBytes,
    ...(guild && member
      ? {
          guild_id: guild.id,
          guild_locale: guild.locale,
          guild: { id: guild.id, locale: guild.locale, features: [] },
          member: invokingMemberJson(guild, member),
        }
      : { user: userJson(person) }),
    ...(message ? { message: messageJson(world, message) } : {}),
  }
}
