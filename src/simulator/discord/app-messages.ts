import { invalidForm, refuse } from './api-error.ts'
import { type MessageForm, messageFlag } from './forms/message-form.ts'
import { isJsonObject, type JsonObject, toJsonObject } from './json.ts'
import { amendMessage, createMessage, isEmpty } from './message-log.ts'
import { botPermissions, permission } from './permissions.ts'
import type { RestCall, UploadedFile } from './rest-call.ts'
import { resolveAttachments } from './uploads.ts'
import type { DiscordChannel, DiscordMessage, MessageInteraction, World } from './world.ts'
import { channelType } from './world.ts'

const nonceMemoryMs = 5 * 60 * 1000

/** The channel of a request, or 10003 / 50001. */
export function visibleChannel(world: World, call: RestCall): DiscordChannel {
  const channel = world.channels.get(call.param('channel_id'))
  if (!channel) throw refuse('unknownChannel')
  if ((botPermissions(world, channel) & permission.viewChannel) === 0n) throw refuse('missingAccess')
  return channel
}

export function requirePermission(world: World, channel: DiscordChannel, bits: bigint): void {
  if ((botPermissions(world, channel) & bits) !== bits) throw refuse('missingPermissions')
}

/** A message of the channel that is still there and not another's ephemeral one, or 10008. */
export function visibleMessage(world: World, channel: DiscordChannel, id: string): DiscordMessage {
  const message = world.messages.get(id)
  if (
    !message ||
    message.channelId !== channel.id ||
    message.deletedAt !== undefined ||
    message.ephemeralFor !== undefined
  )
    throw refuse('unknownMessage')
  return message
}

function requireSendable(world: World, channel: DiscordChannel): void {
  const isThread = channel.type === channelType.publicThread || channel.type === channelType.privateThread
  requirePermission(world, channel, isThread ? permission.sendMessagesInThreads : permission.sendMessages)
  if (channel.archived && channel.locked) throw refuse('threadArchived')
  if (channel.recipient?.acceptsDms === false) throw refuse('cannotMessageUser')
}

export function postMessage(
  world: World,
  channel: DiscordChannel,
  form: MessageForm,
  files: ReadonlyMap<string, UploadedFile>,
): DiscordMessage {
  requireSendable(world, channel)
  if (files.size > 0) requirePermission(world, channel, permission.attachFiles)
  const repeated = form.enforce_nonce ? findByNonce(world, channel, form.nonce) : undefined
  if (repeated) return repeated
  return createMessage(world, channel, {
    ...draftOf(world, form, files),
    repliedTo: repliedTo(world, channel, form),
  })
}

/** What an interaction makes the app say. */
export function postResponse(
  world: World,
  channel: DiscordChannel,
  form: MessageForm,
  files: ReadonlyMap<string, UploadedFile>,
  about: {
    readonly type: number
    readonly interaction: MessageInteraction
    readonly ephemeralFor: string | undefined
    readonly replyTo: DiscordMessage | undefined
  },
): DiscordMessage {
  const draft = draftOf(world, form, files)
  const { replyTo, ...rest } = about
  const flags =
    about.ephemeralFor === undefined
      ? draft.flags & ~messageFlag.ephemeral
      : draft.flags | messageFlag.ephemeral
  return createMessage(world, channel, {
    ...draft,
    ...rest,
    flags,
    repliedTo: replyTo,
    // The reference to what was pressed notifies nobody.
    allowedMentions: form.allowed_mentions ?? { parse: ['users', 'roles', 'everyone'], replied_user: false },
  })
}

export function patchMessage(
  world: World,
  message: DiscordMessage,
  form: MessageForm,
  files: ReadonlyMap<string, UploadedFile>,
): void {
  const isFirstText = (message.flags & messageFlag.loading) !== 0
  const settable = messageFlag.suppressEmbeds | messageFlag.componentsV2
  const flags = form.flags == null ? message.flags : (message.flags & ~settable) | (form.flags & settable)
  const changed = {
    content: form.content === undefined ? message.content : (form.content ?? '').trim(),
    embeds: form.embeds === undefined ? message.embeds : embedsOf(form),
    components: form.components === undefined ? message.components : componentsOf(form),
    attachments: resolveAttachments(world, form.attachments, files, message.attachments),
    flags: (flags | (message.flags & messageFlag.componentsV2)) & ~messageFlag.loading,
  }
  if (changed.flags & messageFlag.componentsV2 && (changed.content !== '' || changed.embeds.length > 0))
    throw invalidForm([
      {
        path: ['flags'],
        code: 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
        message: "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2",
      },
    ])
  if (isEmpty(changed)) throw refuse('emptyMessage')
  const { content, components, ...rest } = changed
  amendMessage(world, message, {
    ...rest,
    ...(form.content === undefined ? {} : { content }),
    ...(form.components === undefined ? {} : { components }),
    allowedMentions: form.allowed_mentions,
    isFirstText,
  })
}

function draftOf(world: World, form: MessageForm, files: ReadonlyMap<string, UploadedFile>) {
  const flags = form.flags ?? 0
  const draft = {
    author: world.bot,
    // Discord strips white space around a message.
    content: (form.content ?? '').trim(),
    embeds: embedsOf(form),
    components: componentsOf(form),
    flags,
    nonce: form.nonce ?? undefined,
    allowedMentions: form.allowed_mentions,
  }
  if (isEmpty({ ...draft, attachments: [...files] })) throw refuse('emptyMessage')
  const attachments = resolveAttachments(world, form.attachments, files, [])
  if (flags & messageFlag.voiceMessage) {
    const [voice] = attachments
    if (
      attachments.length !== 1 ||
      draft.content !== '' ||
      !voice?.waveform ||
      voice.durationSeconds === undefined
    )
      throw invalidForm([
        {
          path: ['flags'],
          code: 'MESSAGE_VOICE_INVALID',
          message: 'Voice messages take one audio attachment with a waveform and a duration, and no content.',
        },
      ])
  }
  return { ...draft, attachments }
}

function embedsOf(form: MessageForm): readonly JsonObject[] {
  return (form.embeds ?? []).map((embed) => ({
    type: 'rich',
    ...toJsonObject(embed),
    ...(embed.fields
      ? { fields: embed.fields.map((field) => ({ ...field, inline: field.inline ?? false })) }
      : {}),
  }))
}

/** Components as kept: with the ids that Discord gives to those without one. */
export function componentsOf(form: {
  readonly components?: readonly unknown[] | null | undefined
}): readonly JsonObject[] {
  let last = 0
  const number = (component: JsonObject): JsonObject => {
    last += 1
    const id = typeof component.id === 'number' && component.id > 0 ? component.id : last
    const { components, component: labelled, accessory } = component
    return {
      ...component,
      id,
      ...(Array.isArray(components) ? { components: components.map(number) } : {}),
      ...(isJsonObject(labelled) ? { component: number(labelled) } : {}),
      ...(isJsonObject(accessory) ? { accessory: number(accessory) } : {}),
    }
  }
  return (form.components ?? []).map((component) => number(toJsonObject(component)))
}

function repliedTo(world: World, channel: DiscordChannel, form: MessageForm): DiscordMessage | undefined {
  const reference = form.message_reference
  if (!reference) return undefined
  const target = world.messages.get(reference.message_id)
  const isThere =
    target &&
    target.channelId === channel.id &&
    target.deletedAt === undefined &&
    target.ephemeralFor === undefined
  if (isThere) {
    requirePermission(world, channel, permission.readMessageHistory)
    return target
  }
  if (reference.fail_if_not_exists === false) return undefined
  throw invalidForm([
    { path: ['message_reference'], code: 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', message: 'Unknown message' },
  ])
}

function findByNonce(
  world: World,
  channel: DiscordChannel,
  nonce: MessageForm['nonce'],
): DiscordMessage | undefined {
  if (nonce == null) return undefined
  const since = world.now() - nonceMemoryMs
  return channel.messages.findLast(
    (message) =>
      message.author.id === world.bot.id &&
      message.createdAt >= since &&
      message.deletedAt === undefined &&
      message.nonce !== undefined &&
      String(message.nonce) === String(nonce),
  )
}
