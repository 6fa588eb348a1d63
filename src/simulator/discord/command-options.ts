import { isJsonObject, type JsonObject } from './json.ts'
import type { UploadedFile } from './rest-call.ts'
import { storeAttachment } from './uploads.ts'
import { channelJson, invokingMemberJson, userJson } from './wire-guild.ts'
import { attachmentJson } from './wire-message.ts'
import { boundMap, type DiscordChannel, type World } from './world.ts'

/** A file is one that the person picked for the option. */
export type OptionValue = string | number | boolean | UploadedFile

export const optionType = {
  subcommand: 1,
  group: 2,
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  channel: 7,
  role: 8,
  mentionable: 9,
  number: 10,
  attachment: 11,
} as const

/** One option as the interaction carries it; throws where the client would not take the value. */
export function readOption(
  world: World,
  channel: DiscordChannel,
  options: readonly JsonObject[],
  name: string,
  given: OptionValue,
): JsonObject {
  const option = options.find((one) => one.name === name)
  if (!option) throw new Error(`there is no option ${name}`)
  const type = Number(option.type)
  if (typeof given === 'object') {
    if (type !== optionType.attachment) throw new Error(`option ${name} takes no file`)
    const attachment = storeAttachment(world, given)
    world.picked.set(attachment.id, attachment)
    boundMap(world.picked)
    return { name, type, value: attachment.id }
  }
  // The client's input is a single line: a pasted line break becomes a space.
  const value = typeof given === 'string' ? given.replace(/\r?\n/g, ' ') : given
  const choices = objects(option.choices)
  if (choices.length > 0 && !choices.some((choice) => choice.value === value))
    throw new Error(`${String(value)} is no choice of ${name}`)
  if (!isOfType(world, channel, type, value)) throw new Error(`option ${name} does not take ${String(value)}`)
  const size = typeof value === 'string' ? [...value].length : Number(value)
  const [low, high] =
    typeof value === 'string'
      ? [option.min_length ?? 0, option.max_length ?? 6000]
      : [option.min_value, option.max_value]
  if ((typeof low === 'number' && size < low) || (typeof high === 'number' && size > high))
    throw new Error(`option ${name} takes ${String(low)} to ${String(high)}`)
  return { name, type, value }
}

function isOfType(world: World, channel: DiscordChannel, type: number, value: OptionValue): boolean {
  const guild = channel.guildId === undefined ? undefined : world.guilds.get(channel.guildId)
  const id = String(value)
  switch (type) {
    case optionType.string:
      return typeof value === 'string' && value !== ''
    case optionType.integer:
      return Number.isSafeInteger(value)
    case optionType.number:
      return typeof value === 'number' && Number.isFinite(value)
    case optionType.boolean:
      return typeof value === 'boolean'
    case optionType.user:
      return world.users.has(id)
    case optionType.channel:
      return guild?.channels.some((one) => one.id === id) ?? false
    case optionType.role:
      return guild?.roles.has(id) ?? false
    case optionType.mentionable:
      return world.users.has(id) || (guild?.roles.has(id) ?? false)
    default:
      return false
  }
}

/** The users and channels that options name. */
export function resolveOptions(
  world: World,
  channel: DiscordChannel,
  data: JsonObject,
): JsonObject | undefined {
  const guild = channel.guildId === undefined ? undefined : world.guilds.get(channel.guildId)
  const picked = objects(data.options).flatMap(flattenOptions)
  const ids = (...types: number[]) =>
    picked.filter(({ type }) => types.includes(Number(type))).map(({ value }) => String(value))
  const users = ids(optionType.user, optionType.mentionable).flatMap((id) => world.users.get(id) ?? [])
  const members = users.flatMap((user) => guild?.members.get(user.id) ?? [])
  const channels = ids(optionType.channel).flatMap((id) => world.channels.get(id) ?? [])
  const files = ids(optionType.attachment).flatMap((id) => world.picked.get(id) ?? [])
  if (users.length + channels.length + files.length === 0) return undefined
  return {
    ...(files.length === 0
      ? {}
      : {
          attachments: Object.fromEntries(
            files.map((file) => [file.id, attachmentJson(world, channel.id, file, 0)]),
          ),
        }),
    users: Object.fromEntries(users.map((user) => [user.id, userJson(user)])),
    members: Object.fromEntries(
      members.flatMap((member) => (guild ? [[member.user.id, invokingMemberJson(guild, member)]] : [])),
    ),
    channels: Object.fromEntries(channels.map((one) => [one.id, channelJson(world, one)])),
  }
}

function flattenOptions(option: JsonObject): JsonObject[] {
  return [option, ...objects(option.options).flatMap(flattenOptions)]
}

export function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}
