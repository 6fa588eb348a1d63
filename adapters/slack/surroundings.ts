import { z } from 'zod'
import { externalId } from '../../src/model/ids.ts'
import type { Earlier, SaidBefore } from '../../src/ports/sender.ts'
import { createDirectory, type Directory } from './directory.ts'
import { isOurs, metadataSchema } from './find-posted.ts'
import { readableText } from './readable-text.ts'
import type { Speaker, SpeakerFor } from './speakers.ts'
import { isDirect, type SlackTarget } from './target.ts'

const PAGE = 100
/** A thread is listed oldest first: of a longer one the newest are left out. */
const MAX_PAGES = 3

const pageSchema = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      user: z.string().nullish(),
      username: z.string().nullish(),
      text: z.string().nullish(),
      files: z.array(z.object({ name: z.string().nullish() })).nullish(),
      metadata: metadataSchema.nullish(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
})
type Message = z.infer<typeof pageSchema>['messages'][number]

export function createSurroundings(speakerFor: SpeakerFor) {
  const directories = new Map<string | undefined, Directory>()
  const directoryOf = (team: string | undefined, { call }: Speaker): Directory => {
    const known = directories.get(team) ?? createDirectory(call)
    directories.set(team, known)
    return known
  }

  return async (target: SlackTarget, { messageId, scope, limit }: Earlier, signal: AbortSignal) => {
    const { team, channel, threadTs } = target
    const opens = threadTs === undefined || threadTs === messageId
    if (opens && (scope === 'thread' || isDirect(channel))) return []
    const speaker = await speakerFor(team, signal)
    const messages =
      opens || threadTs === undefined
        ? await history(speaker, channel, messageId, limit, signal)
        : await thread(speaker, channel, threadTs, messageId, signal)
    const kept = messages.filter(({ ts }) => ts !== messageId).slice(-limit)
    const people = [...new Set(kept.flatMap(({ user }) => user ?? []))]
    const found = await directoryOf(team, speaker).find({ people, channels: [] })
    return kept.map(
      ({ ts, user, username, text, files, metadata }): SaidBefore => ({
        externalId: externalId(ts),
        person: user ?? '',
        name: (user ? found.person(user) : undefined) ?? username ?? user ?? '',
        own: isOurs(metadata),
        text: readableText(text ?? '', found),
        at: new Date(Number(ts) * 1000),
        files: (files ?? []).flatMap(({ name }) => name ?? []),
      }),
    )
  }
}

/** Newest first as Slack lists a channel, turned round. */
async function history(
  { call }: Speaker,
  channel: string,
  before: string,
  limit: number,
  signal: AbortSignal,
): Promise<Message[]> {
  const span = { channel, latest: before, limit, include_all_metadata: true }
  const answer = await call('conversations.history', signal, (client) => client.conversations.history(span))
  return pageSchema.parse(answer).messages.toReversed()
}

async function thread(
  { call }: Speaker,
  channel: string,
  ts: string,
  before: string,
  signal: AbortSignal,
): Promise<Message[]> {
  const found: Message[] = []
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const span = { channel, ts, latest: before, limit: PAGE, include_all_metadata: true }
    const asked = cursor === undefined ? span : { ...span, cursor }
    const answer = pageSchema.parse(
      await call('conversations.replies', signal, (client) => client.conversations.replies(asked)),
    )
    found.push(...answer.messages.filter((message) => Number(message.ts) <= Number(before)))
    cursor = answer.response_metadata?.next_cursor
    if (!cursor) break
  }
  return found
}
