import {
  type APIApplicationCommandInteractionDataOption,
  type APIInteraction,
  type APIModalSubmission,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ComponentType,
  InteractionType,
  PermissionFlagsBits,
  PermissionsBitField,
} from 'discord.js'
import { runArgument } from '../../src/core/run-line.ts'
import { isCommand, RUN_LANGUAGES, type RunLanguage } from '../../src/model/command.ts'
import { externalId } from '../../src/model/ids.ts'
import type { InboundAction, InboundCommand, InboundPerson } from '../../src/model/inbound.ts'
import type { Target } from '../../src/model/outbound.ts'
import { RUN_MESSAGE } from './commands.ts'
import { attachmentOf, conversationOf, personOf, placeOf, quotedOf } from './decode.ts'
import { RUN_MODAL } from './run-modal.ts'
import type { Surroundings } from './surroundings.ts'
import { TOKEN_LIFE_MS } from './wire.ts'

export type DecodedInteraction =
  | { readonly kind: 'event'; readonly event: InboundCommand | InboundAction }
  /** `/run` without code: to be answered with the modal, in this process and within 3 s. */
  | { readonly kind: 'open-modal'; readonly language: RunLanguage | undefined }

/** undefined: nothing for the hub. */
export function decodeInteraction(
  interaction: APIInteraction,
  around: Surroundings,
): DecodedInteraction | undefined {
  if (interaction.type === InteractionType.ApplicationCommand) {
    const { data } = interaction
    if (data.type === ApplicationCommandType.Message) {
      const message = data.resolved.messages[data.target_id]
      if (data.name !== RUN_MESSAGE || !message) return undefined
      const quoted = quotedOf(message, around, interaction.guild_id)
      return command(interaction, around, 'run', '', { quoted, replyTo: externalId(message.id) })
    }
    if (data.type !== ApplicationCommandType.ChatInput || !isCommand(data.name)) return undefined
    const options = readOptions(data.options ?? [])
    if (data.name !== 'run') return command(interaction, around, data.name, options.get('name') ?? '')
    const language = RUN_LANGUAGES.find((one) => one === options.get('language'))
    const code = options.get('code') ?? ''
    const file = data.resolved?.attachments?.[options.get('file') ?? '']
    const attachments = file ? [attachmentOf(file, interaction.channel.id)] : []
    if (code.trim() === '' && !file) return { kind: 'open-modal', language }
    const [args, stdin] = [options.get('arguments') ?? '', options.get('stdin') ?? '']
    const argument = runArgument({ language, code, args, stdin })
    return command(interaction, around, 'run', argument, { attachments })
  }
  if (interaction.type === InteractionType.ModalSubmit) {
    if (interaction.data.custom_id !== RUN_MODAL.id) return undefined
    const fields = readFields(interaction.data)
    const argument = runArgument({
      language: fields.get(RUN_MODAL.language) ?? RUN_LANGUAGES[0],
      code: fields.get(RUN_MODAL.code) ?? '',
      args: fields.get(RUN_MODAL.args) ?? '',
      stdin: fields.get(RUN_MODAL.stdin) ?? '',
    })
    return command(interaction, around, 'run', argument)
  }
  if (
    interaction.type === InteractionType.MessageComponent &&
    interaction.data.component_type === ComponentType.Button
  ) {
    const where = base(interaction, around)
    if (!where) return undefined
    const event: InboundAction = {
      kind: 'action',
      ...where,
      control: interaction.data.custom_id,
      messageId: externalId(interaction.message.id),
      administers: mayManage(interaction),
      target: {
        channel: where.channel.externalId,
        ...(interaction.guild_id === undefined ? {} : { replyTo: interaction.message.id }),
      },
    }
    return { kind: 'event', event }
  }
  return undefined
}

/** Who may delete what others wrote here may also stop it. */
function mayManage({ member }: APIInteraction): boolean {
  const rights = new PermissionsBitField(BigInt(member?.permissions ?? '0'))
  return rights.any([PermissionFlagsBits.ManageMessages, PermissionFlagsBits.ManageGuild])
}

function command(
  interaction: APIInteraction,
  around: Surroundings,
  name: InboundCommand['command'],
  argument: string,
  more: Pick<InboundCommand, 'attachments' | 'quoted' | 'replyTo'> = {},
): DecodedInteraction | undefined {
  const where = base(interaction, around)
  const channelId = interaction.channel?.id
  if (!where || channelId === undefined) return undefined
  const { guild_id: guildId, channel } = interaction
  const target: Target = {
    channel: where.channel.externalId,
    applicationId: interaction.application_id,
    interactionToken: interaction.token,
    interactionExpiresAt: where.at.getTime() + TOKEN_LIFE_MS,
  }
  const event: InboundCommand = {
    kind: 'command',
    administers: new PermissionsBitField(BigInt(interaction.member?.permissions ?? '0')).has(
      PermissionFlagsBits.ManageGuild,
    ),
    ...where,
    messageId: externalId(interaction.id),
    command: name,
    argument,
    conversation: conversationOf(guildId, channelId, around, channel?.type, more.replyTo),
    ...more,
    target,
  }
  return { kind: 'event', event }
}

function base(interaction: APIInteraction, around: Surroundings) {
  const person = personWho(interaction)
  const channelId = interaction.channel?.id
  if (!person || channelId === undefined) return undefined
  return {
    connectionId: around.connectionId,
    eventId: interaction.id,
    at: new Date(),
    ...placeOf(interaction.guild_id, channelId, around, person.name),
    person,
  }
}

function personWho(interaction: APIInteraction): InboundPerson | undefined {
  const { member } = interaction
  const user = member?.user ?? interaction.user
  if (!user) return undefined
  const language = 'locale' in interaction ? interaction.locale : undefined
  return { ...personOf(user, member?.nick), ...(language === undefined ? {} : { language }) }
}

function readOptions(options: readonly APIApplicationCommandInteractionDataOption[]): Map<string, string> {
  return new Map(
    options.flatMap((option) =>
      option.type === ApplicationCommandOptionType.String ||
      option.type === ApplicationCommandOptionType.Attachment
        ? [[option.name, option.value]]
        : [],
    ),
  )
}

function readFields({ components }: APIModalSubmission): Map<string, string> {
  const fields = new Map<string, string>()
  for (const part of components) {
    if (part.type !== ComponentType.Label) continue
    const { component } = part
    if (component.type === ComponentType.TextInput) fields.set(component.custom_id, component.value)
    if (component.type === ComponentType.StringSelect)
      fields.set(component.custom_id, component.values[0] ?? '')
  }
  return fields
}
