import { fillIn } from '../../src/core/prompt-variables.ts'
import type { CallLedger } from '../../src/ports/call-ledger.ts'
import type { DocumentStore } from '../../src/ports/document-store.ts'
import type { Logger } from '../../src/ports/logger.ts'
import type { ModelChoice } from '../../src/ports/model-directory.ts'
import type { ChatMessage, ReplyModel } from '../../src/ports/reply-model.ts'
import type { SaidBefore } from '../../src/ports/sender.ts'
import type { TurnStore } from '../../src/ports/turn-store.ts'
import type { LiveTurn } from '../live-turn.ts'
import { documentRoom, quoteDocuments } from './documents.ts'
import { quoteEarlier } from './earlier.ts'
import { imagesFor } from './images.ts'
import { ASSUMED_CONTEXT_TOKENS, buildPrompt, estimateTokens, outputRoom } from './prompt.ts'
import { fitHistory } from './summarize.ts'
import type { TokenScale } from './token-scale.ts'

interface PromptSources {
  readonly turns: TurnStore
  readonly documents: DocumentStore
  readonly ledger: CallLedger
  readonly replyModel: ReplyModel
  readonly scale: TokenScale
}

/** `narrowTo`: tokens that the whole prompt may take, by our estimate, after the server called it too long. */
async function promptFor(
  parts: PromptSources,
  step: LiveTurn,
  choice: ModelChoice,
  narrowTo: number | undefined,
  earlier: readonly SaidBefore[],
  log: Logger,
): Promise<ChatMessage[]> {
  const { turns, documents } = parts
  const { turn, live } = step
  const question = await turns.question(turn)
  const spoken = question.attachments.map(({ transcript }) => transcript).filter(Boolean)
  const asked = [question.text, ...spoken].filter(Boolean).join('\n')
  // Estimates are made in tokens of our own: the window is measured in the same.
  const scale = parts.scale.of(choice) ?? 1
  const contextLength = Math.floor((choice.contextLength ?? ASSUMED_CONTEXT_TOKENS) / scale)
  const window = Math.min(contextLength, narrowTo ?? Number.POSITIVE_INFINITY)
  const room = Math.floor(documentRoom(window) / 2)
  const found = quoteDocuments(
    await documents.find(turn, { query: asked, maxCharacters: documentRoom(window) }),
  )
  const systemPrompt = systemPromptOf(turn)
  const taken = [systemPrompt, found, quoteEarlier(earlier, question.quoted, room), asked, live.text]
  const free = taken.reduce(
    (left, text) => left - estimateTokens(text ?? ''),
    window - outputRoom(window, turn.settings.maxOutputTokens),
  )
  const { summary, history } = await fitHistory(parts, step, choice, Math.max(0, free), log)
  // An answer of the bot's own that the conversation holds need not be told twice.
  const isTold = history.some(({ text }) => question.quoted?.text !== '' && text === question.quoted?.text)
  const quoted = isTold && question.quoted?.excerpt === undefined ? undefined : question.quoted
  return buildPrompt({
    systemPrompt,
    summary,
    history,
    documents: [quoteEarlier(earlier, quoted, room), found].filter(Boolean).join('\n\n'),
    images: await imagesFor(documents, step, choice),
    question: { text: asked, personName: turn.personName },
    group: turn.channelKind === 'group',
    contextLength,
    maxOutputTokens: turn.settings.maxOutputTokens,
    answerSoFar: live.text,
    ...(narrowTo === undefined ? {} : { narrowTo }),
  })
}

/** Measures the first prompt for a model by its own tokenizer, where its server has one; later ones by what was used. */
export async function measuredPrompt(
  parts: PromptSources,
  step: LiveTurn,
  choice: ModelChoice,
  narrowTo: number | undefined,
  earlier: readonly SaidBefore[],
  log: Logger,
): Promise<ChatMessage[]> {
  const messages = await promptFor(parts, step, choice, narrowTo, earlier, log)
  if (parts.scale.of(choice) !== undefined) return messages
  const counted = await parts.replyModel.countTokens(choice.server, choice.model, messages, step.signal)
  if (counted === undefined) return messages
  parts.scale.learn(choice, estimateAll(messages), counted)
  return await promptFor(parts, step, choice, narrowTo, earlier, log)
}

export function estimateAll(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => sum + estimateTokens(content), 0)
}

function systemPromptOf(turn: LiveTurn['turn']): string {
  return fillIn(turn.settings.systemPrompt, {
    workspace: turn.workspaceName,
    channel: turn.channelName ?? '',
    person: turn.personName,
    platform: turn.platform,
    date: new Date().toISOString().slice(0, 10),
  })
}
