import type { ModelServer } from './reply-model.ts'

export interface ModelChoice {
  readonly server: ModelServer
  readonly model: string
  /** Tokens; undefined where the server does not say. */
  readonly contextLength: number | undefined
}

/** Which servers there are and what they list. */
export interface ModelDirectory {
  /**
   * Servers that list the model, those that were up when last asked first. No name: the environment's or
   * the first listed model. Empty: nobody has it.
   */
  choose(model: string | undefined): Promise<readonly ModelChoice[]>
  /** True where any chat server is known at all. */
  hasChatServer(): Promise<boolean>
  speech(): Promise<{ readonly server: ModelServer; readonly model: string | undefined } | undefined>
}
