import type {
  AnswerId,
  AttachmentId,
  ConnectionId,
  ExternalId,
  PartId,
  RunId,
  TurnId,
  WorkspaceId,
} from '../model/ids.ts'
import type { Control, OutboundFile } from '../model/outbound.ts'
import type {
  Answer,
  AnswerPart,
  ClaimedTurn,
  CodeToRun,
  Decision,
  KeptQuote,
  Lease,
  Step,
  TurnEnd,
} from '../model/work.ts'
import type { RunResult } from './code-runner.ts'
import type { AttachmentReading } from './document-store.ts'

/** Of turns up to one, in place of them. */
export interface ConversationSummary {
  readonly text: string
  readonly upToSeq: number
  readonly model: string
  readonly madeAt: Date
}
export type NewSummary = Omit<ConversationSummary, 'madeAt'>

export interface HistoryEntry {
  /** Of its turn. */
  readonly seq: number
  readonly role: 'user' | 'assistant'
  readonly text: string
  readonly personName?: string
}

/** What a stretch of a long recording was heard as. */
export interface HeardPiece {
  readonly fromMs: number
  readonly toMs: number
  readonly overlaps: boolean
  readonly text: string
  readonly doubtful: boolean
  readonly language?: string
}

export interface StoredAttachment {
  readonly id: AttachmentId
  readonly kind: 'voice' | 'audio' | 'image' | 'video' | 'file'
  readonly name: string
  readonly sizeBytes: number | undefined
  readonly durationMs: number | undefined
  readonly reference: Readonly<Record<string, unknown>>
  readonly transcript: string | undefined
  readonly doubtful: boolean
  /** Of a long recording that is not all heard yet. */
  readonly heard: readonly HeardPiece[]
  readonly mimeType: string | undefined
  /** undefined: not read yet. */
  readonly reading: AttachmentReading | undefined
}

export interface UsageRecord {
  readonly kind: 'reply' | 'speech' | 'run'
  readonly serverName?: string
  readonly model?: string
  readonly promptTokens?: number
  readonly completionTokens?: number
  readonly audioMs?: number
  readonly firstTokenMs?: number
  readonly durationMs: number
}

export interface Question {
  readonly text: string
  readonly attachments: readonly StoredAttachment[]
  /** Of the turn's own message. */
  readonly externalId: ExternalId
  readonly quoted: KeptQuote | undefined
  /** When the conversation was last reset; what was said before is out of the context. */
  readonly since: Date | undefined
}

/**
 * Work on turns. Every method that takes a lease checks its fence in the same transaction as its writes
 * and throws `lease_lost` when another worker has taken over.
 */
export interface TurnStore {
  /**
   * The fairest claimable turn of a step: the oldest open turn of a conversation that nobody holds. A turn
   * whose holder's lease ran out is claimed like a ready one, with `deaths` raised.
   */
  claim(step: Step, owner: string, leaseMs: number): Promise<ClaimedTurn | undefined>
  renew(
    lease: Lease,
    turnId: TurnId,
    leaseMs: number,
  ): Promise<{ stopRequested: boolean; redoRequested: boolean }>
  /**
   * Gives the conversation back with the turn at another step, or at the same one to be tried after `delayMs`.
   * Resolves with the step it is at then: its first one where its redoing was asked for meanwhile.
   */
  hand(
    lease: Lease,
    turnId: TurnId,
    next: { step: Step; delayMs?: number; error?: { code: string; message: string } },
  ): Promise<Step>
  /**
   * Gives the conversation back with the turn ended; `next`: the step it waits for now, if any. A turn whose
   * redoing was asked for meanwhile does not end: its answer is begun anew by the next claim.
   */
  end(
    lease: Lease,
    turnId: TurnId,
    end: TurnEnd,
    error?: { code: string; message: string },
  ): Promise<{ ended: boolean; next: Step | undefined }>
  /** Gives everything this owner holds back at once, for a clean shutdown. */
  release(lease: Lease, turnId: TurnId): Promise<void>
  decide(turn: ClaimedTurn, decision: Decision): Promise<void>
  /** The name of who asked for the stop; undefined: nobody did, or it is not known. */
  stoppedBy(turnId: TurnId): Promise<string | undefined>

  /** All that the turn is to answer; the attachments are those of its own message. */
  question(turn: ClaimedTurn): Promise<Question>
  /** Which of these messages of the channel the conversation holds already, or are the bot's own. */
  knownMessages(turn: ClaimedTurn, ids: readonly ExternalId[]): Promise<ReadonlySet<ExternalId>>
  /** Earlier turns of the conversation since its last reset, oldest first, at most `limit` entries. */
  history(turn: ClaimedTurn, limit: number): Promise<readonly HistoryEntry[]>
  /** For whoever goes on after an interruption. */
  saveHeard(lease: Lease, attachmentId: AttachmentId, heard: readonly HeardPiece[]): Promise<void>
  /** undefined: there is none that still holds: an edit or a deletion of what it was made from ends it. */
  summary(turn: Pick<ClaimedTurn, 'conversationId'>): Promise<ConversationSummary | undefined>
  saveSummary(lease: Lease, summary: NewSummary): Promise<void>
  saveTranscript(
    lease: Lease,
    attachmentId: AttachmentId,
    transcript: { text: string; doubtful: boolean; language?: string },
  ): Promise<void>
  /** `result`: it ran before, and its result was kept. */
  code(turnId: TurnId): Promise<{ id: RunId; code: CodeToRun; result: RunResult | undefined } | undefined>
  /** Milliseconds of speech heard in this workspace since midnight UTC. */
  spokenToday(workspaceId: WorkspaceId): Promise<number>
  /** The whole program, once what was attached to it has been fetched. */
  saveCode(lease: Lease, turnId: TurnId, code: CodeToRun): Promise<void>
  saveRun(lease: Lease, turnId: TurnId, result: RunResult): Promise<void>
  recordUsage(turn: ClaimedTurn, usage: UsageRecord): Promise<void>
  /** Steps that have claimable turns now, for the sweeper. */
  claimableSteps(): Promise<readonly Step[]>
}

export interface AnswerStore {
  /** The turn's answer, made on the first call. */
  open(turn: ClaimedTurn): Promise<Answer>
  load(answerId: AnswerId): Promise<Answer | undefined>
  /** Writes what the answer shall say before it is shown, and clears `deaths` of the turn when the text grew. */
  checkpoint(
    lease: Lease,
    answerId: AnswerId,
    desired: {
      preface?: string
      text?: string
      notice?: string
      controls?: readonly Control[]
      model?: string
      complete?: boolean
    },
  ): Promise<void>
  addFile(lease: Lease, answerId: AnswerId, file: OutboundFile): Promise<AnswerPart>
  /** Writes a part before it is posted. */
  addPart(answerId: AnswerId, position: number): Promise<AnswerPart>
  /** The last look at the lease before something becomes visible; without a lease for answers given at once. */
  beginPost(lease: Lease | undefined, partId: PartId): Promise<void>
  recordPosted(partId: PartId, externalId: ExternalId, digest: string): Promise<void>
  /** The platform surely did not take the post. */
  recordNotPosted(partId: PartId): Promise<void>
  /** Posted again although the first post may have arrived. */
  recordDoubt(partId: PartId): Promise<void>
  recordEdited(partId: PartId, digest: string): Promise<void>
  removePart(partId: PartId): Promise<void>
  /** Not of an answer that was taken back meanwhile. */
  settle(answerId: AnswerId, state: 'delivered' | 'undeliverable'): Promise<void>

  /**
   * Claims, for `leaseMs`, a complete answer that has no turn, or one that was taken back and still shows; undefined
   * when there is none, or another holds it.
   */
  claimUndelivered(leaseMs: number, answerId?: AnswerId): Promise<Answer | undefined>
  postpone(answerId: AnswerId, delayMs: number): Promise<void>
  hasUndelivered(): Promise<boolean>
  connectionOf(answerId: AnswerId): Promise<ConnectionId | undefined>
}
