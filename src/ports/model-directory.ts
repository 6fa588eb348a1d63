import type { MessageId } from '../model/ids.ts'
import type { ModelAbilities } from '../model/model-abilities.ts'
import type { ModelServer } from './reply-model.ts'

export interface ModelChoice {
  readonly server: ModelServer
  readonly model: string
  /** Tokens; undefined where the server does not say. */
  readonly contextLength: number | undefined
  readonly abilities: ModelAbilities
  /** Answers at the same time, over all workers; undefined: as many as come. */
  readonly concurrency: number | undefined
  /** The fallback it stands behind; undefined: it is what was asked for. */
  readonly fallback: string | undefined
}

export interface ModelWish {
  /** Of a model or an alias; undefined: the environment's or the first listed model. */
  readonly name: string | undefined
  /** Asked when nothing of the above can answer. */
  readonly fallback?: string | undefined
  /** The same key prefers the same server. */
  readonly key?: string
}

export interface ServerFault {
  readonly code: string
  readonly detail: string
  readonly messageId?: MessageId
  readonly down?: boolean
}

/** Which servers there are and what they list. */
export interface ModelDirectory {
  /**
   * Servers that list the model or stand behind the alias, by weight, those that were up when last asked first; then
   * those of its fallbacks. Empty: nobody has it.
   */
  choose(wish: ModelWish): Promise<readonly ModelChoice[]>
  /** Keeps for the admin that a server failed; `down`: others need not find it out by themselves. */
  reportFault(choice: ModelChoice, fault: ServerFault): Promise<void>
  /** True where any chat server is known at all. */
  hasChatServer(): Promise<boolean>
  speech(): Promise<{ readonly server: ModelServer; readonly model: string | undefined } | undefined>
}
