import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'
import { type ExternalId, externalId } from '../../src/model/ids.ts'
import type { SpeakerFor } from './speakers.ts'
import type { SlackTarget } from './target.ts'

const EVENT_TYPE = 'brainall_answer'
/** An answer in doubt is looked for soon after; a thread is listed oldest first. */
const LOOK_BACK_SECONDS = 24 * 3600
const PAGE = 100
const MAX_PAGES = 3

export const metadataSchema = z.object({
  event_type: z.string().optional(),
  event_payload: z.object({ key: z.unknown() }).optional(),
})

/** Whether a message's mark says that it is an answer of ours. */
export function isOurs(metadata: z.infer<typeof metadataSchema> | null | undefined): boolean {
  return metadata?.event_type === EVENT_TYPE
}

const pageSchema = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      bot_id: z.string().optional(),
      blocks: z.array(z.object({ block_id: z.string().optional() })).optional(),
      metadata: metadataSchema.optional(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
})

/** Marks a message with its key, for nobody to see. */
export function metadataOf(key: string) {
  return { metadata: { event_type: EVENT_TYPE, event_payload: { key } } }
}

/** The message that carries the key. Where the bot may not read the history, nothing can be found. */
export function createFindPosted(speakerFor: SpeakerFor) {
  return async (
    { team, channel, threadTs }: SlackTarget,
    key: string,
    signal: AbortSignal,
  ): Promise<ExternalId | undefined> => {
    const { call } = await speakerFor(team, signal)
    const oldest = (Date.now() / 1000 - LOOK_BACK_SECONDS).toFixed(6)
    let cursor: string | undefined
    for (let number = 0; number < MAX_PAGES; number += 1) {
      const span = { channel, oldest, limit: PAGE, include_all_metadata: true, ...(cursor ? { cursor } : {}) }
      let answer: unknown
      try {
        answer = await (threadTs === undefined
          ? call('conversations.history', signal, (client) => client.conversations.history(span))
          : call('conversations.replies', signal, (client) =>
              client.conversations.replies({ ...span, ts: threadTs }),
            ))
      } catch (error) {
        const code = error instanceof HubError ? error.code : undefined
        if (code === 'platform_forbidden' || code === 'platform_rejected') return undefined
        throw error
      }
      const page = pageSchema.parse(answer)
      const found = page.messages.find(
        ({ bot_id: bot, metadata, blocks }) =>
          bot !== undefined &&
          ((metadata?.event_type === EVENT_TYPE && metadata.event_payload?.key === key) ||
            blocks?.some(({ block_id: block }) => block === key)),
      )
      if (found) return externalId(found.ts)
      cursor = page.response_metadata?.next_cursor
      if (!cursor) return undefined
    }
    return undefined
  }
}
