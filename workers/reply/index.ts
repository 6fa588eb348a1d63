import { setTimeout as delay } from 'node:timers/promises'
import { say } from '../../src/core/wording.ts'
import { asHubError } from '../../src/model/errors.ts'
import { sentence } from '../../src/model/sentence.ts'
import type { ClaimedTurn } from '../../src/model/work.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { ModelChoice, ModelDirectory } from '../../src/ports/model-directory.ts'
import type { ChatMessage, ReplyModel } from '../../src/ports/reply-model.ts'
import type { SenderDirectory } from '../../src/ports/sender-directory.ts'
import type { AnswerStore, TurnStore } from '../../src/ports/turn-store.ts'
import { endWithSentence, type LiveTurn, showLimit, withLiveReply } from '../live-turn.ts'
import type { PerformStep, StepOutcome } from '../turn.ts'
import { buildPrompt } from './prompt.ts'

export interface ReplyParts {
  readonly turns: TurnStore
  readonly answers: AnswerStore
  readonly senders: SenderDirectory
  readonly models: ModelDirectory
  readonly replyModel: ReplyModel
}

const HISTORY_LIMIT = 200
const TRIES = 3
const BACKOFF_MS = 700

/** Streams the model's reply into the turn's answer. */
export function createReplyStep(parts: ReplyParts): PerformStep {
  return (turn, signal, log) => withLiveReply(parts, turn, signal, log, (step) => reply(parts, step, log))
}

async function reply(parts: ReplyParts, step: LiveTurn, log: Logger): Promise<StepOutcome> {
  const { turn, signal } = step
  const choices = await parts.models.choose(turn.settings.model)
  for (let tries = 1; ; tries++) {
    const choice = choices[(tries - 1) % choices.length]
    if (!choice) return await endWithoutModel(parts, step)
    const startedAt = performance.now()
    try {
      const messages = await promptFor(parts.turns, turn, choice)
      const result = await streamInto(parts.replyModel, step, choice, messages)
      await parts.turns.recordUsage(turn, {
        kind: 'reply',
        serverName: choice.server.name,
        model: choice.model,
        promptTokens: result.promptTokens,
        completionTokens: result.completionTokens,
        durationMs: Math.round(performance.now() - startedAt),
        ...(result.firstTokenMs === undefined ? {} : { firstTokenMs: Math.round(result.firstTokenMs) }),
      })
      await parts.turns.decide(turn, {
        code: 'model',
        detail: { model: choice.model, server: choice.server.name },
      })
      return await land(step, result, choice.model)
    } catch (error) {
      if (signal.aborted) throw error
      const failure = asHubError(error)
      if (!failure.code.startsWith('model_')) throw failure
      log.warn({ code: failure.code, err: failure, server: choice.server.name, tries }, 'a model call failed')
      if (failure.retry.kind === 'never' || tries >= TRIES) {
        const reason = failure.sentence ?? sentence('answer.internal')
        return await endWithSentence(step, reason, { code: failure.code, message: failure.message })
      }
      await delay(BACKOFF_MS * 2 ** (tries - 1) * (0.5 + Math.random()), undefined, { signal })
    }
  }
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

async function promptFor(turns: TurnStore, turn: ClaimedTurn, choice: ModelChoice): Promise<ChatMessage[]> {
  const question = await turns.question(turn)
  const spoken = question.attachments.map(({ transcript }) => transcript).filter(Boolean)
  return buildPrompt({
    systemPrompt: turn.settings.systemPrompt,
    history: await turns.history(turn, HISTORY_LIMIT),
    question: { text: [question.text, ...spoken].filter(Boolean).join('\n'), personName: turn.personName },
    group: turn.channelKind === 'group',
    contextLength: choice.contextLength,
    maxOutputTokens: turn.settings.maxOutputTokens,
  })
}

interface StreamResult {
  readonly text: string
  readonly promptTokens: number
  readonly completionTokens: number
  readonly firstTokenMs: number | undefined
  readonly cutByLength: boolean
}

/** Goes on from what the answer holds. A server that starts over shows nothing new until it is past what people saw. */
async function streamInto(
  replyModel: ReplyModel,
  { turn, live, signal }: LiveTurn,
  { server, model }: ModelChoice,
  messages: readonly ChatMessage[],
): Promise<StreamResult> {
  const { temperature, maxOutputTokens } = turn.settings
  const already = live.text
  const startedAt = performance.now()
  let result: StreamResult = {
    text: '',
    promptTokens: 0,
    completionTokens: 0,
    firstTokenMs: undefined,
    cutByLength: false,
  }
  const request = {
    server,
    model,
    messages,
    temperature,
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(already === '' ? {} : { continueFrom: already }),
  }
  for await (const chunk of replyModel.stream(request, signal)) {
    switch (chunk.kind) {
      case 'continuation':
        result = { ...result, text: chunk.honoured ? already : '' }
        break
      case 'text':
        result = {
          ...result,
          text: result.text + chunk.text,
          firstTokenMs: result.firstTokenMs ?? performance.now() - startedAt,
        }
        if (result.text.length >= already.length) live.update(result.text)
        break
      case 'usage':
        result = { ...result, promptTokens: chunk.promptTokens, completionTokens: chunk.completionTokens }
        break
      case 'end':
        result = { ...result, cutByLength: chunk.reason === 'length' }
        break
      case 'reasoning':
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
  await live.finish({ text, notice, model }, showLimit())
  return { kind: 'end', end: 'done' }
}
