import {
  type APIInteraction,
  type APIInteractionResponse,
  InteractionResponseType,
  MessageFlags,
  type REST,
  Routes,
} from 'discord.js'
import type { IngestOutcome } from '../../src/model/inbound.ts'
import { asPlatformError, discordCode, isDiscordCode } from './errors.ts'

/** Discord waits this long for the first answer to an interaction. */
const ANSWER_WITHIN_MS = 3_000

type Answerable = Pick<APIInteraction, 'id' | 'token' | 'application_id'>

/** The first answer to an interaction. */
export async function respond(
  rest: REST,
  { id, token }: Answerable,
  body: APIInteractionResponse,
): Promise<void> {
  try {
    await rest.post(Routes.interactionCallback(id, token), {
      body,
      auth: false,
      query: new URLSearchParams({ with_response: 'false' }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
  } catch (error) {
    // Our own answer, whose confirmation was lost.
    if (isDiscordCode(error, discordCode.alreadyAcknowledged)) return
    throw asPlatformError(error)
  }
}

/** Tells Discord what becomes of a command, so that the person sees it working and no failure. */
export async function deferCommand(
  rest: REST,
  interaction: Answerable,
  outcome: IngestOutcome,
): Promise<void> {
  const defer = (isPrivate: boolean) =>
    respond(rest, interaction, {
      type: InteractionResponseType.DeferredChannelMessageWithSource,
      ...(isPrivate ? { data: { flags: MessageFlags.Ephemeral } } : {}),
    })
  switch (outcome.kind) {
    case 'queued':
      return await defer(false)
    case 'replied':
      return await defer(outcome.private)
    case 'duplicate':
      return
    case 'handled':
    case 'ignored': {
      await defer(true)
      const original = Routes.webhookMessage(interaction.application_id, interaction.token)
      await rest
        .delete(original, { auth: false, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
        .catch((error) => {
          throw asPlatformError(error)
        })
      return
    }
    default:
      return outcome satisfies never
  }
}

/** A pressed button is let go; what is to be said goes to the presser alone. */
export async function releaseButton(
  rest: REST,
  interaction: Answerable,
  outcome: IngestOutcome,
): Promise<void> {
  if (outcome.kind === 'duplicate') return
  const told = 'tell' in outcome ? outcome.tell : undefined
  await respond(
    rest,
    interaction,
    told === undefined
      ? { type: InteractionResponseType.DeferredMessageUpdate }
      : {
          type: InteractionResponseType.ChannelMessageWithSource,
          data: { content: told, flags: MessageFlags.Ephemeral, allowed_mentions: { parse: [] } },
        },
  )
}
