import type { UpdateQueue, WaitingUpdate } from './update-queue.ts'

export interface WebhookTarget {
  readonly url: string
  readonly secretToken: string | undefined
  readonly maxConnections: number
  readonly ipAddress: string | undefined
}

export interface WebhookFailure {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly message: string
}

interface Attempt {
  delayMs: number
  wakeAt: number
}

const answerTimeoutMs = 60_000
const longestDelayMs = 60_000
const longestRetryAfterSeconds = 3600

/**
 * Posts waiting updates to one URL until each is answered with 2xx: up to `maxConnections` chats at once,
 * the updates of one chat in order. Ends with `stop`.
 */
export class WebhookDelivery {
  lastFailure: WebhookFailure | undefined
  readonly target: WebhookTarget
  readonly #updates: UpdateQueue
  readonly #firstDelayMs: number
  readonly #callMethod: (call: Readonly<Record<string, unknown>>) => Promise<void>
  readonly #inFlight = new Map<WaitingUpdate, Promise<void>>()
  readonly #attempts = new Map<WaitingUpdate, Attempt>()
  readonly #stopping = new AbortController()
  readonly #unsubscribe: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(options: {
    readonly target: WebhookTarget
    readonly updates: UpdateQueue
    /** Doubles with each failure of an update. */
    readonly firstDelayMs: number
    /** For an answer that carries a method to call. */
    readonly callMethod: (call: Readonly<Record<string, unknown>>) => Promise<void>
  }) {
    this.target = options.target
    this.#updates = options.updates
    this.#firstDelayMs = options.firstDelayMs
    this.#callMethod = options.callMethod
    this.#unsubscribe = this.#updates.onPush(() => this.#deliver())
    this.#deliver()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#unsubscribe()
    clearTimeout(this.#timer)
    await Promise.all(this.#inFlight.values())
  }

  #deliver(): void {
    if (this.#stopping.signal.aborted) return
    clearTimeout(this.#timer)
    const busy = new Set([...this.#inFlight.keys()].map(({ order }) => order))
    let wakeAt = Number.POSITIVE_INFINITY
    for (const entry of this.#updates.deliverable()) {
      if (this.#inFlight.has(entry) || (entry.order !== 0 && busy.has(entry.order))) continue
      busy.add(entry.order)
      const due = this.#attempts.get(entry)?.wakeAt ?? 0
      if (due > performance.now()) wakeAt = Math.min(wakeAt, due)
      else if (this.#inFlight.size < this.target.maxConnections) this.#start(entry)
    }
    if (wakeAt < Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.#deliver(), wakeAt - performance.now() + 1)
  }

  #start(entry: WaitingUpdate): void {
    const posted = this.#post(entry).then((retryAfterMs) => {
      this.#inFlight.delete(entry)
      if (retryAfterMs === undefined) {
        this.#attempts.delete(entry)
        this.#updates.remove(entry)
      } else this.#delay(entry, retryAfterMs)
      this.#deliver()
    })
    this.#inFlight.set(entry, posted)
  }

  #delay(entry: WaitingUpdate, retryAfterMs: number): void {
    const previous = this.#attempts.get(entry)
    const delayMs = previous ? Math.min(longestDelayMs, previous.delayMs * 2) : this.#firstDelayMs
    this.#attempts.set(entry, { delayMs, wakeAt: performance.now() + (retryAfterMs || delayMs) })
  }

  /** Undefined once delivered; else how long the receiver asked to wait, 0 for not at all. */
  async #post(entry: WaitingUpdate): Promise<number | undefined> {
    const secret = this.target.secretToken
    try {
      const response = await fetch(this.target.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(secret ? { 'x-telegram-bot-api-secret-token': secret } : {}),
        },
        body: JSON.stringify(entry.update),
        redirect: 'manual',
        signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(answerTimeoutMs)]),
      })
      const body = await response.text()
      if (response.ok) {
        await this.#answerCall(body)
        return undefined
      }
      this.#fail(`Wrong response from the webhook: ${response.status} ${response.statusText}`)
      const seconds = Number(response.headers.get('retry-after') ?? 0)
      return Math.min(Number.isFinite(seconds) ? seconds : 0, longestRetryAfterSeconds) * 1000
    } catch (error) {
      if (!this.#stopping.signal.aborted)
        this.#fail(`Connection failed: ${error instanceof Error ? error.message : String(error)}`)
      return 0
    }
  }

  async #answerCall(body: string): Promise<void> {
    if (!body.trimStart().startsWith('{')) return
    const call: unknown = JSON.parse(body)
    if (typeof call === 'object' && call !== null && 'method' in call) await this.#callMethod({ ...call })
  }

  #fail(message: string): void {
    this.lastFailure = { at: Date.now(), message }
  }
}
