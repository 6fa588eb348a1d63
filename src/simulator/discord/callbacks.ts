import { invalidForm, refuse } from './api-error.ts'
import { componentsOf, patchMessage, postResponse } from './app-messages.ts'
import { readForm } from './forms/form.ts'
import { messageFlag, responseForm } from './forms/message-form.ts'
import { choicesForm, modalForm } from './forms/modal-form.ts'
import { answerWithinMs, findByToken, interactionType, tokenLifeMs } from './interactions.ts'
import { isJsonObject, toJsonObject } from './json.ts'
import { createMessage } from './message-log.ts'
import { openModal } from './modals.ts'
import type { RestCall, UploadedFile } from './rest-call.ts'
import type { DiscordInteraction, DiscordMessage, MessageInteraction, World } from './world.ts'
import { requireChannel } from './world.ts'

const callback = {
  message: 4,
  deferredMessage: 5,
  deferredUpdate: 6,
  update: 7,
  choices: 8,
  modal: 9,
} as const

/** Which callbacks each kind of interaction may be answered with. */
const fitting: Readonly<Record<number, readonly number[]>> = {
  [interactionType.command]: [callback.message, callback.deferredMessage, callback.modal],
  [interactionType.component]: [
    callback.message,
    callback.deferredMessage,
    callback.deferredUpdate,
    callback.update,
    callback.modal,
  ],
  [interactionType.autocomplete]: [callback.choices],
  [interactionType.modal]: [
    callback.message,
    callback.deferredMessage,
    callback.deferredUpdate,
    callback.update,
  ],
}

/** Takes the app's first answer; returns the message it made or changed. */
export function answerInteraction(
  world: World,
  call: RestCall,
): { interaction: DiscordInteraction; type: number; message: DiscordMessage | undefined } {
  const interaction = findByToken(world, call.param('interaction_token'))
  if (!interaction || interaction.id !== call.param('interaction_id')) throw refuse('unknownInteraction')
  if (interaction.state !== 'waiting') throw refuse('alreadyAcknowledged')
  if (world.now() - interaction.createdAt > answerWithinMs) throw refuse('unknownInteraction')
  const { type, data } = readCallback(interaction, call.json)
  const message = perform(world, interaction, type, data, call.files)
  interaction.callbackType = type
  interaction.answeredAt = world.now()
  interaction.originalMessageId = message?.id
  world.changed({ kind: 'interaction', id: interaction.id })
  return { interaction, type, message }
}

/** The interaction of a `/webhooks/{application}/{token}` path: 10015 before its first answer, 50027 after 15 minutes. */
export function followedInteraction(world: World, call: RestCall): DiscordInteraction {
  const interaction = findByToken(world, call.param('webhook_token'))
  if (!interaction || call.param('webhook_id') !== world.applicationId) throw refuse('unknownWebhook')
  if (world.now() - interaction.createdAt > tokenLifeMs) throw refuse('invalidWebhookToken')
  if (interaction.state === 'waiting') throw refuse('unknownWebhook')
  return interaction
}

export function followUp(world: World, interaction: DiscordInteraction, call: RestCall): DiscordMessage {
  const form = readForm(responseForm, call.json)
  const original =
    interaction.originalMessageId === undefined
      ? undefined
      : world.messages.get(interaction.originalMessageId)
  // Right after a deferral a follow-up fills the deferred answer; its own ephemeral flag is ignored.
  if (interaction.state === 'deferred' && interaction.callbackType === callback.deferredMessage && original) {
    fill(world, interaction, original, form, call.files)
    return original
  }
  const isEphemeral = ((form.flags ?? 0) & messageFlag.ephemeral) !== 0
  const message = postResponse(world, requireChannel(world, interaction.channelId), form, call.files, {
    type: original ? 19 : 0,
    interaction: metadata(interaction, original?.id),
    ephemeralFor: isEphemeral ? interaction.person.id : undefined,
    replyTo: original,
  })
  interaction.followUpIds.push(message.id)
  world.changed({ kind: 'interaction', id: interaction.id })
  return message
}

/** `@original` or the id of one of the interaction's own messages, or 10008. */
export function responseMessage(world: World, interaction: DiscordInteraction, id: string): DiscordMessage {
  const { originalMessageId, followUpIds } = interaction
  const wanted = id === '@original' ? originalMessageId : id
  const isOwn = wanted !== undefined && (wanted === originalMessageId || followUpIds.includes(wanted))
  const message = isOwn ? world.messages.get(wanted) : undefined
  if (!message || message.deletedAt !== undefined) throw refuse('unknownMessage')
  return message
}

export function editResponse(
  world: World,
  interaction: DiscordInteraction,
  id: string,
  call: RestCall,
): DiscordMessage {
  const message = responseMessage(world, interaction, id)
  fill(world, interaction, message, readForm(responseForm, call.json), call.files)
  return message
}

function fill(
  world: World,
  interaction: DiscordInteraction,
  message: DiscordMessage,
  form: Parameters<typeof patchMessage>[2],
  files: ReadonlyMap<string, UploadedFile>,
): void {
  patchMessage(world, message, form, files)
  if (message.id === interaction.originalMessageId) interaction.state = 'answered'
  world.changed({ kind: 'interaction', id: interaction.id })
}

function readCallback(interaction: DiscordInteraction, json: unknown): { type: number; data: unknown } {
  const body = isJsonObject(json) ? json : {}
  const { type, data, ...rest } = body
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    throw invalidForm([
      { path: [unknown], code: 'UNKNOWN_PROPERTY', message: `Unknown property "${unknown}".` },
    ])
  const allowed = fitting[interaction.type] ?? []
  const updatesNothing =
    (type === callback.update || type === callback.deferredUpdate) &&
    interaction.sourceMessageId === undefined
  if (typeof type !== 'number' || !allowed.includes(type) || updatesNothing)
    throw invalidForm([
      { path: ['type'], code: 'BASE_TYPE_CHOICES', message: `Value must be one of {${allowed.join(', ')}}.` },
    ])
  return { type, data }
}

function perform(
  world: World,
  interaction: DiscordInteraction,
  type: number,
  data: unknown,
  files: ReadonlyMap<string, UploadedFile>,
): DiscordMessage | undefined {
  const channel = requireChannel(world, interaction.channelId)
  const source =
    interaction.sourceMessageId === undefined ? undefined : world.messages.get(interaction.sourceMessageId)
  const about = {
    type: responseType(interaction),
    interaction: metadata(interaction, undefined),
    replyTo: interaction.type === interactionType.command ? undefined : source,
  }
  switch (type) {
    case callback.modal: {
      const form = readForm(modalForm, nested(data))
      interaction.modal = openModal(world, interaction, form, componentsOf(form))
      interaction.state = 'modal'
      return undefined
    }
    case callback.choices:
      interaction.choices = readForm(choicesForm, nested(data)).choices.map(toJsonObject)
      interaction.state = 'choices'
      return undefined
    case callback.deferredUpdate:
      interaction.state = 'deferred'
      return source
    case callback.update:
      if (!source || source.deletedAt !== undefined) throw refuse('unknownMessage')
      patchMessage(world, source, readForm(responseForm, nested(data)), files)
      interaction.state = 'answered'
      return source
    case callback.deferredMessage: {
      const { flags } = readForm(responseForm, nested(data))
      const isEphemeral = ((flags ?? 0) & messageFlag.ephemeral) !== 0
      const message = createMessage(world, channel, {
        author: world.bot,
        content: '',
        type: about.type,
        interaction: about.interaction,
        repliedTo: about.replyTo,
        allowedMentions: { parse: [], replied_user: false },
        flags: messageFlag.loading | (isEphemeral ? messageFlag.ephemeral : 0),
        ephemeralFor: isEphemeral ? interaction.person.id : undefined,
      })
      interaction.state = 'deferred'
      return message
    }
    default: {
      const form = readForm(responseForm, nested(data))
      const isEphemeral = ((form.flags ?? 0) & messageFlag.ephemeral) !== 0
      const message = postResponse(world, channel, form, files, {
        ...about,
        ephemeralFor: isEphemeral ? interaction.person.id : undefined,
      })
      interaction.state = 'answered'
      return message
    }
  }
}

function nested(data: unknown): unknown {
  return data ?? {}
}

/** 20 after a slash command, 23 after a context menu, a reply after a component, plain after a modal. */
function responseType(interaction: DiscordInteraction): number {
  if (interaction.type === interactionType.command) return interaction.commandType === 1 ? 20 : 23
  return interaction.sourceMessageId === undefined ? 0 : 19
}

function metadata(
  interaction: DiscordInteraction,
  originalResponseMessageId: string | undefined,
): MessageInteraction {
  return {
    id: interaction.id,
    type: interaction.type,
    user: interaction.person,
    name: interaction.name,
    commandType: interaction.commandType,
    originalResponseMessageId,
    interactedMessageId:
      interaction.type === interactionType.component ? interaction.sourceMessageId : undefined,
  }
}
