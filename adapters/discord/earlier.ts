import { MessageType, Routes } from 'discord.js'
import { z } from 'zod'
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
const listedSchema = z.array(
  messageSchema.extend({ referenced_message: messageSchema.nullish().catch(undefined) }),
)
const placeSchema = z.object({
  channel: z.string(),
  replyTo: z.string().optional(),
  thread: z.boolean().optional(),
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
  const { channel, thread = false, self, replyTo } = placeSchema.parse(target)
  // Of direct messages the hub knows the whole.
  if (replyTo === undefined || (!thread && scope === 'thread')) return []
  const query = new URLSearchParams({ before: messageId, limit: String(limit) })
  const listed = listedSchema.parse(
    await rest.call('GET', Routes.channelMessages(channel), { query, signal }),
  )
  return listed
    .toReversed()
    .flatMap((message) => {
      // A thread begins with a message of the channel, which stands there as a reference.
      const begun = message.type === MessageType.ThreadStarterMessage ? message.referenced_message : undefined
      return begun ? [begun] : SPOKEN.has(message.type) ? [message] : []
    })
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

function nameOf({ global_name: shown, username }: z.infer<typeof personSchema>): string {
  return shown ?? username
}
