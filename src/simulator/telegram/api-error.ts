/** A refusal as the Bot API words it. */
export class ApiError extends Error {
  readonly code: number
  readonly parameters: ResponseParameters | undefined

  constructor(code: number, description: string, parameters?: ResponseParameters) {
    super(description)
    this.code = code
    this.parameters = parameters
  }
}

export interface ResponseParameters {
  readonly retry_after?: number
  readonly migrate_to_chat_id?: number
}

export const badRequest = (description: string): ApiError => new ApiError(400, `Bad Request: ${description}`)
export const forbidden = (description: string): ApiError => new ApiError(403, `Forbidden: ${description}`)
export const conflict = (description: string): ApiError => new ApiError(409, `Conflict: ${description}`)

export const tooManyRequests = (retryAfterSeconds: number): ApiError =>
  new ApiError(429, `Too Many Requests: retry after ${retryAfterSeconds}`, { retry_after: retryAfterSeconds })
