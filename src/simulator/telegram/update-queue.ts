import { randomInt } from 'node:crypto'

export interface Update {
  readonly update_id: number
  readonly [kind: string]: unknown
}

const withoutAsking =
  /^(message|edited_message|callback_query|my_chat_member|stopped_message_generation|inline_query)$/
const known = [
  'message edited_message channel_post edited_channel_post business_connection business_message',
  'edited_business_message deleted_business_messages guest_message stopped_message_generation message_reaction',
  'message_reaction_count inline_query chosen_inline_result callback_query shipping_query pre_checkout_query',
  'purchased_paid_media poll poll_answer my_chat_member chat_member chat_join_request chat_boost',
  'removed_chat_boost managed_bot subscription',
]
  .join(' ')
  .split(' ')
const lifetimeMs = 24 * 3_600_000
const waitingLimit = 100_000

interface Entry {
  readonly update: Update
  readonly createdAt: number
  /** Updates of one chat are delivered to a webhook one after the other. */
  readonly order: number
  /** Redelivered: stands outside the offset and is handed out once. */
  readonly again: boolean
}

/** What waits for the bot. Kept until confirmed by offset or webhook, at most 24 hours. */
export class UpdateQueue {
  /** Every update made, confirmed or not. */
  readonly log: Update[] = []
  #waiting: Entry[] = []
  #held = false
  // Identifiers differ between runs: a bot that remembers old ones must not take new updates for them.
  #nextId = randomInt(100_000_000, 900_000_000)
  #allowed: readonly string[] = []
  readonly #now: () => number
  readonly #listeners = new Set<() => void>()

  readonly #onConfirmed: () => void

  constructor(now: () => number, onConfirmed: () => void) {
    this.#now = now
    this.#onConfirmed = onConfirmed
  }

  get allowed(): readonly string[] {
    return this.#allowed
  }

  get waitingCount(): number {
    return this.waiting().length
  }

  /** An empty list means the default set. Returns the first name that is none. */
  allow(kinds: readonly string[]): string | undefined {
    const unknown = kinds.find((kind) => !known.includes(kind))
    if (unknown === undefined) this.#allowed = kinds
    return unknown
  }

  isAllowed(kind: string): boolean {
    return this.#allowed.length === 0 ? withoutAsking.test(kind) : this.#allowed.includes(kind)
  }

  /** Undefined where the bot did not ask for this kind. */
  push(kind: string, payload: object, chatId: number): Update | undefined {
    if (!this.isAllowed(kind)) return undefined
    const update: Update = { update_id: this.#nextId, [kind]: payload }
    this.#nextId += 1
    this.#add(update, chatId, false)
    return update
  }

  /** The same update once more, under its own identifier or a new one. */
  repeat(update: Update, identity: 'same' | 'new'): Update {
    const again = identity === 'same' ? update : { ...update, update_id: this.#nextId }
    if (identity === 'new') this.#nextId += 1
    this.#add(again, 0, identity === 'same')
    return again
  }

  /** Hands out nothing until the returned function is called, which may turn the order round. */
  hold(): (order?: 'reversed') => void {
    this.#held = true
    return (order) => {
      this.#held = false
      if (order === 'reversed') this.#waiting.reverse()
      this.#notify()
    }
  }

  /** Leaves a gap in the identifiers. */
  skipIds(count: number): void {
    this.#nextId += count
  }

  /** What may be handed out now. */
  deliverable(): readonly Entry[] {
    return this.#held ? [] : this.waiting()
  }

  waiting(): readonly Entry[] {
    const oldest = this.#now() - lifetimeMs
    this.#waiting = this.#waiting.filter(({ createdAt }) => createdAt > oldest)
    return this.#waiting
  }

  /** What getUpdates answers: confirms everything before a positive offset; a negative one forgets all but the last. */
  take(offset: number, limit: number): Update[] {
    const waiting = this.waiting()
    const before = waiting.length
    if (offset > 0) this.#waiting = waiting.filter(({ update, again }) => again || update.update_id >= offset)
    else if (offset < 0) this.#waiting = waiting.slice(offset)
    const batch = this.deliverable().slice(0, limit)
    this.#waiting = this.#waiting.filter((entry) => !(entry.again && batch.includes(entry)))
    if (this.#waiting.length !== before) this.#onConfirmed()
    return batch.map(({ update }) => update)
  }

  remove(entry: Entry): void {
    this.#waiting = this.#waiting.filter((one) => one !== entry)
    this.#onConfirmed()
  }

  clear(): void {
    this.#waiting = []
    this.#onConfirmed()
  }

  onPush(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #add(update: Update, order: number, again: boolean): void {
    if (this.#waiting.length >= waitingLimit) this.#waiting.shift()
    this.#waiting.push({ update, createdAt: this.#now(), order, again })
    this.log.push(update)
    this.#notify()
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

export type WaitingUpdate = Entry
