const MAX_TIMERS = 10_000
const MAX_DELAY_MS = 2 ** 31 - 1

interface Entry {
  readonly timeout: Timeout
  due: number
  readonly order: number
  readonly intervalMs: number | undefined
  readonly run: () => void
}

/** What setTimeout gives back: Node's object in its useful parts, usable where a number is expected. */
export class Timeout {
  readonly #id: number
  #held = true

  constructor(id: number) {
    this.#id = id
  }

  ref(): this {
    this.#held = true
    return this
  }

  unref(): this {
    this.#held = false
    return this
  }

  hasRef(): boolean {
    return this.#held
  }

  [Symbol.toPrimitive](): number {
    return this.#id
  }
}

export interface Timers {
  readonly globals: Readonly<Record<string, unknown>>
  /** Milliseconds until the next one that holds the program open; null when there is none. */
  wait(): number | null
  /** Runs the first one due, alone, so that its microtasks run before the next one. */
  fire(): void
}

export function createTimers(): Timers {
  const now = Date.now
  const entries = new Map<number, Entry>()
  let nextId = 1
  let nextOrder = 1

  function add(callback: unknown, delay: unknown, args: unknown[], repeats: boolean): Timeout {
    if (typeof callback !== 'function')
      throw new TypeError('The "callback" argument must be of type function')
    if (entries.size >= MAX_TIMERS) throw new RangeError(`More than ${MAX_TIMERS} timers`)
    const asked = Number(delay)
    const ms = asked >= 1 && asked <= MAX_DELAY_MS ? Math.trunc(asked) : 1
    const id = nextId++
    const timeout = new Timeout(id)
    entries.set(id, {
      timeout,
      due: now() + ms,
      order: nextOrder++,
      intervalMs: repeats ? ms : undefined,
      run: () => void Reflect.apply(callback, undefined, args),
    })
    return timeout
  }

  function first(): [number, Entry] | undefined {
    let found: [number, Entry] | undefined
    for (const [id, entry] of entries) {
      const best = found?.[1]
      if (best === undefined || entry.due < best.due || (entry.due === best.due && entry.order < best.order))
        found = [id, entry]
    }
    return found
  }

  function clear(timer: unknown): void {
    if (typeof timer === 'number' || typeof timer === 'string' || timer instanceof Timeout)
      entries.delete(Number(timer))
  }

  return {
    globals: {
      setTimeout: (callback: unknown, delay?: unknown, ...args: unknown[]) =>
        add(callback, delay, args, false),
      setInterval: (callback: unknown, delay?: unknown, ...args: unknown[]) =>
        add(callback, delay, args, true),
      setImmediate: (callback: unknown, ...args: unknown[]) => add(callback, 0, args, false),
      clearTimeout: clear,
      clearInterval: clear,
      clearImmediate: clear,
    },
    wait() {
      let held = false
      for (const entry of entries.values()) held ||= entry.timeout.hasRef()
      const next = held ? first() : undefined
      return next === undefined ? null : Math.max(0, next[1].due - now())
    },
    fire() {
      const next = first()
      if (next === undefined || next[1].due > now()) return
      const [id, entry] = next
      if (entry.intervalMs === undefined) entries.delete(id)
      else entry.due = now() + entry.intervalMs
      entry.run()
    },
  }
}
