import { setTimeout as delay } from 'node:timers/promises'
import { MessageFlags, type RouteLike, Routes } from 'discord.js'
import { discordCode } from './errors.ts'
import type { Rest } from './rest.ts'
import { type LiveInteraction, type Payload, type SentMessage, sentMessage, TOKEN_LIFE_MS } from './wire.ts'

/** The deferral is made by another process, at most this long before or after the first part is ready. */
const DEFERRAL_PATIENCE_MS = 2_000
const DEFERRAL_LOOK_MS = 500
/** Discord takes no first answer after three seconds. */
const DEFERRED_AFTER_MS = 5_000
/** A part this short was the only one so far: the next begins when the one before is nearly full. */
const FIRST_PART_LENGTH = 1_000

/** Answers through an interaction's token, which needs no bot token and no permission in the channel. */
export interface InteractionReplies {
  /** The message's id; undefined: the interaction cannot be answered, say it in the channel. */
  post(
    interaction: LiveInteraction,
    payload: Payload,
    isPrivate: boolean,
    signal: AbortSignal,
  ): Promise<string | undefined>
  /** False: not a message of the interaction. */
  edit(interaction: LiveInteraction, id: string, body: Payload['body'], signal: AbortSignal): Promise<boolean>
  remove(interaction: LiveInteraction, id: string, signal: AbortSignal): Promise<boolean>
}

export function createInteractionReplies(rest: Rest): InteractionReplies {
  const isElsewhere = (error: unknown): boolean =>
    rest.refusedWith(
      error,
      discordCode.unknownMessage,
      discordCode.unknownWebhook,
      discordCode.invalidWebhookToken,
    )

  /** The first answer: a message, 'gone' where it was deleted, undefined where there is none to come. */
  const original = async (
    interaction: LiveInteraction,
    signal: AbortSignal,
  ): Promise<SentMessage | 'gone' | undefined> => {
    const openedAt = interaction.interactionExpiresAt - TOKEN_LIFE_MS
    const giveUpAt = Math.min(Date.now() + DEFERRAL_PATIENCE_MS, openedAt + DEFERRED_AFTER_MS)
    for (;;) {
      try {
        const answer = await rest.call('GET', routeOf(interaction, '@original'), {
          signal,
          withoutToken: true,
        })
        return sentMessage.parse(answer)
      } catch (error) {
        if (rest.refusedWith(error, discordCode.unknownMessage)) return 'gone'
        if (rest.refusedWith(error, discordCode.invalidWebhookToken)) return undefined
        if (!rest.refusedWith(error, discordCode.unknownWebhook)) throw error
        if (Date.now() + DEFERRAL_LOOK_MS > giveUpAt) return undefined
      }
      await delay(DEFERRAL_LOOK_MS, undefined, { signal })
    }
  }

  return {
    async post(interaction, { body, files }, isPrivate, signal) {
      const first = await original(interaction, signal)
      if (first === undefined) return undefined
      const call = { files, signal, withoutToken: true }
      try {
        if (first !== 'gone' && (isLoading(first) || isSamePart(first, body.content))) {
          const answer = await rest.call('PATCH', routeOf(interaction, '@original'), { ...call, body })
          return sentMessage.parse(answer).id
        }
        const flags = Number(body.flags ?? 0) | (isPrivate ? MessageFlags.Ephemeral : 0)
        const route = Routes.webhook(interaction.applicationId, interaction.interactionToken)
        const query = new URLSearchParams({ wait: 'true' })
        const answer = await rest.call('POST', route, { ...call, query, body: { ...body, flags } })
        return sentMessage.parse(answer).id
      } catch (error) {
        if (isElsewhere(error)) return undefined
        throw error
      }
    },

    async edit(interaction, id, body, signal) {
      try {
        await rest.call('PATCH', routeOf(interaction, id), { body, signal, withoutToken: true })
        return true
      } catch (error) {
        if (isElsewhere(error)) return false
        throw error
      }
    },

    async remove(interaction, id, signal) {
      try {
        await rest.call('DELETE', routeOf(interaction, id), { signal, withoutToken: true })
        return true
      } catch (error) {
        if (isElsewhere(error)) return false
        throw error
      }
    },
  }
}

function routeOf({ applicationId, interactionToken }: LiveInteraction, message: string): RouteLike {
  return Routes.webhookMessage(applicationId, interactionToken, message)
}

function isLoading({ flags }: SentMessage): boolean {
  return (flags & MessageFlags.Loading) !== 0
}

/**
 * Interaction messages take no nonce. A first part whose confirmation was lost is recognized by its text:
 * what stands there is short, and what is to be posted goes on from it.
 */
function isSamePart({ content }: SentMessage, wanted: unknown): boolean {
  const shown = content.trim()
  return (
    typeof wanted === 'string' &&
    shown !== '' &&
    shown.length < FIRST_PART_LENGTH &&
    wanted.trim().startsWith(shown)
  )
}
