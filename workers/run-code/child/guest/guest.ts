/** What the process around the isolate calls; only strings and numbers cross. */
export interface Guest {
  /** `args` and `files` are JSON: a list of texts, and one of SourceFile. */
  start(language: string, source: string, stdin: string, args: string, files: string): void
  /** Does what has been waited for. */
  fire(): void
  /** JSON of a GuestState. Called apart from `start` and `fire`: their microtasks have run by then. */
  state(): string
  /** A promise was rejected and nobody took it. */
  rejected(name: string, message: string, stack: string): void
}

export interface GuestState {
  /** Milliseconds until `fire` is wanted; null when the program is over. */
  readonly wait: number | null
  readonly reason: 'ok' | 'error' | 'unsettled' | 'memory'
  readonly value?: string
  readonly error?: Failure
}

/** A text that the program finds under its name. */
export interface SourceFile {
  readonly name: string
  readonly text: string
}

/** A thrown value as text; `line` is the person's own. */
export interface Failure {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly line?: number
}

/** `assets` are the engine's files, in its order. */
export type OpenGuest = (
  emit: (text: string) => void,
  leave: (code: number) => void,
  maxChars: number,
  ...assets: ArrayBuffer[]
) => Promise<Guest>

export const MAX_VALUE = 16_384
export const MAX_ERROR_TEXT = 4_096

/** Out of reach of a toJSON that the program put on Object.prototype. */
export function plainObject<T extends object>(fields: T): T {
  return Object.assign(Object.create(null), fields)
}

export function cutValue(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text
}
