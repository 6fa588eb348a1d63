import { type ChatRequest, outputLimit, type Question, questionOf } from './chat-request.ts'
import type { Generation } from './chat-stream.ts'
import { demoAnswer, demoReasoning } from './demo-answer.ts'
import type { ChosenReply } from './reply-script.ts'
import { tokenize } from './token-count.ts'

export type Continuation = 'honoured' | 'refused' | 'ignored'

export interface PlanSettings {
  readonly model: string
  readonly promptTokens: number
  /** Tokens left in the context window. */
  readonly room: number
  readonly continuation: Continuation
  readonly tokensPerSecond: number
  readonly firstTokenDelayMs: number
}

/** Decides what is sent: the scripted reply, else the demo model's, from where the answer stands. */
export function planGeneration(
  body: ChatRequest,
  reply: ChosenReply | undefined,
  settings: PlanSettings,
): Generation {
  const question = questionOf(body)
  const continuing = settings.continuation !== 'ignored' && question.answerSoFar !== ''
  const toolCalls = reply?.toolCalls ?? []
  const demo = reply?.text === undefined && reply?.tokens === undefined && toolCalls.length === 0
  const full = reply?.tokens?.join('') ?? reply?.text ?? (demo ? demoAnswer(settings.model, question) : '')
  const text = beforeStop(continuing ? remainder(full, question) : full, body.stop)
  const pieces = text === full ? (reply?.tokens ?? tokenize(full)) : tokenize(text)
  const limit = Math.min(outputLimit(body) ?? settings.room, settings.room)
  const reasoning = reply?.reasoning ?? (demo && !continuing ? demoReasoning(question) : undefined)
  const usual = toolCalls.length > 0 ? 'tool_calls' : 'stop'
  const finishReason = reply?.finishReason === undefined ? usual : reply.finishReason
  return {
    model: settings.model,
    reasoning: body.include_reasoning === false || reasoning === undefined ? [] : tokenize(reasoning),
    reasoningField: reply?.reasoningField ?? 'reasoning',
    tokens: pieces.slice(0, limit),
    toolCalls,
    finishReason: pieces.length > limit ? 'length' : finishReason,
    promptTokens: settings.promptTokens,
    tokensPerSecond: reply?.tokensPerSecond ?? settings.tokensPerSecond,
    firstTokenDelayMs: reply?.firstTokenDelayMs ?? settings.firstTokenDelayMs,
    ...(reply?.trouble ? { trouble: reply.trouble } : {}),
  }
}

/** What is left of the answer; all of it where the beginning given is no beginning of it. */
function remainder(full: string, question: Question): string {
  return full.startsWith(question.answerSoFar) ? full.slice(question.answerSoFar.length) : ` ${full}`
}

function beforeStop(text: string, stop: ChatRequest['stop']): string {
  const marks = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((mark) => mark !== '')
  const ends = marks.map((mark) => text.indexOf(mark)).filter((at) => at >= 0)
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends))
}
