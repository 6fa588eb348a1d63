import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'
import type { ModelAbilities, ServerKind } from '../../src/model/model-abilities.ts'
import type { ChatMessage, ListedModel, ModelServer, ServerLoad } from '../../src/ports/reply-model.ts'
import type { ModelFetch } from './model-fetch.ts'
import type { WireModel } from './wire.ts'

const ASK_MS = 4_000
/** Of servers that tell about each model apart. */
const MOST_ASKED = 20

/** Asks paths beside `/v1`; what a server does not know, or says in another way, is undefined. */
async function ask(
  fetch: ModelFetch['fetch'],
  server: ModelServer,
  path: string,
  signal: AbortSignal,
  body?: object,
): Promise<{ readonly status: number; readonly text: string } | undefined> {
  const url = `${server.baseUrl.replace(/\/v1$/, '')}${path}`
  const headers = {
    'content-type': 'application/json',
    ...(server.apiKey === undefined ? {} : { authorization: `Bearer ${server.apiKey}` }),
  }
  try {
    const answer = await fetch(url, {
      headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]),
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
    return { status: answer.status, text: await answer.text() }
  } catch (error) {
    signal.throwIfAborted()
    // It listed its models a moment ago: what it does not tell here is only missing.
    if (error instanceof Error) return undefined
    throw error
  }
}

async function askJson<Schema extends z.ZodType>(
  fetch: ModelFetch['fetch'],
  server: ModelServer,
  path: string,
  schema: Schema,
  signal: AbortSignal,
  body?: object,
): Promise<z.infer<Schema> | undefined> {
  const answer = await ask(fetch, server, path, signal, body)
  if (answer?.status !== 200) return undefined
  try {
    return schema.safeParse(JSON.parse(answer.text)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

export function kindOf(models: readonly WireModel[]): ServerKind {
  const owner = models.find(({ owned_by }) => owned_by)?.owned_by
  if (owner === 'vllm') return 'vllm'
  if (owner === 'llamacpp') return 'llamacpp'
  return owner === 'library' ? 'ollama' : 'other'
}

/** What is listed, with what each kind of server tells about its models in its own way. */
export async function discover(
  fetch: ModelFetch['fetch'],
  server: ModelServer,
  models: readonly WireModel[],
  signal: AbortSignal,
): Promise<readonly ListedModel[]> {
  const kind = kindOf(models)
  const props = kind === 'llamacpp' ? await askJson(fetch, server, '/props', propsSchema, signal) : undefined
  return await Promise.all(
    models.map(async (model, index): Promise<ListedModel> => {
      const told = {
        ...fromList(model),
        ...(props ? fromProps(props) : {}),
        ...(kind === 'ollama' && index < MOST_ASKED ? await fromOllama(fetch, server, model.id, signal) : {}),
      }
      const { contextLength, ...abilities } = told
      return { name: model.id, kind, abilities, ...(contextLength === undefined ? {} : { contextLength }) }
    }),
  )
}

/** vLLM's name for the window, those of hosted services, and what OpenRouter and others add. */
function fromList(model: WireModel): ModelAbilities {
  const contextLength =
    model.max_model_len ?? model.context_length ?? model.context_window ?? model.meta?.n_ctx_train
  const inputs = model.architecture?.input_modalities
  const parameters = model.supported_parameters
  const maxOutputTokens = model.top_provider?.max_completion_tokens
  return {
    ...(typeof contextLength === 'number' ? { contextLength } : {}),
    ...(inputs ? { vision: inputs.includes('image') } : {}),
    ...(parameters
      ? { tools: parameters.includes('tools'), reasoning: parameters.includes('reasoning') }
      : {}),
    ...(typeof maxOutputTokens === 'number' ? { maxOutputTokens } : {}),
  }
}

const propsSchema = z.looseObject({
  default_generation_settings: z.looseObject({ n_ctx: z.number().int().positive().optional() }).optional(),
  modalities: z.looseObject({ vision: z.boolean().optional() }).optional(),
  chat_template: z.string().optional(),
})

/** What llama.cpp runs with: its window is often smaller than the one the model was trained for. */
function fromProps({
  default_generation_settings: settings,
  modalities,
  chat_template: template,
}: z.infer<typeof propsSchema>): ModelAbilities {
  return {
    ...(settings?.n_ctx === undefined ? {} : { contextLength: settings.n_ctx }),
    ...(modalities?.vision === undefined ? {} : { vision: modalities.vision }),
    ...(template === undefined
      ? {}
      : { tools: /\btools\b/.test(template), reasoning: /think/.test(template) }),
  }
}

const ollamaSchema = z.looseObject({
  capabilities: z.array(z.string()).optional(),
  model_info: z.record(z.string(), z.unknown()).optional(),
  parameters: z.string().optional(),
})

async function fromOllama(
  fetch: ModelFetch['fetch'],
  server: ModelServer,
  model: string,
  signal: AbortSignal,
): Promise<ModelAbilities> {
  const told = await askJson(fetch, server, '/api/show', ollamaSchema, signal, { model })
  if (!told) return {}
  const trained = Object.entries(told.model_info ?? {}).find(([name]) =>
    name.endsWith('.context_length'),
  )?.[1]
  const set = Number(/^num_ctx\s+(\d+)/m.exec(told.parameters ?? '')?.[1])
  const contextLength = set > 0 ? set : trained
  const { capabilities } = told
  return {
    ...(typeof contextLength === 'number' ? { contextLength } : {}),
    ...(capabilities
      ? {
          vision: capabilities.includes('vision'),
          tools: capabilities.includes('tools'),
          reasoning: capabilities.includes('thinking'),
        }
      : {}),
  }
}

/** vLLM says what it is doing, and that its engine died while it still lists its models. */
export async function askLoad(
  fetch: ModelFetch['fetch'],
  server: ModelServer,
  signal: AbortSignal,
): Promise<ServerLoad | undefined> {
  if (server.kind !== 'vllm') return undefined
  const health = await ask(fetch, server, '/health', signal)
  if (health && health.status >= 500) {
    throw new HubError('model_unreachable', `GET /health answered ${health.status}: the engine is dead`, {
      retry: { kind: 'later' },
    })
  }
  const metrics = await ask(fetch, server, '/metrics', signal)
  if (metrics?.status !== 200) return undefined
  const sum = (name: string): number | undefined => {
    const values = [...metrics.text.matchAll(new RegExp(`^vllm:${name}(?:\\{[^}]*\\})? ([0-9.e+-]+)$`, 'gm'))]
    return values.length === 0 ? undefined : values.reduce((total, [, value]) => total + Number(value), 0)
  }
  const running = sum('num_requests_running')
  const waiting = sum('num_requests_waiting')
  if (running === undefined || waiting === undefined) return undefined
  return {
    running,
    waiting,
    cacheUse: Math.min(1, sum('kv_cache_usage_perc') ?? sum('gpu_cache_usage_perc') ?? 0),
  }
}

const countSchema = z.looseObject({
  count: z.number().int().optional(),
  tokens: z.array(z.unknown()).optional(),
})

/** vLLM counts a whole request with its template; llama.cpp counts text. */
export async function countTokens(
  fetch: ModelFetch['fetch'],
  server: ModelServer,
  model: string,
  messages: readonly ChatMessage[],
  signal: AbortSignal,
): Promise<number | undefined> {
  if (server.kind !== 'vllm' && server.kind !== 'llamacpp') return undefined
  const text = messages.map(({ role, content }) => `${role}: ${content}`).join('\n\n')
  const body =
    server.kind === 'vllm'
      ? { model, messages: messages.map(({ role, content }) => ({ role, content })) }
      : { content: text }
  const told = await askJson(fetch, server, '/tokenize', countSchema, signal, body)
  return told?.count ?? told?.tokens?.length
}
