import { MessageType, Routes } from 'discord.js'
import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'
import { externalId } from '../../src/model/ids.ts'
import type { Earlier, SaidBefore } from '../../src/ports/sender.ts'
import type { Rest } from './rest.ts'

const personSchema = z.object({
  id: z.string(),
  username: z.string(),
  global_name: z.string().nullish(),
})
const messageSchema = z.object({
  id: z.string(),
  type: z.number(),
  timestamp: z.string(),
  content: z.string().default(''),
  author: personSchema,
  mentions: z.array(personSchema).default([]),
  attachments: z.array(z.object({ filename: z.string() })).default([]),
})
const listedSchema = z.array(messageSchema)
const placeSchema = z.object({
  channel: z.string(),
  replyTo: z.string().optional(),
  thread: z.boolean().optional(),
  /** The channel that a thread is in. */
  parent: z.string().optional(),
  self: z.string().optional(),
})
const SPOKEN: ReadonlySet<number> = new Set([MessageType.Default, MessageType.Reply])

/** What stands before a message in its thread, or in its channel. Empty without the message content intent. */
export async function readEarlier(
  rest: Rest,
  target: unknown,
  { messageId, scope, limit }: Earlier,
  signal: AbortSignal,
): Promise<readonly SaidBefore[]> {
  const { channel, thread = false, parent, self, replyTo } = placeSchema.parse(target)
  // Of direct messages the hub knows the whole.
  if (replyTo === undefined || (!thread && scope === 'thread')) return []
  const query = new URLSearchParams({ before: messageId, limit: String(limit) })
  const listed = listedSchema.parse(
    await rest.call('GET', Routes.channelMessages(channel), { query, signal }),
  )
  const isWhole = thread && listed.length < limit
  const begun = isWhole && parent !== undefined ? await starter(rest, parent, channel, signal) : undefined
  return [...(begun ? [begun] : []), ...listed.toReversed()]
    .filter(({ type }) => SPOKEN.has(type))
    .map(({ id, author, content, mentions, attachments, timestamp }) => ({
      externalId: externalId(id),
      person: author.id,
      name: nameOf(author),
      own: author.id === self,
      text: content.replace(/<@!?(\d{1,20})>/g, (shown, mentioned: string) => {
        const person = mentions.find((one) => one.id === mentioned)
        return person ? `@${nameOf(person)}` : shown
      }),
      at: new Date(timestamp),
      files: attachments.map(({ filename }) => filename),
    }))
}

/** A thread that was made from a message has that message's id; the message itself stays in the channel. */
async function starter(
  rest: Rest,
  parent: string,
  thread: string,
  signal: AbortSignal,
): Promise<z.infer<typeof messageSchema> | undefined> {
  try {
    return messageSchema.parse(await rest.call('GET', Routes.channelMessage(parent, thread), { signal }))
  } catch (error) {
    // Made without a message, or the message is gone, or its channel is not for the bot to read.
    if (error instanceof HubError && error.retry.kind === 'never') return undefined
    throw error
  }
}

function nameOf({ global_name: shown, username }: z.infer<typeof personSchema>): string {
  return shown ?? username
}
