import { createHash } from 'node:crypto'
import OpenAI, { BadRequestError, UnprocessableEntityError } from 'openai'
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionFunctionTool,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions'
import { HubError } from '../../src/model/errors.ts'
import type {
  ChatMessage,
  ModelServer,
  ReplyChunk,
  ReplyModel,
  ReplyRequest,
  ToolDefinition,
} from '../../src/ports/reply-model.ts'
import { type Attempt, openAttempt } from './attempt.ts'
import { readChunks } from './chunks.ts'
import { splitTrailingSpace, withoutRepeatedSpace } from './continuation.ts'
import { askLoad, countTokens, discover } from './discovery.ts'
import { type FailedCall, modelError, modelFailure } from './model-error.ts'
import { isEventStream, openModelFetch } from './model-fetch.ts'
import { apartFromThinking } from './thinking.ts'
import { modelListSchema, type WireModel } from './wire.ts'

export interface ReplyModelOptions {
  readonly connectMs?: number
  /** From the request to the first text or reasoning. */
  readonly firstTokenMs?: number
  readonly betweenTokensMs?: number
  readonly listMs?: number
  /** Bytes of one server-sent event; default 1 MiB. */
  readonly maxEventBytes?: number
  /** Characters, reasoning included, after which an answer is ended with reason `length`; default four million. */
  readonly maxAnswerChars?: number
  /**
   * The same without reasoning; default 200,000, which is fifty to a hundred chat messages. All of an answer is laid
   * out anew each time it grows: what is much longer would make everybody else wait.
   */
  readonly maxTextChars?: number
}

const OWNER_KEPT_MS = 10 * 60 * 1000
const OWNERS_KEPT = 256
const MAX_BODY_BYTES = 4 * 1024 * 1024

type Limits = Required<ReplyModelOptions>
type CreateParams = ChatCompletionCreateParamsStreaming & {
  continue_final_message?: boolean
  add_generation_prompt?: boolean
  cache_salt?: string
  priority?: number
}

/** Replies from vLLM and other OpenAI-compatible servers. `close` ends idle and running connections. */
export function openReplyModel(options: ReplyModelOptions = {}): ReplyModel & { close(): Promise<void> } {
  const limits: Limits = {
    connectMs: 10_000,
    firstTokenMs: 120_000,
    betweenTokensMs: 60_000,
    listMs: 10_000,
    maxEventBytes: 1024 * 1024,
    maxAnswerChars: 4_000_000,
    maxTextChars: 200_000,
    ...options,
  }
  const http = openModelFetch({ ...limits, maxBodyBytes: MAX_BODY_BYTES })
  const owners = new Map<string, { readonly vllm: boolean; readonly until: number }>()

  const connect = (server: ModelServer): OpenAI =>
    new OpenAI({
      baseURL: server.baseUrl,
      apiKey: server.apiKey ?? 'EMPTY',
      // Null, because the SDK would read them from the environment and send them along.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      maxRetries: 0,
      // The waits below end earlier; this only keeps the SDK's own from ending them first.
      timeout: 2 * limits.firstTokenMs + 60_000,
      logLevel: 'off',
      fetch: http.fetch,
    })

  const fetchModels = async (server: ModelServer, signal: AbortSignal): Promise<WireModel[]> => {
    const call: FailedCall = { serverName: server.name, begun: false }
    const attempt = openAttempt(signal)
    try {
      const late = (): HubError => modelFailure('timeout', call, `no model list within ${limits.listMs} ms`)
      const request = connect(server).get<unknown>('/models', { signal: attempt.signal })
      const parsed = modelListSchema.safeParse(await attempt.within(limits.listMs, late, request))
      if (!parsed.success) throw modelFailure('garbage', call, 'GET /models gave no list of models')
      return parsed.data.data
    } catch (error) {
      signal.throwIfAborted()
      throw modelError(error, call)
    } finally {
      attempt.close()
    }
  }

  /**
   * Only vLLM is trusted to continue a message: other servers ignore parameters they do not know, and would
   * start over without saying so. A server that cannot be asked now counts as another, and is asked again.
   */
  const isVllm = async (server: ModelServer, model: string, signal: AbortSignal): Promise<boolean> => {
    if (server.kind !== undefined) return server.kind === 'vllm'
    const key = `${server.id} ${server.baseUrl} ${model}`
    const known = owners.get(key)
    if (known && known.until > Date.now()) return known.vllm
    try {
      const models = await fetchModels(server, signal)
      const vllm = models.some(({ id, owned_by }) => id === model && owned_by === 'vllm')
      const [oldest] = owners.keys()
      if (owners.size >= OWNERS_KEPT && oldest !== undefined) owners.delete(oldest)
      owners.set(key, { vllm, until: Date.now() + OWNER_KEPT_MS })
      return vllm
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof HubError) return false
      throw error
    }
  }

  async function* stream(request: ReplyRequest, signal: AbortSignal): AsyncGenerator<ReplyChunk> {
    signal.throwIfAborted()
    const { server, model, continueFrom } = request
    const client = connect(server)
    const begun = splitTrailingSpace(continueFrom ?? '')
    let continuing = begun.text !== '' && (await isVllm(server, model, signal))
    const attempt = openAttempt(signal)
    const call = { serverName: server.name, model, begun: false }
    try {
      const deadline = performance.now() + limits.firstTokenMs
      const open = (body: CreateParams) => openStream(client, body, attempt, limits, deadline, call)
      let chunks: AsyncIterator<unknown>
      try {
        chunks = await open(continuing ? continued(request, begun.text) : fresh(request))
      } catch (error) {
        // A template may refuse to continue too, so any complaint but one about the length is worth a plain try.
        if (!continuing || !isComplaint(error) || modelError(error, call).code === 'model_context_overflow') {
          throw error
        }
        continuing = false
        chunks = await open(fresh(request))
      }
      if (continueFrom !== undefined) yield { kind: 'continuation', honoured: continuing }
      const trim = continuing ? withoutRepeatedSpace(begun.space) : undefined
      const read = readChunks(chunks, attempt, limits, deadline, call, signal)
      for await (const chunk of continuing ? read : apartFromThinking(read)) {
        if (chunk.kind !== 'text' || !trim) yield chunk
        else {
          const text = trim(chunk.text)
          if (text !== '') yield { kind: 'text', text }
        }
      }
    } catch (error) {
      signal.throwIfAborted()
      throw modelError(error, call)
    } finally {
      attempt.close()
    }
  }

  return {
    stream,
    async list(server, signal) {
      signal.throwIfAborted()
      return await discover(http.fetch, server, await fetchModels(server, signal), signal)
    },
    load: (server, signal) => askLoad(http.fetch, server, signal),
    countTokens: (server, model, messages, signal) =>
      countTokens(http.fetch, server, model, messages, signal),
    close: () => http.close(),
  }
}

function fresh(request: ReplyRequest): CreateParams {
  return {
    model: request.model,
    messages: request.messages.map(asWireMessage),
    ...(request.tools?.length ? { tools: request.tools.map(asWireTool) } : {}),
    stream: true,
    stream_options: { include_usage: true },
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    // The newer `max_completion_tokens` is unknown to many servers; vLLM and the others take this one.
    ...(request.maxOutputTokens === undefined ? {} : { max_tokens: request.maxOutputTokens }),
    ...ofVllm(request),
  }
}

function asWireMessage({
  role,
  content,
  images = [],
  toolCalls,
  toolCallId = '',
}: ChatMessage): ChatCompletionMessageParam {
  if (role === 'tool') return { role, content, tool_call_id: toolCallId }
  if (role === 'user' && images.length > 0) {
    const shown = images.map(({ mimeType, data }) => ({
      type: 'image_url' as const,
      image_url: { url: `data:${mimeType};base64,${data.toString('base64')}` },
    }))
    return { role, content: [...shown, { type: 'text', text: content }] }
  }
  if (role !== 'assistant' || toolCalls === undefined) return { role, content }
  return {
    role,
    content: content === '' ? null : content,
    tool_calls: toolCalls.map(({ callId, name, arguments: given }) => ({
      id: callId,
      type: 'function' as const,
      function: { name, arguments: isJson(given) ? given : '{}' },
    })),
  }
}

/** vLLM parses the arguments of earlier calls, and refuses the request where they are no JSON. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function asWireTool({ name, description, parameters }: ToolDefinition): ChatCompletionFunctionTool {
  return { type: 'function', function: { name, description, parameters: { ...parameters } } }
}

/** Later than what people wait for; vLLM takes lower numbers first. */
const BACKGROUND_PRIORITY = 10

/** Parameters that other servers may refuse. */
function ofVllm({ server, tenant, background }: ReplyRequest): Pick<CreateParams, 'cache_salt' | 'priority'> {
  if (server.kind !== 'vllm') return {}
  return {
    ...(tenant === undefined ? {} : { cache_salt: createHash('sha256').update(tenant).digest('base64url') }),
    ...(server.priorities ? { priority: background ? BACKGROUND_PRIORITY : 0 } : {}),
  }
}

function continued(request: ReplyRequest, prefix: string): CreateParams {
  const body = fresh(request)
  return {
    ...body,
    messages: [...body.messages, { role: 'assistant', content: prefix }],
    continue_final_message: true,
    add_generation_prompt: false,
  }
}

function isComplaint(error: unknown): boolean {
  return error instanceof BadRequestError || error instanceof UnprocessableEntityError
}

async function openStream(
  client: OpenAI,
  body: CreateParams,
  attempt: Attempt,
  limits: Limits,
  deadline: number,
  call: FailedCall,
): Promise<AsyncIterator<unknown>> {
  const late = (): HubError => modelFailure('timeout', call, `nothing within ${limits.firstTokenMs} ms`)
  const { data, response } = await attempt.within(
    deadline - performance.now(),
    late,
    client.chat.completions.create(body, { signal: attempt.signal }).withResponse(),
  )
  if (!isEventStream(response.headers)) {
    throw modelFailure('garbage', call, `answered ${response.status} with no event stream`)
  }
  return data[Symbol.asyncIterator]()
}
