import { z } from 'zod'
import { refusal, type VllmRefusal } from './vllm-error.ts'

const contentPart = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: z.string(), detail: z.enum(['auto', 'low', 'high']).optional() }),
  }),
])

const toolCall = z.strictObject({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
})
const tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    description: z.string().optional(),
    parameters: z.looseObject({ type: z.literal('object') }).optional(),
    strict: z.boolean().nullish(),
  }),
})

const message = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(contentPart), z.null()]).optional(),
  tool_calls: z.array(toolCall).min(1).optional(),
  tool_call_id: z.string().optional(),
})

const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullish()

// The names are those of vLLM's ChatCompletionRequest. vLLM itself only logs a name it does not know; a
// misspelt parameter that is silently ignored is what an emulator should catch, so here it is refused.
const schema = z.strictObject({
  messages: z.array(message),
  model: z.string().nullish(),
  stream: optional(z.boolean()),
  stream_options: optional(
    z.strictObject({
      include_usage: optional(z.boolean()),
      continuous_usage_stats: optional(z.boolean()),
    }),
  ),
  max_tokens: optional(z.int()),
  max_completion_tokens: optional(z.int()),
  temperature: optional(z.number()),
  top_p: optional(z.number()),
  n: optional(z.int()),
  stop: optional(z.union([z.string(), z.array(z.string())])),
  seed: optional(z.int()),
  frequency_penalty: optional(z.number()),
  presence_penalty: optional(z.number()),
  repetition_penalty: optional(z.number()),
  logit_bias: optional(z.record(z.string(), z.number())),
  logprobs: optional(z.boolean()),
  top_logprobs: optional(z.int()),
  response_format: optional(z.looseObject({ type: z.string() })),
  tools: optional(z.array(tool).min(1)),
  tool_choice: optional(z.union([z.string(), z.looseObject({})])),
  parallel_tool_calls: optional(z.boolean()),
  reasoning_effort: optional(z.string()),
  include_reasoning: optional(z.boolean()),
  user: optional(z.string()),
  top_k: optional(z.int()),
  min_p: optional(z.number()),
  length_penalty: optional(z.number()),
  stop_token_ids: optional(z.array(z.int())),
  ignore_eos: optional(z.boolean()),
  min_tokens: optional(z.int()),
  skip_special_tokens: optional(z.boolean()),
  truncate_prompt_tokens: optional(z.int()),
  allowed_token_ids: optional(z.array(z.int())),
  bad_words: optional(z.array(z.string())),
  echo: optional(z.boolean()),
  add_generation_prompt: optional(z.boolean()),
  continue_final_message: optional(z.boolean()),
  add_special_tokens: optional(z.boolean()),
  documents: optional(z.array(z.record(z.string(), z.string()))),
  chat_template: optional(z.string()),
  chat_template_kwargs: optional(z.looseObject({})),
  mm_processor_kwargs: optional(z.looseObject({})),
  structured_outputs: optional(z.looseObject({})),
  priority: optional(z.int()),
  request_id: optional(z.string()),
  session_id: optional(z.string()),
  cache_salt: optional(z.string()),
  return_token_ids: optional(z.boolean()),
  kv_transfer_params: optional(z.looseObject({})),
  vllm_xargs: optional(z.looseObject({})),
})

export type ChatRequest = z.infer<typeof schema>

export function parseChatRequest(raw: Buffer): ChatRequest | VllmRefusal {
  let json: unknown
  try {
    json = JSON.parse(raw.toString('utf8'))
  } catch (error) {
    return refusal(400, `JSON decode error: ${error instanceof Error ? error.message : String(error)}`)
  }
  const parsed = schema.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue?.path.join('.')
    return refusal(400, `1 validation error: {'loc': ('body', '${where}'), 'msg': '${issue?.message}'}`, {
      param: where ?? null,
    })
  }
  return inconsistency(parsed.data) ?? parsed.data
}

function inconsistency(request: ChatRequest): VllmRefusal | undefined {
  if (request.messages.length === 0) return refusal(400, 'List should have at least 1 item: messages')
  if (request.stream_options && !request.stream) {
    return refusal(400, 'Stream options can only be defined when `stream=True`.', { param: 'stream_options' })
  }
  if (request.continue_final_message && request.add_generation_prompt !== false) {
    return refusal(
      400,
      'Cannot set both `continue_final_message` and `add_generation_prompt` to True. (parameter=continue_final_message)',
      { param: 'continue_final_message' },
    )
  }
  const fault = toolFault(request.messages)
  if (fault !== undefined) return refusal(400, fault)
  if (request.cache_salt === '') {
    return refusal(400, "Parameter 'cache_salt' must be a non-empty string if provided.", {
      param: 'cache_salt',
    })
  }
  const { temperature, n } = request
  if (typeof temperature === 'number' && temperature < 0) {
    return refusal(400, `temperature must be non-negative, got ${temperature}.`, { param: 'temperature' })
  }
  const limit = outputLimit(request)
  if (limit !== undefined && limit < 1) {
    return refusal(400, `max_tokens must be at least 1, got ${limit}.`, { param: 'max_tokens' })
  }
  if (typeof n === 'number' && n !== 1) return refusal(400, `n must be 1 for this emulator, got ${n}.`)
  return undefined
}

/** vLLM parses earlier calls for the chat template; templates refuse results that nobody asked for. */
function toolFault(messages: ChatRequest['messages']): string | undefined {
  const asked = new Set<string>()
  for (const { role, tool_calls: calls = [], tool_call_id: answered } of messages) {
    if (calls.length > 0 && role !== 'assistant') return 'Only assistant messages have tool_calls.'
    for (const { id, function: called } of calls) {
      asked.add(id)
      try {
        JSON.parse(called.arguments)
      } catch {
        return 'Expecting property name enclosed in double quotes: tool call arguments are no JSON'
      }
    }
    if (role !== 'tool') continue
    if (answered === undefined || !asked.delete(answered)) return 'A tool message answers no tool call.'
  }
  return asked.size > 0 ? 'A tool call has no result.' : undefined
}

export function outputLimit(request: ChatRequest): number | undefined {
  return request.max_completion_tokens ?? request.max_tokens ?? undefined
}

type RequestMessage = ChatRequest['messages'][number]

export function plainText(entry: RequestMessage): string {
  if (typeof entry.content === 'string') return entry.content
  return (entry.content ?? []).map((part) => (part.type === 'text' ? part.text : '[image]')).join('\n')
}

/** What the model is asked, apart from the beginning of its own answer where it is told to continue that. */
export interface Question {
  readonly messages: readonly RequestMessage[]
  /** What the person said last. */
  readonly text: string
  readonly systemPrompt: string
  /** Messages of the conversation before the last one, the system prompt not counted. */
  readonly earlier: number
  readonly answerSoFar: string
}

export function questionOf(request: ChatRequest): Question {
  const last = request.messages.at(-1)
  const continued = request.continue_final_message && last?.role === 'assistant'
  const messages = continued ? request.messages.slice(0, -1) : request.messages
  const system = messages.filter(({ role }) => role === 'system' || role === 'developer')
  const asked = messages.findLast(({ role }) => role === 'user')
  return {
    messages,
    text: asked ? plainText(asked) : '',
    systemPrompt: system.map(plainText).join('\n'),
    earlier: Math.max(0, messages.length - system.length - 1),
    answerSoFar: continued && last ? plainText(last) : '',
  }
}

const IMAGE = /^data:image\/(jpeg|png);base64,([A-Za-z0-9+/]+={0,2})$/
/** JPEG and PNG by their first bytes. */
const MARKS: Readonly<Record<string, string>> = { jpeg: 'ffd8ff', png: '89504e470d0a1a0a' }

/** Images as this emulator takes them: in the request itself, of people, for a model that sees. */
export function imageFault(request: ChatRequest, sees: boolean): VllmRefusal | undefined {
  for (const { role, content } of request.messages) {
    for (const part of Array.isArray(content) ? content : []) {
      if (part.type !== 'image_url') continue
      if (!sees) return refusal(400, `${request.model ?? 'The model'} is not a multimodal model`)
      if (role !== 'user')
        return refusal(400, `Images are taken in messages of the user only, not of ${role}.`)
      const [, form = '', data = ''] = IMAGE.exec(part.image_url.url) ?? []
      const mark = Buffer.from(data.slice(0, 16), 'base64').toString('hex')
      const expected = MARKS[form]
      if (expected === undefined || !mark.startsWith(expected))
        return refusal(400, 'cannot identify image file')
    }
  }
  return undefined
}
