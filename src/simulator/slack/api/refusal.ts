import type { Wire } from '../model.ts'

/** A Web API call that Slack answers with `ok: false`. */
export class Refusal extends Error {
  readonly code: string
  readonly details: Wire

  constructor(code: string, details: Wire = {}) {
    super(code)
    this.name = 'Refusal'
    this.code = code
    this.details = details
  }
}

export function invalidArguments(messages: readonly string[]): Refusal {
  return new Refusal('invalid_arguments', {
    response_metadata: { messages: messages.map((message) => `[ERROR] ${message}`) },
  })
}
