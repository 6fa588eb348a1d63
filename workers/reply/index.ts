import { setTimeout as delay } from 'node:timers/promises'
import { say } from '../../src/core/wording.ts'
import { asHubError, type HubError } from '../../src/model/errors.ts'
import { sentence } from '../../src/model/sentence.ts'
import type { CallLedger } from '../../src/ports/call-ledger.ts'
import type { DocumentStore } from '../../src/ports/document-store.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { ModelChoice, ModelDirectory } from '../../src/ports/model-directory.ts'
import type { ChatMessage, ReplyModel, ToolDefinition } from '../../src/ports/reply-model.ts'
import type { SenderDirectory } from '../../src/ports/sender-directory.ts'
import type { AskedCall, ToolCallStore } from '../../src/ports/tool-calls.ts'
import type { AnswerStore, TurnStore } from '../../src/ports/turn-store.ts'
import { endWithSentence, type LiveTurn, showLimit, withLiveReply } from '../live-turn.ts'
import { asMessages, openToolbox, shownOf, type Tool } from '../tools/index.ts'
import type { PerformStep, StepOutcome } from '../turn.ts'
import { showReasoning, tellAhead } from './before-answer.ts'
import { type Circuit, createCircuit } from './circuit.ts'
import { readEarlier } from './earlier.ts'
import { metered } from './metered.ts'
import { modelFailure } from './model-error.ts'
import { thrifty } from './thrift.ts'
import { createTokenScale, type TokenScale } from './token-scale.ts'
import { onTrial } from './trial.ts'
import { estimateAll, measuredPrompt } from './whole-prompt.ts'

export interface ReplyParts {
  readonly turns: TurnStore
  readonly answers: AnswerStore
  readonly senders: SenderDirectory
  readonly models: ModelDirectory
  readonly replyModel: ReplyModel
  readonly ledger: CallLedger
  /** The operator's ceiling for every answer; undefined: none. */
  readonly maxOutputTokens: number | undefined
  readonly documents: DocumentStore
  readonly tools: readonly Tool[]
  readonly toolCalls: ToolCallStore
}

/** With what is remembered of servers and models between answers. */
interface WorkingParts extends ReplyParts {
  readonly circuit: Circuit
  readonly scale: TokenScale
}

/** Of one answer, over all servers. */
const TRIES = 3
/** The same where many servers could answer. */
const MOST_TRIES = 6
const BACKOFF_MS = 700
/** A server that asks for a longer rest is not waited for: its conversation would hold a place meanwhile. */
const PATIENCE_MS = 10_000
/** Not the server's fault. */
const OUR_FAULT: ReadonlySet<string> = new Set(['model_context_overflow', 'model_refused_request'])

/** Asking the same server again would only take as long, or make it worse. */
const NOT_AGAIN: ReadonlySet<string> = new Set(['model_timeout', 'model_out_of_memory'])

/** Streams the model's reply into the turn's answer. */
export function createReplyStep(parts: ReplyParts): PerformStep {
  const circuit = createCircuit()
  const scale = createTokenScale()
  return (turn, signal, log) =>
    withLiveReply(parts, turn, signal, log, async (step) =>
      reply({ ...parts, circuit, scale }, await withThrift(parts, step), log),
    )
}

/** The step under the settings that its budgets leave. */
async function withThrift({ ledger, turns }: ReplyParts, step: LiveTurn): Promise<LiveTurn> {
  const tried = onTrial(step.turn.settings, step.turn.conversationId)
  if (tried.decision) await turns.decide(step.turn, tried.decision)
  const { settings, decisions } = thrifty(tried.settings, await ledger.standings(step.turn))
  for (const decision of decisions) await turns.decide(step.turn, decision)
  return { ...step, turn: { ...step.turn, settings } }
}

/** Asks the servers that list the model, one after another and then again, until one has answered. */
async function reply(parts: WorkingParts, step: LiveTurn, log: Logger): Promise<StepOutcome> {
  const { turn, signal } = step
  const earlier = await readEarlier(parts.turns, step, await parts.turns.question(turn))
  const { circuit } = parts
  const { model, fallback } = turn.settings
  let left = circuit.order(await parts.models.choose({ name: model, fallback, key: turn.conversationId }))
  const most = Math.min(MOST_TRIES, Math.max(TRIES, left.length + 1))
  const asked = new Set<string>()
  let promptTokens: number | undefined
  let failure: HubError | undefined
  for (let tries = 1; ; tries++) {
    const [choice, ...others] = left
    if (!choice) return failure ? await endWithFailure(step, failure) : await endWithoutModel(parts, step)
    const backoffMs = asked.has(choice.server.id) ? BACKOFF_MS * 2 ** (tries - 2) * (0.5 + Math.random()) : 0
    const waitMs = Math.max(backoffMs, circuit.restMs(choice))
    if (waitMs > PATIENCE_MS) return await endWithFailure(step, failure ?? resting(choice))
    if (waitMs > 0) await delay(Math.ceil(waitMs), undefined, { signal })
    asked.add(choice.server.id)
    circuit.begin(choice)
    const messages = await measuredPrompt(parts, step, choice, promptTokens, earlier, log)
    try {
      const outcome = await answerFrom(parts, step, choice, messages)
      circuit.worked(choice)
      return outcome
    } catch (error) {
      if (signal.aborted) throw error
      failure = asHubError(error)
      if (!failure.code.startsWith('model_')) throw failure
      const { code } = failure
      log.warn({ code, err: failure, server: choice.server.name, tries }, 'a model call failed')
      if (code === 'model_context_overflow' && promptTokens === undefined) {
        promptTokens = Math.floor(estimateAll(messages) / 2)
        await parts.turns.decide(turn, { code: 'shortened', detail: { server: choice.server.name } })
        continue
      }
      if (!OUR_FAULT.has(code)) {
        const down = circuit.failed(choice, failure)
        await parts.models.reportFault(choice, {
          code,
          detail: failure.message,
          messageId: turn.messageId,
          down,
        })
      }
      // Who let one wait, or fails all the time, is not asked again for this answer.
      const again = failure.retry.kind !== 'never' && !NOT_AGAIN.has(code) && !circuit.isOpen(choice)
      left = again ? [...others, choice] : others
      if (tries >= most) return await endWithFailure(step, failure)
      if (left.length > 0)
        await parts.turns.decide(turn, {
          code: 'failover',
          detail: { server: choice.server.name, error: code },
        })
    }
  }
}

async function answerFrom(
  parts: WorkingParts,
  step: LiveTurn,
  choice: ModelChoice,
  messages: readonly ChatMessage[],
): Promise<StepOutcome> {
  const { turn } = step
  const result = await converse(parts, step, choice, messages)
  const { model, server, fallback } = choice
  await parts.turns.decide(turn, {
    code: fallback === undefined ? 'model' : 'model_fallback',
    detail: { model, server: server.name, ...(fallback === undefined ? {} : { fallback }) },
  })
  return await land(step, result, choice.model)
}

function resting({ server }: ModelChoice): HubError {
  return modelFailure(
    'overloaded',
    { serverName: server.name, begun: false },
    'asked to be left alone for a while',
  )
}

async function endWithFailure(
  step: LiveTurn,
  { code, message, sentence: told }: HubError,
): Promise<StepOutcome> {
  return await endWithSentence(step, told ?? sentence('answer.internal'), { code, message })
}

async function endWithoutModel({ models }: ReplyParts, step: LiveTurn): Promise<StepOutcome> {
  const { model } = step.turn.settings
  if (model === undefined || !(await models.hasChatServer())) {
    return await endWithSentence(step, sentence('answer.no_model'), {
      code: 'no_model',
      message: 'no server lists any model',
    })
  }
  const reason = sentence('answer.unknown_model', { model, prefix: step.turn.target.commandPrefix ?? '/' })
  return await endWithSentence(step, reason, {
    code: 'model_unlisted',
    message: 'no server lists the model that is set',
  })
}

interface StreamResult {
  readonly text: string
  readonly cutByLength: boolean
  readonly calls?: readonly AskedCall[]
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  const least = Math.min(one ?? Number.POSITIVE_INFINITY, other ?? Number.POSITIVE_INFINITY)
  return Number.isFinite(least) ? least : undefined
}

/** Lets the model ask for tools and go on with what came of them, until it says its last. */
async function converse(
  parts: WorkingParts,
  step: LiveTurn,
  choice: ModelChoice,
  messages: readonly ChatMessage[],
): Promise<StreamResult> {
  const { turn, live, signal } = step
  const { tools, run } = turn.settings
  const allowed = choice.abilities.tools === true ? tools.filter((name) => run || name !== 'run_code') : []
  const toolbox = openToolbox({ tools: parts.tools, store: parts.toolCalls }, turn, allowed)
  for (;;) {
    const calls = await toolbox.complete(signal, (sofar) => live.update(shownOf(sofar)))
    const before = shownOf(calls)
    if (!live.text.startsWith(before)) live.update(before)
    const offered = toolbox.offered(calls)
    const result = await streamInto(parts, step, choice, {
      messages: [...messages, ...asMessages(calls)],
      tools: offered,
      before,
    })
    if (!result.calls || offered.length === 0) return { ...result, text: before + result.text }
    await parts.turns.decide(turn, {
      code: 'tools',
      detail: { tools: [...new Set(result.calls.map(({ name }) => name))].join(', ').slice(0, 200) },
    })
    await toolbox.ask((calls.at(-1)?.round ?? -1) + 1, result.text, result.calls)
  }
}

/** Goes on from what the answer holds after `before`. A server that starts over shows nothing new until it is past what people saw. */
async function streamInto(
  parts: WorkingParts,
  step: LiveTurn,
  choice: ModelChoice,
  asked: {
    readonly messages: readonly ChatMessage[]
    readonly tools: readonly ToolDefinition[]
    readonly before: string
  },
): Promise<StreamResult> {
  const { messages, tools, before } = asked
  const { turn, live, signal } = step
  const { server, model, abilities } = choice
  const { temperature } = turn.settings
  const maxOutputTokens = least(
    turn.settings.maxOutputTokens,
    least(abilities.maxOutputTokens, parts.maxOutputTokens),
  )
  const already = live.text.slice(before.length)
  let result: StreamResult = { text: '', cutByLength: false }
  const request = {
    server,
    model,
    messages,
    temperature,
    tenant: turn.workspaceId,
    ...(tools.length === 0 ? {} : { tools }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(already === '' ? {} : { continueFrom: already }),
  }
  const place = {
    concurrency: choice.concurrency,
    onWait: async (ahead: number) => await tellAhead(parts, step, server.name, ahead),
  }
  let reasoning = ''
  for await (const chunk of metered(parts, turn, request, signal, place)) {
    switch (chunk.kind) {
      case 'continuation':
        result = { ...result, text: chunk.honoured ? already : '' }
        break
      case 'text':
        if (reasoning !== '') await showReasoning(step, reasoning)
        reasoning = ''
        result = { ...result, text: result.text + chunk.text }
        if (result.text.length >= already.length) live.update(before + result.text)
        break
      case 'end':
        result = { ...result, cutByLength: chunk.reason === 'length' }
        break
      case 'tool-calls':
        result = { ...result, calls: chunk.calls }
        break
      case 'reasoning':
        if (turn.settings.reasoning === 'shown') reasoning += chunk.text
        break
      case 'usage':
        if (already === '' && tools.length === 0 && messages.every(({ images }) => images === undefined))
          parts.scale.learn(choice, estimateAll(messages), chunk.promptTokens)
        break
      default:
        chunk satisfies never
    }
  }
  return result
}

async function land(
  step: LiveTurn,
  { text, cutByLength }: StreamResult,
  model: string,
): Promise<StepOutcome> {
  const { live, turn } = step
  if (text.trim() === '') {
    const reason = sentence('answer.empty', { prefix: turn.target.commandPrefix ?? '/' })
    return await endWithSentence(step, reason, { code: 'model_empty', message: 'the model gave no text' })
  }
  const notice = cutByLength ? say(sentence('answer.length'), turn.language) : ''
  await live.finish({ text, notice, model, end: 'done' }, showLimit())
  return { kind: 'end', end: 'done' }
}
