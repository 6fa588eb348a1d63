import type { WireAnswer } from '../wire-server.ts'
import { parseChatRequest, plainText } from './chat-request.ts'
import type { Seats } from './seats.ts'
import { countPrompt, tokenize } from './token-count.ts'
import { isRefusal, refusal } from './vllm-error.ts'

export interface ServedModel {
  readonly id: string
  /** Tokens. */
  readonly contextLength: number
  /** As llama.cpp and Ollama tell. */
  readonly abilities?: { readonly vision?: boolean; readonly tools?: boolean; readonly reasoning?: boolean }
}

/** What llama.cpp tells about what it runs. */
export function props([model]: readonly ServedModel[]): WireAnswer {
  const { contextLength = 0, abilities = {} } = model ?? {}
  const template = [abilities.tools && '{% if tools %}{% endif %}', abilities.reasoning && '<think>']
  return {
    status: 200,
    body: {
      default_generation_settings: { n_ctx: contextLength },
      total_slots: 1,
      modalities: { vision: abilities.vision ?? false, audio: false },
      chat_template: template.filter(Boolean).join(''),
    },
  }
}

/** What Ollama tells about a model. */
export function show(raw: Buffer, models: readonly ServedModel[]): WireAnswer {
  const asked: unknown = JSON.parse(raw.toString('utf8'))
  const name = Object(asked).model
  const model = models.find(({ id }) => id === name)
  if (!model) return { status: 404, body: { error: `model '${name}' not found` } }
  const { vision, tools, reasoning } = model.abilities ?? {}
  return {
    status: 200,
    body: {
      details: { family: 'demo' },
      model_info: { 'general.architecture': 'demo', 'demo.context_length': model.contextLength },
      capabilities: ['completion', vision && 'vision', tools && 'tools', reasoning && 'thinking'].filter(
        Boolean,
      ),
    },
  }
}

export function modelList(models: readonly ServedModel[], ownedBy: string, created: number) {
  const vllm = ownedBy === 'vllm'
  return {
    object: 'list',
    data: models.map(({ id, contextLength }) => ({
      id,
      object: 'model',
      created,
      owned_by: ownedBy,
      ...(ownedBy === 'llamacpp' ? { meta: { n_ctx_train: contextLength * 4 } } : {}),
      ...(vllm ? { root: id, parent: null, max_model_len: contextLength, permission: [] } : {}),
    })),
  }
}

export function tokenizeAnswer(raw: Buffer, models: readonly ServedModel[]): WireAnswer {
  const contextLength = models[0]?.contextLength ?? 0
  try {
    const body: unknown = JSON.parse(raw.toString('utf8'))
    if (typeof body === 'object' && body !== null && 'content' in body && typeof body.content === 'string') {
      const tokens = tokenize(body.content).map((_, index) => index)
      return { status: 200, body: { tokens } }
    }
    if (typeof body === 'object' && body !== null && 'prompt' in body && typeof body.prompt === 'string') {
      return counted(tokenize(body.prompt).length, contextLength)
    }
  } catch (error) {
    return refusal(400, `JSON decode error: ${error instanceof Error ? error.message : String(error)}`)
  }
  const parsed = parseChatRequest(raw)
  if (isRefusal(parsed)) return parsed
  return counted(countPrompt(parsed.messages.map(plainText)), contextLength)
}

function counted(count: number, contextLength: number): WireAnswer {
  const tokens = Array.from({ length: count }, (_, index) => index)
  return { status: 200, body: { count, max_model_len: contextLength, tokens, token_strs: null } }
}

export function metrics(model: string, seats: Seats): string {
  const gauge = (name: string, help: string, value: number): string =>
    `# HELP vllm:${name} ${help}\n# TYPE vllm:${name} gauge\nvllm:${name}{engine="0",model_name="${model}"} ${value}.0\n`
  return [
    gauge('num_requests_running', 'Number of requests in model execution batches.', seats.taken),
    gauge('num_requests_waiting', 'Number of requests waiting to be processed.', seats.waiting),
    gauge('kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.', 0),
  ].join('')
}
