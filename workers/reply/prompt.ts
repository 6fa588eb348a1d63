import type { ChatMessage } from '../../src/ports/reply-model.ts'
import type { HistoryEntry } from '../../src/ports/turn-store.ts'

/** Of a server that does not say how much it takes. */
export const ASSUMED_CONTEXT_TOKENS = 8_192
const ASSUMED_OUTPUT_TOKENS = 1_024
const TOKENS_PER_MESSAGE = 6
/** What models charge for an image of the size that files are scaled to. */
const TOKENS_PER_IMAGE = 1_600
const BARE_MENTION = '(mentions you and says nothing more)'
/** Low on purpose: code, Portuguese and emoji take more tokens a character than English prose. */
const CHARACTERS_PER_TOKEN = 3

export function estimateTokens(text: string): number {
  return tokensIn(text.length) + TOKENS_PER_MESSAGE
}

export function tokensIn(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN)
}

/** What is left free of a window for the answer. */
export function outputRoom(window: number, most: number | undefined): number {
  return Math.min(most ?? ASSUMED_OUTPUT_TOKENS, Math.floor(window / 2))
}

export interface PromptParts {
  readonly systemPrompt: string
  /** Stands for the turns before the history. */
  readonly summary?: string | undefined
  /** Oldest first. */
  readonly history: readonly HistoryEntry[]
  /** Of the conversation's files, as `quoteDocuments` words them; no more than `documentRoom` allows. */
  readonly documents?: string
  /** For a model that sees; at most a few. */
  readonly images?: ChatMessage['images']
  readonly question: { readonly text: string; readonly personName: string }
  /** Several people speak: each is named. */
  readonly group: boolean
  readonly contextLength: number | undefined
  readonly maxOutputTokens: number | undefined
  /** What the model is to go on from: it takes its part of the window, from the history's. */
  readonly answerSoFar?: string
  /** Tokens by `estimateTokens`, for the whole prompt: a server refused a longer one. */
  readonly narrowTo?: number
}

/**
 * The messages for the model: system prompt and question always, of the history the newest that fit the
 * window. A question longer than the window loses its middle.
 */
export function buildPrompt(parts: PromptParts): ChatMessage[] {
  const window = parts.contextLength ?? ASSUMED_CONTEXT_TOKENS
  const output = outputRoom(window, parts.maxOutputTokens)
  const instructions = [
    parts.systemPrompt.trim(),
    parts.summary && `What was said earlier in this conversation, in short:\n${parts.summary}`,
  ]
    .filter(Boolean)
    .join('\n\n')
  const system: ChatMessage[] = instructions === '' ? [] : [{ role: 'system', content: instructions }]
  const material: ChatMessage[] = parts.documents ? [{ role: 'user', content: parts.documents }] : []
  const begun = parts.answerSoFar ? estimateTokens(parts.answerSoFar) : 0
  const most = Math.min(window - output, parts.narrowTo ?? Number.POSITIVE_INFINITY)
  let room = most - [...system, ...material].reduce((sum, { content }) => sum + estimateTokens(content), 0)

  const { text, personName } = parts.question
  const said = text === '' ? BARE_MENTION : text
  const question = asMessage({ role: 'user', text: said, personName }, parts.group)
  const asked = {
    ...question,
    ...(parts.images && parts.images.length > 0 ? { images: parts.images } : {}),
    content: cutMiddle(question.content, Math.max(200, room - TOKENS_PER_MESSAGE) * CHARACTERS_PER_TOKEN),
  }
  room -= estimateTokens(asked.content) + begun + (parts.images?.length ?? 0) * TOKENS_PER_IMAGE

  const kept: ChatMessage[] = []
  for (const entry of parts.history.toReversed()) {
    const message = asMessage(entry, parts.group)
    room -= estimateTokens(message.content)
    if (room < 0) break
    kept.unshift(message)
  }
  // Many chat templates refuse a conversation that begins with the assistant, or in which roles do not alternate.
  while (kept[0]?.role === 'assistant') kept.shift()
  return [...system, ...joinNeighbours([...kept, ...material, asked])]
}

function joinNeighbours(messages: readonly ChatMessage[]): ChatMessage[] {
  const joined: ChatMessage[] = []
  for (const message of messages) {
    const last = joined.at(-1)
    if (last?.role === message.role) {
      const images = [...(last.images ?? []), ...(message.images ?? [])]
      joined[joined.length - 1] = {
        role: last.role,
        content: `${last.content}\n\n${message.content}`,
        ...(images.length > 0 ? { images } : {}),
      }
    } else joined.push(message)
  }
  return joined
}

function asMessage({ role, text, personName }: Omit<HistoryEntry, 'seq'>, group: boolean): ChatMessage {
  return { role, content: role === 'user' && group && personName ? `${personName}: ${text}` : text }
}

function cutMiddle(text: string, limit: number): string {
  if (text.length <= limit) return text
  const half = Math.floor((limit - 20) / 2)
  return `${text.slice(0, half).toWellFormed()}\n[…]\n${text.slice(-half).toWellFormed()}`
}
