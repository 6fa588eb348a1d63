/** One request as it arrived, before an emulator looks at it. Header names are in lower case. */
export interface WireRequest {
  readonly method: string
  /** Path with its query string, as sent. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/**
 * What goes wrong, and when:
 * - `delay`: the request waits `ms`, then is handled as usual.
 * - `answer`: the request is not handled; this answer is sent instead.
 * - `cut`: the connection is destroyed and the request is not handled.
 * - `lose-answer`: the request is handled, then the connection is destroyed before the answer.
 */
export type FaultEffect =
  | { readonly kind: 'delay'; readonly ms: number }
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body?: unknown
    }
  | { readonly kind: 'cut' }
  | { readonly kind: 'lose-answer' }

export interface Fault {
  /** Tested against `METHOD /path?query`; absent matches every request. */
  readonly match?: RegExp
  readonly effect: FaultEffect
  /** How many requests it hits; Infinity for until removed. */
  readonly times: number
}

/** The faults an emulator is told to show. The oldest matching fault wins. */
export class FaultPlan {
  readonly #faults: { fault: Fault; left: number }[] = []

  /** Returns a function that removes the fault again. */
  add(fault: Fault): () => void {
    const entry = { fault, left: fault.times }
    this.#faults.push(entry)
    return () => this.#remove(entry)
  }

  take(request: WireRequest): FaultEffect | undefined {
    const line = `${request.method} ${request.path}`
    const entry = this.#faults.find(({ fault }) => fault.match === undefined || fault.match.test(line))
    if (!entry) return undefined
    entry.left -= 1
    if (entry.left <= 0) this.#remove(entry)
    return entry.fault.effect
  }

  clear(): void {
    this.#faults.length = 0
  }

  #remove(entry: { fault: Fault; left: number }): void {
    const index = this.#faults.indexOf(entry)
    if (index >= 0) this.#faults.splice(index, 1)
  }
}
