import type { ClaimedTurn } from '../../src/model/work.ts'

export interface ToolContext {
  readonly turn: ClaimedTurn
}

export interface ToolResult {
  /** For the model; cut where it is too long. */
  readonly content: string
  /** For people: Markdown. */
  readonly shown: string
}

/**
 * Something that a model may ask for while it answers. Never rejects for what the model asked; rejects with the
 * signal's reason, or a HubError that is told to the model as a failure.
 */
export interface Tool {
  /** At most 64 letters of [a-zA-Z0-9_-]. */
  readonly name: string
  readonly description: string
  /** JSON Schema of its arguments. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** `given` is what the model wrote, parsed and nothing more: to be checked. */
  run(given: unknown, context: ToolContext, signal: AbortSignal): Promise<ToolResult>
}
