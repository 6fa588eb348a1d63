import { createHash } from 'node:crypto'
import type { Api } from 'grammy'
import type { MessageEntity } from 'grammy/types'
import { z } from 'zod'
import { type ExternalId, externalId } from '../../src/model/ids.ts'
import type { FormattedPart } from '../../src/model/outbound.ts'

const bodySchema = z.object({ text: z.string(), entities: z.array(z.custom<MessageEntity>()) })
const PREFIX = 'draft:'

/** The same for each showing of an answer, whichever process shows it, and never zero. */
function draftId(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE() % 0x7fff_ffff || 1
}

/** What a draft is called where messages have ids: it has none of its own. */
export function draftName(id: number): ExternalId {
  return externalId(`${PREFIX}${id}`)
}

/** Shows a part as a draft, which Telegram forgets after 30 s, or once the message itself is sent. */
export async function showDraft(
  api: Api,
  where: { readonly chatId: number; readonly threadId?: number | undefined },
  key: string,
  { body }: FormattedPart,
  stoppable: boolean,
  signal: Parameters<Api['sendMessageDraft']>[4],
): Promise<ExternalId> {
  const { text, entities } = bodySchema.parse(body)
  const id = draftId(key)
  const { chatId, threadId } = where
  const options = { entities, ...(threadId === undefined ? {} : { message_thread_id: threadId }) }
  await api.sendMessageDraft(
    chatId,
    id,
    text,
    { ...options, ...(stoppable ? { can_stop: true } : {}) },
    signal,
  )
  return draftName(id)
}
