import { controlsUnder } from '../src/core/controls/index.ts'
import { createLiveReply, type LiveReply } from '../src/core/live-reply.ts'
import { streamingOf } from '../src/core/streaming.ts'
import { say } from '../src/core/wording.ts'
import { asHubError } from '../src/model/errors.ts'
import { type Sentence, sentence } from '../src/model/sentence.ts'
import type { Answer, ClaimedTurn } from '../src/model/work.ts'
import type { Logger } from '../src/ports/logger.ts'
import type { Sender } from '../src/ports/sender.ts'
import type { SenderDirectory } from '../src/ports/sender-directory.ts'
import type { AnswerStore, TurnStore } from '../src/ports/turn-store.ts'
import { keepIndicating } from './indicate.ts'
import { type Fault, type StepOutcome, TurnInterrupt } from './turn.ts'

/** The final text is already written down when it is shown: what the platform refuses in this time is left to the deliver step. */
const SHOW_LIMIT_MS = 60_000
/** Deaths in a row, with no new checkpoint in between, after which a turn is put aside. */
export const MAX_DEATHS = 5
/** Tries of a step that fails by a fault of the hub's own, before the person is told. */
const MAX_FAULTS = 4

export interface LiveTurn {
  readonly turn: ClaimedTurn
  readonly answer: Answer
  readonly sender: Sender
  readonly live: LiveReply
  /** Aborted by a stop, a lost lease, or the end of draining. */
  readonly signal: AbortSignal
}

/**
 * A step that shows its work in the turn's answer, typing meanwhile. A stop ends it with what is there; any
 * other interrupt leaves the answer as it stands for whoever goes on.
 */
export async function withLiveReply(
  parts: { readonly turns: TurnStore; readonly answers: AnswerStore; readonly senders: SenderDirectory },
  turn: ClaimedTurn,
  stepSignal: AbortSignal,
  log: Logger,
  work: (step: LiveTurn) => Promise<StepOutcome>,
): Promise<StepOutcome> {
  const sender = await parts.senders.of(turn.connectionId)
  const answer = await parts.answers.open(turn)
  if (answer.state !== 'growing') return { kind: 'hand', step: 'deliver' }
  const lost = new AbortController()
  const signal = AbortSignal.any([stepSignal, lost.signal])
  const onLeaseLost = () => lost.abort(new TurnInterrupt('lease-lost'))
  const { settings, language, step: made } = turn
  const capabilities = sender.capabilities(turn.target)
  const live = createLiveReply({
    answer,
    lease: turn.lease,
    sender,
    store: parts.answers,
    log,
    streaming: streamingOf({
      mode: settings.streaming,
      growth: settings.growth,
      step: made,
      language,
      capabilities,
    }),
    controls: (state) =>
      controlsUnder(answer, { ...state, step: made, runs: settings.run, capabilities }, settings, language),
    onLeaseLost,
  })
  const step: LiveTurn = { turn, answer, sender, live, signal }
  const indicating = keepIndicating(sender, turn.target, log)
  try {
    if (turn.deaths >= MAX_DEATHS) {
      return await endWithSentence(step, sentence('answer.quarantined'), {
        code: 'quarantined',
        message: 'it ended its worker again and again',
      })
    }
    return await work(step)
  } catch (error) {
    if (!signal.aborted) return await giveUp(parts.answers, step, error, log)
    const why = signal.reason instanceof TurnInterrupt ? signal.reason.why : 'drain'
    if (why !== 'stop') throw signal.reason
    const notice = await stoppedNotice(parts.turns, turn)
    await live.finish({ text: live.text, notice, end: 'stopped' }, showLimit())
    return { kind: 'end', end: 'stopped' }
  } finally {
    await live.abandon()
    await indicating.stop()
  }
}

/** What is not a matter of platform or lease, and does not pass by itself, ends with an honest sentence. */
async function giveUp(
  answers: AnswerStore,
  step: LiveTurn,
  error: unknown,
  log: Logger,
): Promise<StepOutcome> {
  const failure = asHubError(error)
  const external = failure.code.startsWith('platform_') || failure.code === 'lease_lost'
  const passing = failure.retry.kind !== 'never' && step.turn.attempts < MAX_FAULTS
  if (external || passing) throw failure
  // A whole text that could not be shown stays what it is.
  if ((await answers.load(step.answer.id))?.state !== 'growing') throw failure
  log.error({ code: failure.code, err: failure }, 'a step failed for good')
  const reason = failure.sentence ?? sentence('answer.internal')
  return await endWithSentence(step, reason, { code: failure.code, message: failure.message })
}

/** In company it says who stopped it. */
async function stoppedNotice(turns: TurnStore, turn: ClaimedTurn): Promise<string> {
  const by = turn.channelKind === 'group' ? await turns.stoppedBy(turn.id) : undefined
  if (by === undefined) return say(sentence('answer.stopped'), turn.language)
  const name = by.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]()<>~|#!]/g, '\\$&')
  return say(sentence('answer.stopped_by', { name }), turn.language)
}

export function showLimit(): AbortSignal {
  return AbortSignal.timeout(SHOW_LIMIT_MS)
}

/** One honest sentence, under what the answer already holds. */
export async function endWithSentence(
  { live, turn }: LiveTurn,
  reason: Sentence,
  error: Fault,
): Promise<StepOutcome> {
  const worded = say(reason, turn.language)
  const notice =
    live.text.trim() === '' ? worded : say(sentence('answer.interrupted', { reason: worded }), turn.language)
  await live.finish({ text: live.text, notice, end: 'failed' }, showLimit())
  return { kind: 'end', end: 'failed', error }
}
