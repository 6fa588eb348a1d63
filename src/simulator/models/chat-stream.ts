import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { ReplyTrouble } from './reply-script.ts'
import { errorBody } from './vllm-error.ts'

/** One completion, ready to be sent. */
export interface Generation {
  readonly model: string
  readonly reasoning: readonly string[]
  readonly reasoningField: 'reasoning' | 'reasoning_content'
  readonly tokens: readonly string[]
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[]
  readonly finishReason: string | null
  readonly promptTokens: number
  /** Above 1000 there is no pause at all. */
  readonly tokensPerSecond: number
  readonly firstTokenDelayMs: number
  readonly trouble?: ReplyTrouble
}

export interface Progress {
  firstToken(): void
  token(): void
  /** The emulator itself is about to break the connection. */
  breaking(): void
}

function usageOf(promptTokens: number, completionTokens: number) {
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + completionTokens,
    completion_tokens: completionTokens,
  }
}

/** Writes the completion as server-sent events. Returns when all is sent; rejects when `signal` aborts. */
export async function streamCompletion(
  generation: Generation,
  includeUsage: boolean,
  response: ServerResponse,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const { trouble } = generation
  if (trouble?.kind === 'hang' && trouble.afterTokens === undefined) return await hang(signal)
  const envelope = envelopeOf('chat.completion.chunk', generation.model)
  const write = async (text: string): Promise<void> => {
    if (!response.write(text)) await once(response, 'drain', { signal })
  }
  const chunk = (delta: object, ending: object = { finish_reason: null }): Promise<void> =>
    write(event({ ...envelope, choices: [{ index: 0, delta, logprobs: null, ...ending }] }))

  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  response.flushHeaders()
  await pause(generation.firstTokenDelayMs, signal)
  await chunk({ role: 'assistant', content: '' })
  progress.firstToken()

  const pace = pacemaker(generation.tokensPerSecond, signal)
  for (const piece of generation.reasoning) {
    await pace()
    await chunk({ [generation.reasoningField]: piece })
    progress.token()
  }
  let sent = 0
  for (const piece of endlessly(generation)) {
    const ended = await disturb(trouble, sent, { write, response, progress, signal })
    if (ended) return
    await pace()
    await chunk({ content: piece }, { finish_reason: null, token_ids: null })
    progress.token()
    sent += 1
  }
  if (await disturb(trouble, sent, { write, response, progress, signal })) return
  for (const [index, { name, arguments: given }] of generation.toolCalls.entries()) {
    const head = { index, id: `chatcmpl-tool-${randomUUID().replaceAll('-', '')}`, type: 'function' }
    await chunk({ tool_calls: [{ ...head, function: { name, arguments: '' } }] })
    for (const piece of given.match(/[\s\S]{1,12}/g) ?? []) {
      await pace()
      await chunk({ tool_calls: [{ index, function: { arguments: piece } }] })
      progress.token()
    }
  }
  if (generation.finishReason !== null) {
    await chunk(
      { content: '' },
      { finish_reason: generation.finishReason, stop_reason: null, token_ids: null },
    )
  }
  if (includeUsage) {
    const total = sent + generation.reasoning.length
    await write(event({ ...envelope, choices: [], usage: usageOf(generation.promptTokens, total) }))
  }
  await write(DONE)
  response.end()
}

/** The whole completion's tokens at once, after the time that streaming them would have taken. */
export async function generate(
  generation: Generation,
  progress: Progress,
  signal: AbortSignal,
): Promise<'sent-whole' | 'broken'> {
  const { trouble } = generation
  if (trouble?.kind === 'hang' || trouble?.kind === 'endless') await hang(signal)
  await pause(generation.firstTokenDelayMs, signal)
  progress.firstToken()
  const pace = pacemaker(generation.tokensPerSecond, signal)
  for (let index = 0; index < generation.reasoning.length + generation.tokens.length; index += 1) {
    await pace()
    progress.token()
  }
  return trouble?.kind === 'cut' ? 'broken' : 'sent-whole'
}

export function completionBody(generation: Generation): object {
  const { tokens, reasoning } = generation
  const message = {
    role: 'assistant',
    content: tokens.join(''),
    refusal: null,
    annotations: null,
    audio: null,
    function_call: null,
    tool_calls: [],
    [generation.reasoningField]: reasoning.length > 0 ? reasoning.join('') : null,
  }
  const { finishReason } = generation
  return {
    ...envelopeOf('chat.completion', generation.model),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason, stop_reason: null }],
    usage: usageOf(generation.promptTokens, tokens.length + reasoning.length),
    prompt_logprobs: null,
  }
}

function envelopeOf(object: string, model: string) {
  return {
    id: `chatcmpl-${randomUUID().replaceAll('-', '')}`,
    object,
    created: Math.floor(Date.now() / 1000),
    model,
  }
}

const DONE = 'data: [DONE]\n\n'

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`
}

interface Line {
  readonly write: (text: string) => Promise<void>
  readonly response: ServerResponse
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** True when the stream has ended here. */
async function disturb(trouble: ReplyTrouble | undefined, sent: number, line: Line): Promise<boolean> {
  if (!trouble || !('afterTokens' in trouble) || trouble.afterTokens !== sent) return false
  switch (trouble.kind) {
    case 'hang':
      await hang(line.signal)
      return true
    case 'raw':
      await line.write(trouble.bytes)
      return false
    case 'error': {
      const type = trouble.type ?? 'InternalServerError'
      await line.write(event(errorBody(trouble.code ?? 500, trouble.message, { type })))
      await line.write(DONE)
      line.response.end()
      return true
    }
    case 'cut':
      line.progress.breaking()
      // Node holds writes back until the next tick; what was sent before the cut must be on the wire.
      await nextTurn()
      if (trouble.how === 'reset') line.response.destroy()
      else line.response.end(trouble.how === 'done' ? DONE : '')
      return true
  }
}

function* endlessly({ tokens, trouble }: Generation): Generator<string> {
  do yield* tokens
  while (trouble?.kind === 'endless' && tokens.length > 0)
}

/** Keeps the average pace whatever a single timer does; gives way to other work now and then at full speed. */
function pacemaker(tokensPerSecond: number, signal: AbortSignal): () => Promise<void> {
  const startedAt = performance.now()
  let count = 0
  return async () => {
    signal.throwIfAborted()
    count += 1
    if (tokensPerSecond > 1000) {
      if (count % 64 === 0) await nextTurn()
      return
    }
    await pause(startedAt + (count * 1000) / tokensPerSecond - performance.now(), signal)
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal })
}

/** Ends only by the signal: the client hangs up or the emulator closes. */
async function hang(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await once(signal, 'abort')
  signal.throwIfAborted()
}
