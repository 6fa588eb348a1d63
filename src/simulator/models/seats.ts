/** A fixed number of seats, given out in the order asked for. */
export class Seats {
  readonly #limit: number
  readonly #queue: (() => void)[] = []
  #taken = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get taken(): number {
    return this.#taken
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** Resolves with the function that gives the seat back; rejects when `signal` aborts first. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    if (this.#taken < this.#limit) this.#taken += 1
    else await this.#wait(signal)
    return () => this.#release()
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(called), 1)
        reject(signal.reason)
      }
      const called = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#queue.push(called)
    })
  }

  /** The seat passes straight to the next in the queue, so the count does not change. */
  #release(): void {
    const next = this.#queue.shift()
    if (next) next()
    else this.#taken -= 1
  }
}
