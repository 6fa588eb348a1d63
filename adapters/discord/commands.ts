import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type REST,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  Routes,
} from 'discord.js'
import { z } from 'zod'
import { COMMANDS, type CommandName, RUN_LANGUAGE_LABELS, RUN_LANGUAGES } from '../../src/model/command.ts'
import { sentence } from '../../src/model/sentence.ts'
import type { ReceiverContext } from '../../src/ports/receiver.ts'

type Definition = RESTPostAPIChatInputApplicationCommandsJSONBody

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
  const options: Partial<Record<CommandName, Definition['options']>> = {
    run: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'language',
        ...told('run.modal.language'),
        choices: RUN_LANGUAGES.map((value) => ({ name: RUN_LANGUAGE_LABELS[value], value })),
      },
      { type: ApplicationCommandOptionType.String, name: 'code', ...told('run.modal.code') },
    ],
    model: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'name',
        ...told('command.help.model'),
        max_length: 200,
      },
    ],
  }
  return COMMANDS.map((name) => ({
    type: ApplicationCommandType.ChatInput,
    name,
    ...told(`command.help.${name}`),
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
    integration_types: [ApplicationIntegrationType.GuildInstall],
    ...(options[name] ? { options: options[name] } : {}),
  }))
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
