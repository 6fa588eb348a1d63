import { refuse } from './api-error.ts'
import { type CommandForm, commandForm, commandListForm } from './forms/command-form.ts'
import { readForm } from './forms/form.ts'
import { toJsonObject } from './json.ts'
import type { Route } from './rest.ts'
import type { RestCall } from './rest-call.ts'
import { commandJson } from './wire-guild.ts'
import type { RegisteredCommand, World } from './world.ts'

const commandsPerScope = 100
const createsPerDay = 200
const dayMs = 24 * 60 * 60 * 1000
const limit = { limit: 5, windowMs: 20_000 }

export function commandRoutes(world: World): Route[] {
  const creates: { at: number; scope: string }[] = []

  const scopeOf = (call: RestCall, inGuild: boolean): string | undefined => {
    if (call.param('application_id') !== world.applicationId) throw refuse('unknownApplication')
    if (!inGuild) return undefined
    const guild = world.guilds.get(call.param('guild_id'))
    if (!guild?.members.has(world.bot.id)) throw refuse('missingAccess')
    return guild.id
  }
  const inScope = (guildId: string | undefined): RegisteredCommand[] =>
    [...world.commands.values()].filter((command) => command.guildId === guildId)

  const countCreate = (guildId: string | undefined): void => {
    const [now, scope] = [world.now(), guildId ?? 'global']
    const since = now - dayMs
    while (creates[0] && creates[0].at <= since) creates.shift()
    if (creates.filter((one) => one.scope === scope).length >= createsPerDay)
      throw refuse('tooManyCommandCreates')
    creates.push({ at: now, scope })
  }

  /** Registers over the command of the same name and type, which keeps its id. */
  const register = (
    form: CommandForm,
    guildId: string | undefined,
    former: readonly RegisteredCommand[],
  ): boolean => {
    const type = form.type ?? 1
    const known = former.find((one) => one.name === form.name && one.type === type)
    if (!known) countCreate(guildId)
    const { id: _, ...definition } = form
    const command: RegisteredCommand = {
      id: known?.id ?? world.nextId(),
      version: world.nextId(),
      guildId,
      type,
      name: form.name,
      description: form.description ?? '',
      options: (form.options ?? []).map(toJsonObject),
      defaultMemberPermissions:
        form.default_member_permissions == null ? null : String(form.default_member_permissions),
      contexts: form.contexts ?? null,
      definition: toJsonObject(definition),
    }
    world.commands.set(command.id, command)
    return known === undefined
  }

  const routesOf = (base: string, inGuild: boolean): Route[] => {
    const find = (call: RestCall): RegisteredCommand => {
      const guildId = scopeOf(call, inGuild)
      const command = world.commands.get(call.param('command_id'))
      if (!command || command.guildId !== guildId) throw refuse('unknownCommand')
      return command
    }
    const list = (guildId: string | undefined) =>
      inScope(guildId).map((command) => commandJson(world, command))
    const changed = () => world.changed({ kind: 'commands', id: world.applicationId })
    return [
      {
        method: 'GET',
        template: base,
        limit,
        handle: (call) => ({ status: 200, body: list(scopeOf(call, inGuild)) }),
      },
      {
        method: 'PUT',
        template: base,
        limit,
        handle: (call) => {
          const guildId = scopeOf(call, inGuild)
          const forms = readForm(commandListForm, call.json ?? [])
          if (forms.filter(({ type }) => (type ?? 1) === 1).length > commandsPerScope)
            throw refuse('tooManyCommands')
          const former = inScope(guildId)
          for (const { id } of former) world.commands.delete(id)
          for (const form of forms) register(form, guildId, former)
          changed()
          return { status: 200, body: list(guildId) }
        },
      },
      {
        method: 'POST',
        template: base,
        limit,
        handle: (call) => {
          const guildId = scopeOf(call, inGuild)
          const form = readForm(commandForm, call.json)
          const former = inScope(guildId)
          const isNew = !former.some((one) => one.name === form.name && one.type === (form.type ?? 1))
          if (isNew && former.filter(({ type }) => type === 1).length >= commandsPerScope)
            throw refuse('tooManyCommands')
          register(form, guildId, former)
          changed()
          const made = inScope(guildId).find((one) => one.name === form.name && one.type === (form.type ?? 1))
          return { status: isNew ? 201 : 200, body: made && commandJson(world, made) }
        },
      },
      {
        method: 'GET',
        template: `${base}/{command_id}`,
        limit,
        handle: (call) => ({ status: 200, body: commandJson(world, find(call)) }),
      },
      {
        method: 'DELETE',
        template: `${base}/{command_id}`,
        limit,
        handle: (call) => {
          world.commands.delete(find(call).id)
          changed()
          return { status: 204 }
        },
      },
    ]
  }

  return [
    ...routesOf('/applications/{application_id}/commands', false),
    ...routesOf('/applications/{application_id}/guilds/{guild_id}/commands', true),
  ]
}
