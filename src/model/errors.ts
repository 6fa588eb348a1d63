import type { Sentence } from './sentence.ts'

/** Whether and when trying again makes sense. */
export type RetryAdvice =
  | { readonly kind: 'never' }
  | { readonly kind: 'later' }
  | { readonly kind: 'after'; readonly ms: number }

export interface HubErrorDetails {
  readonly retry?: RetryAdvice
  /** What the person in the chat is told; absent means a general apology. */
  readonly sentence?: Sentence
  readonly cause?: unknown
}

/**
 * The one error family. `code` is stable snake_case, prefixed by area (`model_unreachable`,
 * `platform_rate_limited`); `message` is for the operator and never holds a secret or chat text.
 */
export class HubError extends Error {
  readonly code: string
  readonly retry: RetryAdvice
  readonly sentence: Sentence | undefined

  constructor(code: string, message: string, details: HubErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'HubError'
    this.code = code
    this.retry = details.retry ?? { kind: 'never' }
    this.sentence = details.sentence
  }
}

export function asHubError(error: unknown, fallbackCode = 'internal'): HubError {
  if (error instanceof HubError) return error
  // A failed query's message goes on with its parameters: chat text, or worse.
  const message = (error instanceof Error ? error.message : String(error)).replace(/\nparams: [\s\S]*$/, '')
  return new HubError(fallbackCode, message, { retry: { kind: 'later' }, cause: error })
}
