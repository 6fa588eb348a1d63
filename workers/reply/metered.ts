import { setTimeout as delay } from 'node:timers/promises'
import { asHubError, HubError } from '../../src/model/errors.ts'
import type { ServerId } from '../../src/model/ids.ts'
import { sentence } from '../../src/model/sentence.ts'
import type { ClaimedTurn } from '../../src/model/work.ts'
import type { CallLedger, CallResult, OpenedCall, PlannedCall } from '../../src/ports/call-ledger.ts'
import type { ReplyChunk, ReplyModel, ReplyRequest } from '../../src/ports/reply-model.ts'
import { estimateTokens, tokensIn } from './prompt.ts'

/** So far off an estimate of a prompt may be: what is reserved must not be less than what is used. */
const PROMPT_MARGIN = 1.2

/**
 * The same stream, written into the book: reserved before the server is asked, settled when the stream ends in
 * whatever way. Rejects with `budget_exhausted` (never) where a budget does not pay for it.
 */
export async function* metered(
  parts: { readonly ledger: CallLedger; readonly replyModel: ReplyModel },
  turn: ClaimedTurn,
  request: ReplyRequest,
  signal: AbortSignal,
  place: {
    readonly concurrency: number | undefined
    /** Called with how many get a place before, whenever that changes, and with 0 at last. */
    readonly onWait: (ahead: number) => Promise<void>
  },
): AsyncGenerator<ReplyChunk> {
  const { ledger, replyModel } = parts
  const { server, model, continueFrom = '', messages } = request
  const promptTokens = messages.reduce((sum, { content }) => sum + estimateTokens(content), 0)
  const begun = continueFrom === '' ? 0 : estimateTokens(continueFrom)
  const planned = {
    server: { id: server.id as ServerId, name: server.name },
    model,
    promptTokens: Math.ceil((promptTokens + begun) * PROMPT_MARGIN),
    outputTokens: request.maxOutputTokens,
    textLength: continueFrom.length,
    concurrency: place.concurrency,
  }
  const opened = await openInTurn(ledger, turn, planned, signal, place.onWait)
  if (opened.kind === 'refused') throw exhausted(opened.by)
  const meter = createMeter(promptTokens + begun)
  const { outputTokens } = opened
  const bounded = outputTokens === undefined ? request : { ...request, maxOutputTokens: outputTokens }
  let outcome = 'interrupted'
  try {
    for await (const chunk of replyModel.stream(bounded, signal)) {
      meter.read(chunk)
      yield chunk
    }
    outcome = 'ok'
  } catch (error) {
    if (!signal.aborted) outcome = asHubError(error).code
    throw error
  } finally {
    await ledger.settle(opened.id, meter.result(outcome))
  }
}

const WAIT_MS = 400

async function openInTurn(
  ledger: CallLedger,
  turn: ClaimedTurn,
  planned: PlannedCall,
  signal: AbortSignal,
  onWait: (ahead: number) => Promise<void>,
): Promise<Exclude<OpenedCall, { kind: 'wait' }>> {
  let told = 0
  try {
    for (;;) {
      const opened = await ledger.open(turn, planned)
      const ahead = opened.kind === 'wait' ? opened.ahead : 0
      if (ahead !== told) await onWait(ahead)
      told = ahead
      if (opened.kind !== 'wait') return opened
      await delay(WAIT_MS * (0.75 + Math.random() / 2), undefined, { signal })
    }
  } catch (error) {
    await ledger.stopWaiting(turn.id)
    throw error
  }
}

/** After these the prompt was surely or probably read. */
const READ: ReadonlySet<string> = new Set(['ok', 'interrupted', 'model_timeout'])

/** Counts what a stream used; what the server does not say is estimated from what came. */
function createMeter(promptTokens: number) {
  const startedAt = performance.now()
  let told: { readonly promptTokens: number; readonly completionTokens: number } | undefined
  let firstTokenMs: number | undefined
  let characters = 0
  return {
    read(chunk: ReplyChunk): void {
      if (chunk.kind === 'usage') told = chunk
      if (chunk.kind !== 'text' && chunk.kind !== 'reasoning') return
      characters += chunk.text.length
      firstTokenMs ??= Math.round(performance.now() - startedAt)
    },
    result(outcome: string): CallResult {
      const begun = characters > 0 || READ.has(outcome)
      return {
        // A server that refused, or never said a word, has read nothing that it bills.
        promptTokens: told?.promptTokens ?? (begun ? promptTokens : 0),
        completionTokens: told?.completionTokens ?? tokensIn(characters),
        ...(firstTokenMs === undefined ? {} : { firstTokenMs }),
        durationMs: Math.round(performance.now() - startedAt),
        outcome,
      }
    },
  }
}

function exhausted({
  scope,
  period,
  resetsAt,
}: {
  readonly scope: string
  readonly period: string
  readonly resetsAt: Date
}): HubError {
  const resets = `${resetsAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return new HubError('budget_exhausted', `the budget of the ${scope} for the ${period} is used up`, {
    sentence: sentence('answer.budget', { scope, period, resets }),
  })
}
