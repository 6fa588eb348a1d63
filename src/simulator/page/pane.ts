import type { PaneAction } from './action.ts'
import type { MessageSight, PaneSight, Platform } from './sight.ts'

export interface PaneFile {
  readonly name: string
  readonly mimetype: string
  readonly data: Buffer
}

/** One platform as the page sees it. Acts that the platform's own client would refuse throw. */
export interface Pane {
  readonly platform: Platform
  sight(): PaneSight
  /** Oldest first, the newest of each channel only. */
  messages(): MessageSight[]
  file(id: string): PaneFile | undefined
  /** The sentence to show to the person, if there is one. */
  perform(action: PaneAction): Promise<string | undefined>
  /** Returns a function that unsubscribes. */
  onChange(listener: () => void): () => void
}

/** Messages of a channel that the page shows. */
export const SHOWN_MESSAGES = 150

export interface CastMember {
  readonly key: string
  readonly name: string
}

export const BOT_KEY = 'bot'

/** The people of the little world; every platform has each of them. */
export const CAST: readonly CastMember[] = [
  { key: 'ana', name: 'Ana' },
  { key: 'ben', name: 'Ben' },
  { key: 'chidi', name: 'Chidi' },
]

/** What the bot answers to in every chat, where a platform keeps no list of its own. */
export const COMMANDS: readonly { readonly name: string; readonly description: string }[] = [
  { name: 'run', description: 'Run code: /run 1+1' },
  { name: 'model', description: 'Show or switch the model here' },
  { name: 'reset', description: 'Start with an empty context' },
  { name: 'stop', description: 'Stop the running answer' },
  { name: 'retry', description: 'Redo the last answer' },
  { name: 'why', description: 'Why the bot did what it did' },
  { name: 'usage', description: 'Use today' },
  { name: 'admin', description: 'Open the admin for this workspace' },
  { name: 'help', description: 'What the bot can do here' },
]

/** Asks an object that came as JSON. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function found<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`${what} is not there any more`)
  return value
}

/** Replaces `@name` by what the platform writes for it; names may hold spaces. */
export function withMentions(
  text: string,
  names: readonly (readonly [name: string, written: string])[],
): string {
  const sorted = names.toSorted(([a], [b]) => b.length - a.length)
  return text.replace(/(?<![\p{L}\p{N}_])@[^\s@][^@\n]*/gu, (typed) => {
    const hit = sorted.find(
      ([name]) =>
        typed.slice(1, name.length + 1).toLowerCase() === name.toLowerCase() &&
        !/[\p{L}\p{N}_]/u.test(typed.charAt(name.length + 1)),
    )
    return hit ? hit[1] + typed.slice(hit[0].length + 1) : typed
  })
}
