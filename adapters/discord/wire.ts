import type { RawFile } from 'discord.js'
import { z } from 'zod'
import type { Target } from '../../src/model/outbound.ts'

/** A target as the decoders of this adapter make it. */
export const targetSchema = z.object({ channel: z.string(), replyTo: z.string().optional() })

/** A token serves for 15 minutes; the last seconds are left out for requests under way. */
export const TOKEN_LIFE_MS = 15 * 60 * 1000 - 10_000

const interactionSchema = z.object({
  applicationId: z.string(),
  interactionToken: z.string(),
  /** Milliseconds since the epoch. */
  interactionExpiresAt: z.number(),
})
export type LiveInteraction = z.infer<typeof interactionSchema>

/** The route through an interaction's token, while it serves. */
export function liveInteraction(target: Target): LiveInteraction | undefined {
  const parsed = interactionSchema.safeParse(target)
  return parsed.success && parsed.data.interactionExpiresAt > Date.now() ? parsed.data : undefined
}

export const sentMessage = z.object({
  id: z.string(),
  flags: z.number().default(0),
  content: z.string().default(''),
})
export type SentMessage = z.infer<typeof sentMessage>

export interface Payload {
  readonly body: Readonly<Record<string, unknown>>
  readonly files: readonly RawFile[]
}
