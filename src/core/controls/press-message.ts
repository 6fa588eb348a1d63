import type { ConversationId, MessageId } from '../../model/ids.ts'
import { externalId } from '../../model/ids.ts'
import type { Target } from '../../model/outbound.ts'
import type { Place } from '../../model/work.ts'
import type { IngestTransaction } from '../../ports/ingest-store.ts'
import type { BacklogLimits } from '../queueing.ts'
import type { Press } from './control.ts'

/**
 * What a press says, as if the presser had written it: a message of the conversation in which the answer stands.
 * undefined: it was said already.
 */
export async function sayByPress(
  { tx, place, answer, event, limits }: Press,
  text: string,
): Promise<
  | {
      readonly tx: IngestTransaction
      readonly place: Place
      readonly messageId: MessageId
      readonly conversationId: ConversationId
      readonly target: Target
      readonly limits: BacklogLimits
    }
  | undefined
> {
  const { conversationId } = answer.turn
  const { target } = event
  const messageId = await tx.addMessage({
    place,
    conversationId,
    externalId: externalId(`press:${event.eventId}`),
    replyTo: event.messageId,
    text,
    target,
    at: event.at,
  })
  if (messageId === undefined) return undefined
  await tx.addDecisions(place.workspaceId, messageId, [
    { code: 'received' },
    { code: 'addressed', detail: { how: 'button' } },
  ])
  return { tx, place, messageId, conversationId, target, limits }
}
