import type { ConversationId, ExternalId, MessageId, TurnId } from '../../model/ids.ts'
import type { InboundAttachment, QuotedMessage } from '../../model/inbound.ts'
import type { OutboundFile, Target } from '../../model/outbound.ts'
import type { CodeToRun, Place, Step } from '../../model/work.ts'
import type { IngestTransaction, TurnSummary } from '../../ports/ingest-store.ts'
import type { BacklogLimits } from '../queueing.ts'

/** Where and by whom a command was given. */
export interface CommandContext {
  readonly tx: IngestTransaction
  readonly place: Place
  /** The command itself is a message too. */
  readonly messageId: MessageId
  readonly conversationId: ConversationId
  readonly replyTo: ExternalId | undefined
  readonly target: Target
  readonly attachments?: readonly InboundAttachment[]
  readonly quoted?: QuotedMessage | undefined
  /**
   * Given through the platform's own interface, where nobody else saw it asked. What was asked in front of all is
   * answered there: Slack shows private answers only in threads that are already under way.
   */
  readonly unseen: boolean
  readonly limits: BacklogLimits
  /** Who gave it runs the place. */
  readonly administers: boolean
}

export type CommandResult =
  /** Answered at once; `text` is Markdown in the asker's language. */
  | {
      readonly kind: 'say'
      readonly text: string
      readonly stop?: TurnId
      readonly wake?: Step
      readonly file?: OutboundFile
    }
  | { readonly kind: 'run'; readonly code: CodeToRun }

export type Command = (context: CommandContext, argument: string) => Promise<CommandResult>

/** The turn a command is about: of the answer replied to, else the conversation's newest, else the asker's newest here. */
export async function turnMeant(context: CommandContext): Promise<TurnSummary | undefined> {
  const { tx, place, conversationId, replyTo } = context
  if (replyTo !== undefined) {
    const message = await tx.messageBehind(place.channelId, replyTo)
    const turn = message && (await tx.turnOf(message))
    if (turn) return turn
  }
  return (await tx.newestTurn(conversationId)) ?? (await tx.newestTurnOf(place))
}
