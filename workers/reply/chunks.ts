import type { HubError } from '../../src/model/errors.ts'
import type { ReplyChunk } from '../../src/ports/reply-model.ts'
import type { Attempt } from './attempt.ts'
import { type FailedCall, modelFailure } from './model-error.ts'
import { collectCalls } from './tool-calls.ts'
import { chunkSchema } from './wire.ts'

export interface ChunkLimits {
  readonly firstTokenMs: number
  readonly betweenTokensMs: number
  readonly maxAnswerChars: number
  readonly maxTextChars: number
}

/** For the usage that follows the finish reason; some servers never send it. */
const USAGE_GRACE_MS = 5000

/** Reads a stream to its finish reason; sets `call.begun` at the first text or reasoning. */
export async function* readChunks(
  chunks: AsyncIterator<unknown>,
  attempt: Attempt,
  limits: ChunkLimits,
  deadline: number,
  call: FailedCall & { begun: boolean },
  signal: AbortSignal,
): AsyncGenerator<ReplyChunk> {
  const calls = collectCalls()
  let ending: string | undefined
  let length = 0
  let shownLength = 0
  const slow = (): HubError =>
    modelFailure(
      'timeout',
      call,
      call.begun ? `no token for ${limits.betweenTokensMs} ms` : `no token within ${limits.firstTokenMs} ms`,
    )
  // A server that keeps sending chunks without text must not put off the limit on tokens.
  let due = deadline
  for (;;) {
    let next: IteratorResult<unknown>
    try {
      next = await attempt.within(due - performance.now(), slow, chunks.next())
    } catch (error) {
      // The answer is whole; only its count of tokens is missing.
      if (ending !== undefined && !signal.aborted) break
      throw error
    }
    if (next.done) break
    const parsed = chunkSchema.safeParse(next.value)
    if (!parsed.success) throw modelFailure('garbage', call, 'a chunk of the stream has an unknown shape')
    const [choice] = parsed.data.choices ?? []
    const reasoning = choice?.delta?.reasoning ?? choice?.delta?.reasoning_content ?? ''
    const text = choice?.delta?.content ?? ''
    const pieces = choice?.delta?.tool_calls ?? []
    if (!calls.add(pieces)) throw modelFailure('garbage', call, 'the stream asks for tools beyond all bounds')
    length += reasoning.length + text.length
    shownLength += text.length
    const hasNews = reasoning !== '' || text !== '' || pieces.length > 0
    if (hasNews) call.begun = true
    if (reasoning !== '') yield { kind: 'reasoning', text: reasoning }
    if (text !== '') yield { kind: 'text', text }
    if (parsed.data.usage) {
      const { prompt_tokens, completion_tokens } = parsed.data.usage
      yield { kind: 'usage', promptTokens: prompt_tokens, completionTokens: completion_tokens ?? 0 }
    }
    ending = choice?.finish_reason ?? ending
    if (length > limits.maxAnswerChars || shownLength > limits.maxTextChars) {
      ending = 'length'
      break
    }
    if (ending !== undefined) due = performance.now() + USAGE_GRACE_MS
    // Counted from now: while the reader was busy with the last chunk, the server was not being waited for.
    else if (hasNews) due = performance.now() + limits.betweenTokensMs
  }
  // vLLM says `abort` when it is shut down in mid-answer.
  if (ending === undefined || ending === 'abort') {
    throw modelFailure('stream_cut', call, 'the stream ended without a finish reason')
  }
  const asked = calls.whole()
  if (asked) yield { kind: 'tool-calls', calls: asked }
  yield { kind: 'end', reason: ending === 'stop' || ending === 'length' ? ending : 'other' }
}
