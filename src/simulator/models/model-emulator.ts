import type { ServerResponse } from 'node:http'
import type { FaultPlan, WireRequest } from '../faults.ts'
import { startWireServer, type WireAnswer } from '../wire-server.ts'
import { type ChatRequest, imageFault, outputLimit, parseChatRequest, plainText } from './chat-request.ts'
import { completionBody, type Generation, generate, type Progress, streamCompletion } from './chat-stream.ts'
import { type Continuation, planGeneration } from './generation-plan.ts'
import { ReplyScript, type ScriptedReply } from './reply-script.ts'
import { Seats } from './seats.ts'
import { metrics, modelList, props, type ServedModel, show, tokenizeAnswer } from './server-pages.ts'
import { countPrompt } from './token-count.ts'
import { contextOverflow, errorBody, isRefusal, refusal, unauthorized } from './vllm-error.ts'

export interface ModelEmulatorOptions {
  readonly port?: number
  /** Asked for under `/v1` only, as vLLM does. */
  readonly apiKey?: string
  /** Default one, `demo`, with 32768 tokens. */
  readonly models?: readonly ServedModel[]
  /** What `/v1/models` says; default `vllm`. */
  readonly ownedBy?: string
  /** `refused`: an older server that knows no `continue_final_message`; `ignored`: one that starts over silently. */
  readonly continuation?: Continuation
  /** Pace of the demo model and of scripted replies without one; default 40. */
  readonly tokensPerSecond?: number
  readonly firstTokenDelayMs?: number
  /** Whether it was started to take priorities; otherwise it refuses them, as vLLM does. Default false. */
  readonly priorities?: boolean
  /** Requests answered at the same time; the others wait. Default 256. */
  readonly maxRunning?: number
}

/** One chat completion request whose body was understood. Times are milliseconds since 1970. */
export interface ChatRecord {
  readonly body: ChatRequest
  readonly promptTokens: number
  readonly startedAt: number
  readonly firstTokenAt: number | undefined
  readonly endedAt: number | undefined
  readonly tokensSent: number
  /** 0 until the answer began. */
  readonly status: number
  /** The client hung up before the answer was whole. */
  readonly aborted: boolean
}

export interface ModelEmulator {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  /** Without `/v1`. */
  readonly url: string
  readonly port: number
  readonly faults: FaultPlan
  /** The newest thousand, oldest first. */
  readonly requests: readonly ChatRecord[]
  /** Requests that match are answered by the script, oldest entry first; returns a function that removes it. */
  script(reply: ScriptedReply): () => void
  clearScript(): void
  /** Called whenever a request begins, starts to speak, or ends. Returns a function that unsubscribes. */
  onChange(listener: () => void): () => void
  /** Every request as it arrives, whatever its path. Returns a function that unsubscribes. */
  onRequest(listener: (request: WireRequest) => void): () => void
  close(): Promise<void>
}

const NOT_FOUND = { status: 404, body: { detail: 'Not Found' } } as const

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

const KEPT_REQUESTS = 1000
const VERSION = '0.32.0'
const DEFAULT_MODELS = [{ id: 'demo', contextLength: 32_768 }]

/** A vLLM server with a demo model in it that can be told what to answer and how to fail. */
export async function startModelEmulator(options: ModelEmulatorOptions = {}): Promise<ModelEmulator> {
  const models: readonly ServedModel[] = options.models ?? DEFAULT_MODELS
  const requests: Mutable<ChatRecord>[] = []
  const listeners = new Set<() => void>()
  const script = new ReplyScript()
  const seats = new Seats(options.maxRunning ?? 256)
  const startedAt = Math.floor(Date.now() / 1000)

  const changed = (): void => {
    for (const listener of listeners) listener()
  }

  const chat = async (request: WireRequest, response: ServerResponse): Promise<WireAnswer | 'handled'> => {
    const body = parseChatRequest(request.body)
    if (isRefusal(body)) return body
    const record: Mutable<ChatRecord> = {
      body,
      promptTokens: countPrompt(body.messages.map(plainText)),
      startedAt: Date.now(),
      firstTokenAt: undefined,
      endedAt: undefined,
      tokensSent: 0,
      status: 0,
      aborted: false,
    }
    requests.push(record)
    if (requests.length > KEPT_REQUESTS) requests.shift()
    changed()

    const hungUp = new AbortController()
    let breaking = false
    response.once('close', () => {
      record.aborted = !response.writableFinished && !breaking
      record.endedAt = Date.now()
      hungUp.abort()
      changed()
    })
    const progress: Progress = {
      firstToken() {
        record.firstTokenAt = Date.now()
        changed()
      },
      token() {
        record.tokensSent += 1
      },
      breaking() {
        breaking = true
      },
    }
    const answer = await complete(body, record, response, progress, hungUp.signal).catch((error: unknown) => {
      if (hungUp.signal.aborted) return 'handled' as const
      throw error
    })
    if (answer !== 'handled') record.status = answer.status
    return answer
  }

  const complete = async (
    body: ChatRequest,
    record: Mutable<ChatRecord>,
    response: ServerResponse,
    progress: Progress,
    signal: AbortSignal,
  ): Promise<WireAnswer | 'handled'> => {
    const model = body.model ?? models[0]?.id ?? ''
    const known = models.find(({ id }) => id === model)
    if (!known) return refusal(404, `The model \`${model}\` does not exist.`, { param: 'model' })
    const fault = imageFault(body, known.abilities?.vision ?? false)
    if (fault) return fault
    const outputTokens = outputLimit(body) ?? 1
    if (record.promptTokens + outputTokens > known.contextLength) {
      return contextOverflow(known.contextLength, outputTokens, record.promptTokens)
    }
    const continuing = body.continue_final_message ?? undefined
    if (continuing !== undefined && options.continuation === 'refused') {
      return refusal(400, "{'type': 'extra_forbidden', 'loc': ('body', 'continue_final_message')}")
    }
    if (body.priority && !options.priorities) {
      return refusal(400, `Got priority ${body.priority} but Priority scheduling is not enabled.`)
    }
    const reply = script.take(body)
    if (reply?.trouble?.kind === 'answer') return reply.trouble
    const generation = planGeneration(body, reply, {
      model,
      promptTokens: record.promptTokens,
      room: known.contextLength - record.promptTokens,
      continuation: options.continuation ?? 'honoured',
      tokensPerSecond: options.tokensPerSecond ?? 40,
      firstTokenDelayMs: options.firstTokenDelayMs ?? 0,
    })
    const release = await seats.take(signal)
    try {
      record.status = 200
      if (body.stream) {
        await streamCompletion(
          generation,
          body.stream_options?.include_usage ?? false,
          response,
          progress,
          signal,
        )
        return 'handled'
      }
      return await whole(generation, response, progress, signal)
    } finally {
      release()
    }
  }

  const server = await startWireServer({
    ...(options.port === undefined ? {} : { port: options.port }),
    handle(request, { response }) {
      const [path = '/'] = request.path.split('?')
      if (path.startsWith('/v1') && options.apiKey !== undefined) {
        if (request.headers.authorization !== `Bearer ${options.apiKey}`) return unauthorized
      }
      switch (`${request.method} ${path}`) {
        case 'GET /health':
          return { status: 200 }
        case 'GET /version':
          return { status: 200, body: { version: VERSION } }
        case 'GET /metrics':
          return { status: 200, body: metrics(models[0]?.id ?? '', seats) }
        case 'GET /v1/models':
          return { status: 200, body: modelList(models, options.ownedBy ?? 'vllm', startedAt) }
        case 'GET /props':
          return options.ownedBy === 'llamacpp' ? props(models) : NOT_FOUND
        case 'POST /api/show':
          return options.ownedBy === 'library' ? show(request.body, models) : NOT_FOUND
        case 'POST /tokenize':
          return tokenizeAnswer(request.body, models)
        case 'POST /v1/chat/completions':
          return chat(request, response)
        default:
          return NOT_FOUND
      }
    },
  })

  return {
    baseUrl: `${server.url}/v1`,
    url: server.url,
    port: server.port,
    faults: server.faults,
    requests,
    script: (reply) => script.add(reply),
    clearScript: () => script.clear(),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onRequest: (listener) => server.onRequest(listener),
    close: () => server.close(),
  }
}

async function whole(
  generation: Generation,
  response: ServerResponse,
  progress: Progress,
  signal: AbortSignal,
): Promise<WireAnswer | 'handled'> {
  if (generation.trouble?.kind === 'error') {
    return { status: 500, body: errorBody(500, generation.trouble.message) }
  }
  if ((await generate(generation, progress, signal)) === 'broken') {
    progress.breaking()
    response.destroy()
    return 'handled'
  }
  return { status: 200, body: completionBody(generation) }
}
