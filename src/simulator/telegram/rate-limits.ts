import { tooManyRequests } from './api-error.ts'

/** core.telegram.org/bots/faq: one a second per chat with short bursts, 20 a minute per group, 30 a second overall. */
const chatIntervalMs = 1_000
const chatBurst = 3
const perGroup = { most: 20, perMs: 60_000 }
const overall = { most: 30, perMs: 1_000 }

interface Window {
  readonly most: number
  readonly perMs: number
  readonly times: number[]
}

/** Counts sends and edits. A refused call is not counted. */
export class RateLimits {
  enabled: boolean
  readonly #now: () => number
  readonly #overall: Window = { ...overall, times: [] }
  readonly #groups = new Map<number, Window>()
  /** By chat: when it would be idle again, were its calls spread at one a second. */
  readonly #idleAt = new Map<number, number>()

  constructor(enabled: boolean, now: () => number) {
    this.enabled = enabled
    this.#now = now
  }

  /** Throws 429 with the seconds until every limit has room. */
  count(chatId: number | undefined): void {
    if (!this.enabled) return
    const now = this.#now()
    const windows = [this.#overall]
    if (chatId !== undefined && chatId < 0) windows.push(this.#group(chatId))
    const idleAt = Math.max(now, (chatId === undefined ? undefined : this.#idleAt.get(chatId)) ?? now)
    const chatWaitMs = idleAt - now - (chatBurst - 1) * chatIntervalMs
    const waitMs = Math.max(chatWaitMs, ...windows.map((window) => waitOf(window, now)))
    if (waitMs > 0) throw tooManyRequests(Math.ceil(waitMs / 1000))
    if (chatId !== undefined) this.#idleAt.set(chatId, idleAt + chatIntervalMs)
    for (const window of windows) window.times.push(now)
  }

  #group(chatId: number): Window {
    const window = this.#groups.get(chatId) ?? { ...perGroup, times: [] }
    this.#groups.set(chatId, window)
    return window
  }
}

function waitOf({ most, perMs, times }: Window, now: number): number {
  while ((times[0] ?? Number.POSITIVE_INFINITY) <= now - perMs) times.shift()
  const oldest = times[times.length - most]
  return oldest === undefined ? 0 : oldest + perMs - now
}
