import { z } from 'zod'
import { externalId } from '../../src/model/ids.ts'
import type { Target } from '../../src/model/outbound.ts'

/** Slack's own limit is 30 minutes; the last one is left to clocks and calls under way. */
const RESPONSE_URL_LIFE_MS = 29 * 60_000

export const targetSchema = z.object({
  /** Whose bot speaks; absent in what was stored when there was one bot token alone. */
  team: z.string().optional(),
  channel: z.string(),
  /** The asker: private answers are for them. */
  user: z.string().optional(),
  threadTs: z.string().optional(),
  /** Takes answers of an interaction, five times, also where the bot is no member. */
  responseUrl: z.string().optional(),
  /** Milliseconds since 1970. */
  responseUntil: z.number().optional(),
})

export type SlackTarget = z.infer<typeof targetSchema>

export function targetOf(where: {
  readonly team: string
  readonly channel: string
  readonly user: string
  readonly threadTs?: string | undefined
  readonly responseUrl?: string | undefined
  readonly responseUntil?: number | undefined
}): Target {
  const { team, channel, user, threadTs, responseUrl } = where
  return {
    team,
    channel: externalId(channel),
    user,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(responseUrl === undefined
      ? {}
      : { responseUrl, responseUntil: where.responseUntil ?? responseUntil() }),
  }
}

export function responseUntil(): number {
  return Date.now() + RESPONSE_URL_LIFE_MS
}

/** A direct message's id begins with D; channels, private ones and group messages have C or G. */
export function isDirect(channel: string): boolean {
  return channel.startsWith('D')
}
