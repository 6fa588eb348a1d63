import { type ChatRequest, type Question, questionOf } from './chat-request.ts'

export type ReplyTrouble =
  /** Nothing more is sent. Without `afterTokens` not even the headers. */
  | { readonly kind: 'hang'; readonly afterTokens?: number }
  /** This answer instead of a completion: a status, a proxy's page. */
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body?: unknown
    }
  /** An error inside the stream, then `[DONE]`, as vLLM does once it has sent a byte. */
  | {
      readonly kind: 'error'
      readonly afterTokens: number
      readonly message: string
      readonly type?: string
      readonly code?: number
    }
  /** `reset` breaks the connection, `end` closes the stream with nothing more, `done` after `[DONE]`. */
  | { readonly kind: 'cut'; readonly afterTokens: number; readonly how: 'reset' | 'end' | 'done' }
  /** These bytes appear in the stream as they are; then it goes on. */
  | { readonly kind: 'raw'; readonly afterTokens: number; readonly bytes: string }
  /** Begins again from the first token for ever. */
  | { readonly kind: 'endless' }

export interface ScriptedReply {
  /** A RegExp is tested on the newest user message; absent matches every request. */
  readonly match?: RegExp | ((request: ChatRequest) => boolean)
  /** How many requests it answers; default 1. */
  readonly times?: number
  /** Answers only what no other entry does. */
  readonly last?: boolean
  /**
   * A request that continues an answer normally completes the text its first request was given, undisturbed:
   * only an entry for 'continuation' or 'any' disturbs or replaces that. Default 'fresh'.
   */
  readonly for?: 'fresh' | 'continuation' | 'any'
  /** A function is given the newest user message. */
  readonly text?: string | ((question: string) => string)
  /** Instead of `text`: one streamed piece each. */
  readonly tokens?: readonly string[]
  /** Asked for after the text; refused where the request offers no such tool. */
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: string }[]
  readonly reasoning?: string
  /** Older vLLM and other servers say `reasoning_content`. */
  readonly reasoningField?: 'reasoning' | 'reasoning_content'
  readonly tokensPerSecond?: number
  readonly firstTokenDelayMs?: number
  /** Default `stop`; null ends the stream without saying why. */
  readonly finishReason?: string | null
  readonly trouble?: ReplyTrouble
}

/** What one request is answered with. */
export type ChosenReply = Omit<ScriptedReply, 'text'> & { readonly text?: string }

const REMEMBERED_ANSWERS = 512

/** Scripted replies in the order given, and the texts already begun, so that a continuation completes them. */
export class ReplyScript {
  readonly #entries: { reply: ScriptedReply; left: number }[] = []
  readonly #begun = new Map<string, ChosenReply>()

  add(reply: ScriptedReply): () => void {
    const entry = { reply, left: reply.times ?? 1 }
    this.#entries.push(entry)
    return () => this.#remove(entry)
  }

  clear(): void {
    this.#entries.length = 0
  }

  /** Undefined leaves the request to the demo model. */
  take(request: ChatRequest): ChosenReply | undefined {
    const question = questionOf(request)
    const continuing = question.answerSoFar !== ''
    const begun = continuing ? this.#begun.get(keyOf(request, question)) : undefined
    const fitting = this.#entries.filter(({ reply }) => matches(reply, request, question, continuing))
    const entry = fitting.find(({ reply }) => !reply.last) ?? fitting[0]
    if (!entry) return begun && { ...textOf(begun) }
    entry.left -= 1
    if (entry.left <= 0) this.#remove(entry)
    const chosen = choose(entry.reply, question)
    const reply =
      begun && chosen.text === undefined && chosen.tokens === undefined
        ? { ...chosen, ...textOf(begun) }
        : chosen
    this.#remember(keyOf(request, question), reply)
    return reply
  }

  #remember(key: string, reply: ChosenReply): void {
    this.#begun.delete(key)
    this.#begun.set(key, reply)
    const [oldest] = this.#begun.keys()
    if (this.#begun.size > REMEMBERED_ANSWERS && oldest !== undefined) this.#begun.delete(oldest)
  }

  #remove(entry: { reply: ScriptedReply; left: number }): void {
    const index = this.#entries.indexOf(entry)
    if (index >= 0) this.#entries.splice(index, 1)
  }
}

function matches(
  reply: ScriptedReply,
  request: ChatRequest,
  question: Question,
  continuing: boolean,
): boolean {
  const kind = reply.for ?? 'fresh'
  if (kind !== 'any' && kind !== (continuing ? 'continuation' : 'fresh')) return false
  if (reply.match === undefined) return true
  return reply.match instanceof RegExp ? reply.match.test(question.text) : reply.match(request)
}

function choose({ text, ...reply }: ScriptedReply, question: Question): ChosenReply {
  if (text === undefined) return reply
  return { ...reply, text: typeof text === 'string' ? text : text(question.text) }
}

function textOf(reply: ChosenReply): Pick<ChosenReply, 'text' | 'tokens' | 'tokensPerSecond'> {
  return {
    ...(reply.text === undefined ? {} : { text: reply.text }),
    ...(reply.tokens === undefined ? {} : { tokens: reply.tokens }),
    ...(reply.tokensPerSecond === undefined ? {} : { tokensPerSecond: reply.tokensPerSecond }),
  }
}

function keyOf(request: ChatRequest, question: Question): string {
  return JSON.stringify([request.model, question.messages])
}
