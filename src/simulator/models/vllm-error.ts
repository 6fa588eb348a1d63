/** An answer in vLLM's error shape. */
export interface VllmRefusal {
  readonly status: number
  readonly body: { readonly error: VllmErrorBody }
}

export interface VllmErrorBody {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: number
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  404: 'NotFoundError',
  500: 'InternalServerError',
  503: 'Service Unavailable',
}

export function errorBody(
  status: number,
  message: string,
  details: { type?: string; param?: string | null } = {},
) {
  return {
    error: {
      message,
      type: details.type ?? TYPES[status] ?? 'BadRequestError',
      param: details.param ?? null,
      code: status,
    },
  }
}

export function refusal(
  status: number,
  message: string,
  details?: { type?: string; param?: string | null },
): VllmRefusal {
  return { status, body: errorBody(status, message, details) }
}

export function isRefusal(value: object): value is VllmRefusal {
  return 'status' in value && 'body' in value
}

export function contextOverflow(contextLength: number, outputTokens: number, promptTokens: number) {
  return refusal(
    400,
    `This model's maximum context length is ${contextLength} tokens. However, you requested ` +
      `${outputTokens} output tokens and your prompt contains at least ${promptTokens} input tokens, ` +
      `for a total of at least ${outputTokens + promptTokens} tokens. Please reduce the length of the ` +
      `input prompt or the number of requested output tokens. (parameter=input_tokens, value=${promptTokens})`,
    { param: 'input_tokens' },
  )
}

/** vLLM's key check answers in a shape of its own, a bare string. */
export const unauthorized = { status: 401, body: { error: 'Unauthorized' } } as const
