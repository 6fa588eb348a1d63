import type { BudgetStanding } from '../model/budget.ts'
import type {
  AnswerId,
  ChannelId,
  ConnectionId,
  ConversationId,
  ExternalId,
  MessageId,
  PersonId,
  TurnId,
  WorkspaceId,
} from '../model/ids.ts'
import type { InboundAttachment, InboundEvent, QuotedMessage } from '../model/inbound.ts'
import type { Control, OutboundFile, Target } from '../model/outbound.ts'
import type { OwnSettings } from '../model/settings.ts'
import type { CodeToRun, Decision, Place, RecordedDecision, Step } from '../model/work.ts'

export interface NewMessage {
  readonly place: Place
  readonly conversationId: ConversationId | undefined
  readonly externalId: ExternalId
  readonly replyTo: ExternalId | undefined
  /** undefined: seen, but not ours to keep. */
  readonly text: string | undefined
  readonly target: Target
  readonly at: Date
  readonly quoted?: QuotedMessage | undefined
}

/** A turn as commands see it. */
export interface TurnSummary {
  readonly id: TurnId
  readonly messageId: MessageId
  readonly conversationId: ConversationId
  readonly state: 'ready' | 'working' | 'done' | 'failed' | 'stopped' | 'cancelled'
}

/** An answer as buttons see it. */
export interface PressedAnswer {
  readonly id: AnswerId
  /** Who asked, and whose questions joined it. */
  readonly askers: readonly PersonId[]
  readonly text: string
  readonly turn: TurnSummary
}

export interface KnownMessage {
  readonly id: MessageId
  readonly personId: PersonId
  readonly conversationId: ConversationId | undefined
  /** undefined: not kept. */
  readonly text: string | undefined
  /** By the platform's clock. */
  readonly editedAt: Date | undefined
  readonly deleted: boolean
}

/** What is left to do after answers were taken back. */
export interface Withdrawal {
  readonly answers: readonly AnswerId[]
  /** A worker holds it. */
  readonly stop?: TurnId
  /** What its conversation waits for now. */
  readonly wake?: Step
}

/** How much was removed. */
export interface Forgotten {
  readonly messages: number
  readonly files: number
  readonly passages: number
  readonly pictures: number
  readonly transcripts: number
  readonly answers: number
  readonly runs: number
  /** Turns that waited or were worked on. */
  readonly queue: number
}

/** A turn whose question was spoken, in whole or in part. */
export interface HeardTurn {
  readonly turnId: TurnId
  readonly messageId: MessageId
  readonly conversationId: ConversationId
  /** Who spoke. */
  readonly personId: PersonId
  readonly texts: readonly string[]
  /** It waits for whoever spoke to say whether this was said. */
  readonly asked: boolean
}

/** What `ingest` and the commands do inside their one transaction. */
export interface IngestTransaction {
  /** False: this delivery was taken in before. */
  claimEvent(connectionId: ConnectionId, eventId: string): Promise<boolean>
  /** Keeps, a few times, that a message came again. */
  noteDuplicate(event: InboundEvent): Promise<void>
  /** Open turns. */
  backlog(
    workspaceId: WorkspaceId,
    conversationId: ConversationId,
  ): Promise<{ readonly hub: number; readonly workspace: number; readonly conversation: number }>
  /** Programs of this person that wait or run now, in the whole workspace. */
  openRuns(place: Place): Promise<number>
  /**
   * Makes the message part of the conversation's newest open reply, which is redone in place with both.
   * undefined: there is none that could be.
   */
  interruptTurn(conversationId: ConversationId, messageId: MessageId): Promise<TurnId | undefined>
  /** Finds or makes workspace, channel and person, and resolves the settings that count there. */
  place(event: InboundEvent): Promise<Place>
  /** The conversation that a message of this channel, or an answer's part, belongs to. */
  conversationOf(channelId: ChannelId, externalId: ExternalId): Promise<ConversationId | undefined>
  conversationByKey(channelId: ChannelId, key: string): Promise<ConversationId | undefined>
  ensureConversation(place: Place, key: string): Promise<ConversationId>
  /** undefined: the channel has this message already. */
  addMessage(message: NewMessage): Promise<MessageId | undefined>
  addAttachments(place: Place, messageId: MessageId, attachments: readonly InboundAttachment[]): Promise<void>
  addDecisions(workspaceId: WorkspaceId, messageId: MessageId, decisions: readonly Decision[]): Promise<void>
  addTurn(
    place: Place,
    conversationId: ConversationId,
    messageId: MessageId,
    step: Step,
    code?: CodeToRun,
  ): Promise<TurnId>
  /** A whole answer without a turn, to be delivered at once. */
  addAnswer(answer: {
    place: Place
    conversationId: ConversationId | undefined
    messageId: MessageId | undefined
    target: Target
    text: string
    private: boolean
    controls?: readonly Control[]
    file?: OutboundFile
  }): Promise<AnswerId>
  messageByExternalId(channelId: ChannelId, externalId: ExternalId): Promise<KnownMessage | undefined>
  /** Keeps what an edited message says now. */
  changeText(messageId: MessageId, text: string, at: Date): Promise<void>
  /** Makes a message that was left alone one of a conversation. */
  adoptMessage(
    messageId: MessageId,
    said: { readonly conversationId: ConversationId; readonly target: Target },
  ): Promise<void>
  /** What it said leaves the database. */
  forgetMessage(messageId: MessageId): Promise<void>
  /** Takes back all that the bot says to a message, under way or shown. */
  withdrawAnswers(messageId: MessageId): Promise<Withdrawal>
  /** The same for what was said at once, without a turn. */
  retractNotices(messageId: MessageId): Promise<readonly AnswerId[]>
  /**
   * Does a turn anew in place, whatever its state; `code`: what it runs now, undefined: it answers. undefined: it
   * was cancelled.
   */
  redoTurn(
    turnId: TurnId,
    code: CodeToRun | undefined,
  ): Promise<{ readonly step: Step; readonly working: boolean } | undefined>
  /** Whether others were asked in its conversation after it. */
  hasLaterTurns(turn: TurnSummary): Promise<boolean>
  /** First true, then false: whether this channel still has to be told that the bot cannot read it. */
  claimUnreadableNotice(channelId: ChannelId): Promise<boolean>
  moveChannel(connectionId: ConnectionId, from: ExternalId, to: ExternalId): Promise<void>

  /** The message behind an answer's part, or the message itself. */
  messageBehind(channelId: ChannelId, externalId: ExternalId): Promise<MessageId | undefined>
  /** This person's latest message here, other than `except`. */
  latestMessage(place: Place, except: MessageId): Promise<MessageId | undefined>
  answerOf(turnId: TurnId): Promise<AnswerId | undefined>
  /** Whether messages of others became part of this turn. */
  othersJoined(turnId: TurnId): Promise<boolean>
  turnOf(messageId: MessageId): Promise<TurnSummary | undefined>
  turnOfAnswer(answerId: AnswerId): Promise<TurnSummary | undefined>
  newestTurn(conversationId: ConversationId): Promise<TurnSummary | undefined>
  newestTurnOf(place: Place): Promise<TurnSummary | undefined>
  decisionsOn(messageId: MessageId): Promise<readonly RecordedDecision[]>
  /** False: it has already ended. A turn that no worker holds ends here and now. */
  requestStop(turnId: TurnId, by?: PersonId): Promise<boolean>
  /** Opens the turn again; its answer is redone in place. undefined: it is still under way. */
  redo(turnId: TurnId): Promise<Step | undefined>
  /** A turn's answer in this very channel, by its id, by one of its messages or by its turn. */
  answerBehind(
    channelId: ChannelId,
    by: { readonly answerId: AnswerId } | { readonly externalId: ExternalId } | { readonly turnId: TurnId },
  ): Promise<PressedAnswer | undefined>
  /** What a person thinks of an answer. False: it was that already, and is taken back. */
  judge(
    answerId: AnswerId,
    personId: PersonId,
    value: 'up' | 'down',
    options: { readonly again: 'withdraws' | 'keeps' },
  ): Promise<boolean>
  /** All that is kept of a person, as JSON. */
  exportPerson(personId: PersonId): Promise<string>
  /** Also in backups that are restored later. `except`: the message that asks for it. */
  forgetPerson(personId: PersonId, except: MessageId): Promise<Forgotten>
  /** While paused, nothing they say is kept or answered, but this very command. */
  pausePerson(personId: PersonId, paused: boolean): Promise<void>
  /** undefined: nothing that was spoken was written down for it. */
  heardIn(turnId: TurnId): Promise<HeardTurn | undefined>
  /**
   * Takes the transcript as right, or `words` instead of it; the answer begins anew under `quote`. undefined: the
   * turn was cancelled.
   */
  settleTranscript(
    turnId: TurnId,
    words: string | undefined,
    quote: string,
  ): Promise<{ step: Step; working: boolean } | undefined>
  /** The program that a turn ran. */
  codeOf(turnId: TurnId): Promise<CodeToRun | undefined>
  /** The address of a one-time link into the admin, for this person and workspace. */
  makeSignInLink(place: Place, lifetimeMs: number): Promise<string>
  resetContext(conversationId: ConversationId): Promise<void>
  ownSettings(scope: 'workspace' | 'channel' | 'person', id: string): Promise<OwnSettings>
  writeSettings(
    scope: 'workspace' | 'channel' | 'person',
    id: string,
    workspaceId: WorkspaceId | undefined,
    values: OwnSettings,
    by: string,
  ): Promise<void>
  /** Aliases and models that may be chosen in chats, aliases first. */
  listedModels(): Promise<readonly string[]>
  usageToday(place: Place): Promise<{ own: UsageTotals; workspace: UsageTotals; currency: string }>
  /** The budgets that count for this person here. */
  budgets(place: Place): Promise<readonly BudgetStanding[]>
}

export interface UsageTotals {
  readonly replies: number
  readonly promptTokens: number
  readonly completionTokens: number
  readonly runs: number
  readonly audioMs: number
  /** Millionths of money. */
  readonly costMicros: number
}

export interface IngestStore {
  /**
   * Everything `work` writes is committed together, or nothing is. Rejects with `event_refused` (never) where
   * the database refuses the data, with `storage_unavailable` (later) where it cannot be used now.
   */
  transaction<Result>(work: (tx: IngestTransaction) => Promise<Result>): Promise<Result>
}
