import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type REST,
  type RESTPostAPIApplicationCommandsJSONBody,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  Routes,
} from 'discord.js'
import { z } from 'zod'
import { COMMANDS, type CommandName, RUN_LANGUAGE_LABELS, RUN_LANGUAGES } from '../../src/model/command.ts'
import { sentence } from '../../src/model/sentence.ts'
import type { ReceiverContext } from '../../src/ports/receiver.ts'

type Definition = RESTPostAPIApplicationCommandsJSONBody
type SlashCommand = RESTPostAPIChatInputApplicationCommandsJSONBody

/** The command in every message's menu. Its name comes back with each use, whatever the person's language. */
export const RUN_MESSAGE = 'Run this code'

const MAX_DESCRIPTION_LENGTH = 100
/** Discord has one Portuguese. */
const PORTUGUESE = { discord: 'pt-BR', ours: 'pt-PT' } as const

export function commandDefinitions(say: ReceiverContext['say']): Definition[] {
  const told = (key: Parameters<typeof sentence>[0]) => ({
    description: say(sentence(key), 'en').slice(0, MAX_DESCRIPTION_LENGTH),
    description_localizations: {
      [PORTUGUESE.discord]: say(sentence(key), PORTUGUESE.ours).slice(0, MAX_DESCRIPTION_LENGTH),
    },
  })
  const options: Partial<Record<CommandName, SlashCommand['options']>> = {
    run: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'language',
        ...told('run.modal.language'),
        choices: RUN_LANGUAGES.map((value) => ({ name: RUN_LANGUAGE_LABELS[value], value })),
      },
      { type: ApplicationCommandOptionType.String, name: 'code', ...told('run.modal.code') },
      { type: ApplicationCommandOptionType.Attachment, name: 'file', ...told('run.modal.file') },
      { type: ApplicationCommandOptionType.String, name: 'arguments', ...told('run.modal.arguments') },
      { type: ApplicationCommandOptionType.String, name: 'stdin', ...told('run.modal.stdin') },
    ],
    model: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'name',
        ...told('command.help.model'),
        max_length: 200,
      },
    ],
    privacy: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'name',
        ...told('command.help.privacy'),
        required: true,
        choices: ['export', 'forget', 'pause', 'resume'].map((value) => ({ name: value, value })),
      },
    ],
  }
  const everywhere = {
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
    integration_types: [ApplicationIntegrationType.GuildInstall],
  }
  const slashCommands = COMMANDS.map(
    (name): Definition => ({
      type: ApplicationCommandType.ChatInput,
      name,
      ...told(`command.help.${name}`),
      ...everywhere,
      ...(options[name] ? { options: options[name] } : {}),
    }),
  )
  const ofMessages: Definition = {
    type: ApplicationCommandType.Message,
    name: RUN_MESSAGE,
    name_localizations: { [PORTUGUESE.discord]: say(sentence('run.message'), PORTUGUESE.ours).slice(0, 32) },
    ...everywhere,
  }
  return [...slashCommands, ofMessages]
}

/** Registers the commands for everywhere; nothing is written while Discord has them as they are wanted. */
export async function registerCommands(
  rest: REST,
  applicationId: string,
  wanted: readonly Definition[],
  signal: AbortSignal,
): Promise<'kept' | 'written'> {
  const route = Routes.applicationCommands(applicationId)
  const query = new URLSearchParams({ with_localizations: 'true' })
  const found = z.array(z.looseObject({})).parse(await rest.get(route, { query, signal }))
  if (found.length === wanted.length && wanted.every((one) => found.some((other) => includes(other, one))))
    return 'kept'
  await rest.put(route, { body: wanted, signal })
  return 'written'
}

/** Whether `found` says everything that `wanted` says; Discord adds fields of its own. */
function includes(found: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every((item, index) => includes(found[index], item))
    )
  }
  if (typeof wanted !== 'object' || wanted === null) return found === wanted
  if (typeof found !== 'object' || found === null) return false
  return Object.entries(wanted).every(([key, value]) => includes(Reflect.get(found, key), value))
}
