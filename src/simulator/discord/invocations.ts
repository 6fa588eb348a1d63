import { type OptionValue, objects, optionType, readOption, resolveOptions } from './command-options.ts'
import { interactionType, openInteraction } from './interactions.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { canSee, guildPermissions } from './permissions.ts'
import { messageJson } from './wire-message.ts'
import type {
  DiscordChannel,
  DiscordInteraction,
  DiscordMessage,
  DiscordUser,
  RegisteredCommand,
  World,
} from './world.ts'
import { requireChannel } from './world.ts'

export interface CommandInput {
  /** With subcommands after a space: `model set`. */
  readonly name: string
  readonly options?: Readonly<Record<string, OptionValue>>
}

/** Throws where the person's client would not offer the command or would not let it be sent. */
export function slashCommand(
  world: World,
  channel: DiscordChannel,
  person: DiscordUser,
  input: CommandInput,
): DiscordInteraction {
  const [name = '', ...path] = input.name.split(' ')
  const command = offeredCommand(world, channel, person, name, 1)
  const data = commandData(command, path, (options) => {
    const given = Object.entries(input.options ?? {}).map(([key, value]) =>
      readOption(world, channel, options, key, value),
    )
    const missing = options.find(
      (option) => option.required === true && input.options?.[String(option.name)] === undefined,
    )
    if (missing) throw new Error(`/${input.name} needs the option ${String(missing.name)}`)
    return given
  })
  const resolved = resolveOptions(world, channel, data)
  return openInteraction(world, {
    type: interactionType.command,
    commandType: 1,
    person,
    channel,
    name: input.name,
    data: { ...data, ...(resolved ? { resolved } : {}) },
  })
}

/** What the client asks while the person types into `focused`. */
export function autocomplete(
  world: World,
  channel: DiscordChannel,
  person: DiscordUser,
  input: CommandInput & { readonly focused: { readonly name: string; readonly value: string } },
): DiscordInteraction {
  const [name = '', ...path] = input.name.split(' ')
  const command = offeredCommand(world, channel, person, name, 1)
  const data = commandData(command, path, (options) => {
    const focused = options.find((option) => option.name === input.focused.name)
    if (focused?.autocomplete !== true) throw new Error(`option ${input.focused.name} has no autocompletion`)
    const others = Object.entries(input.options ?? {}).map(([key, value]) =>
      readOption(world, channel, options, key, value),
    )
    return [...others, { name: focused.name, type: focused.type, value: input.focused.value, focused: true }]
  })
  return openInteraction(world, {
    type: interactionType.autocomplete,
    commandType: 1,
    person,
    channel,
    name: input.name,
    data,
  })
}

export function messageCommand(
  world: World,
  name: string,
  message: DiscordMessage,
  person: DiscordUser,
): DiscordInteraction {
  const channel = requireChannel(world, message.channelId)
  const command = offeredCommand(world, channel, person, name, 3)
  requireVisible(message, person)
  return openInteraction(world, {
    type: interactionType.command,
    commandType: 3,
    person,
    channel,
    name,
    data: {
      id: command.id,
      name: command.name,
      type: 3,
      ...(command.guildId === undefined ? {} : { guild_id: command.guildId }),
      target_id: message.id,
      resolved: { messages: { [message.id]: messageJson(world, message) } },
    },
  })
}

/** Uses a button or a string select of a message. */
export function useComponent(
  world: World,
  message: DiscordMessage,
  customId: string,
  person: DiscordUser,
  values?: readonly string[],
): DiscordInteraction {
  requireVisible(message, person)
  const channel = requireChannel(world, message.channelId)
  if (!canSee(world, channel, person)) throw new Error(`${person.username} cannot see the channel`)
  const component = message.components.flatMap(flatten).find((one) => one.custom_id === customId)
  if (!component) throw new Error(`message ${message.id} has no component ${customId}`)
  if (component.disabled === true) throw new Error(`component ${customId} is disabled`)
  if ((component.type === 2) !== (values === undefined))
    throw new Error(`component ${customId} is of another kind`)
  if (values) checkSelection(component, values)
  return openInteraction(world, {
    type: interactionType.component,
    person,
    channel,
    name: customId,
    message,
    data: {
      id: component.id,
      custom_id: customId,
      component_type: component.type,
      ...(values ? { values } : {}),
    },
  })
}

function requireVisible(message: DiscordMessage, person: DiscordUser): void {
  if (message.deletedAt !== undefined) throw new Error(`message ${message.id} is deleted`)
  if (message.ephemeralFor !== undefined && message.ephemeralFor !== person.id)
    throw new Error(`${person.username} does not see message ${message.id}`)
}

function offeredCommand(
  world: World,
  channel: DiscordChannel,
  person: DiscordUser,
  name: string,
  type: number,
): RegisteredCommand {
  if (!canSee(world, channel, person)) throw new Error(`${person.username} cannot see the channel`)
  const guild = channel.guildId === undefined ? undefined : world.guilds.get(channel.guildId)
  const context = guild ? 0 : 1
  const fitting = [...world.commands.values()].filter((one) => one.name === name && one.type === type)
  const command =
    fitting.find(({ guildId }) => guildId !== undefined && guildId === guild?.id) ??
    fitting.find(({ guildId }) => guildId === undefined)
  const isOffered =
    command &&
    (command.contexts === null || command.contexts.includes(context)) &&
    (guild !== undefined || command.definition.dm_permission !== false)
  if (!isOffered) throw new Error(`no command ${name} is registered here`)
  const needed = BigInt(command.defaultMemberPermissions ?? 0)
  const isBarred =
    guild &&
    command.defaultMemberPermissions !== null &&
    (guildPermissions(guild, person.id) & needed) !== needed
  if (isBarred || (guild && command.defaultMemberPermissions === '0' && guild.ownerId !== person.id))
    throw new Error(`${person.username} may not use ${name}`)
  return command
}

function commandData(
  command: RegisteredCommand,
  path: readonly string[],
  read: (options: readonly JsonObject[]) => readonly JsonObject[],
): JsonObject {
  const nest = (options: readonly JsonObject[], rest: readonly string[]): readonly JsonObject[] => {
    const [next, ...after] = rest
    const isNested = options.some(({ type }) => type === optionType.subcommand || type === optionType.group)
    if (next === undefined) {
      if (isNested) throw new Error(`/${command.name} needs a subcommand`)
      return read(options)
    }
    const option = options.find((one) => one.name === next)
    if (!option || !isNested) throw new Error(`/${command.name} has no subcommand ${next}`)
    return [{ name: next, type: option.type, options: nest(objects(option.options), after) }]
  }
  return {
    id: command.id,
    name: command.name,
    type: command.type,
    ...(command.guildId === undefined ? {} : { guild_id: command.guildId }),
    options: nest(command.options, path),
  }
}

function checkSelection(component: JsonObject, values: readonly string[]): void {
  const known = new Set(objects(component.options).map(({ value }) => value))
  const unknown = component.type === 3 ? values.find((value) => !known.has(value)) : undefined
  if (unknown !== undefined) throw new Error(`${unknown} is no option of ${String(component.custom_id)}`)
  const [low, high] = [Number(component.min_values ?? 1), Number(component.max_values ?? 1)]
  if (values.length < low || values.length > high) throw new Error(`${low} to ${high} values can be selected`)
}

function flatten(component: JsonObject): JsonObject[] {
  const accessory = isJsonObject(component.accessory) ? [component.accessory] : []
  return [component, ...[...objects(component.components), ...accessory].flatMap(flatten)]
}
