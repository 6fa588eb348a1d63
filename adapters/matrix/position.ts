import type { IFilterInfo, IStorageProvider } from 'matrix-bot-sdk'
import { z } from 'zod'
import type { Cursor } from '../../src/ports/receiver.ts'

const inviteSchema = z.object({
  /** Who invited, absent where a room was replaced by another. */
  by: z.string().optional(),
  direct: z.boolean(),
  /** Servers through which the room can be reached. */
  via: z.array(z.string()),
})
export type Invite = z.infer<typeof inviteSchema>

const stateSchema = z.object({
  account: z.string().optional(),
  since: z.string().nullable().default(null),
  /** By room, the last event taken of the sync that `since` begins: one cut short goes on behind it. */
  taken: z.record(z.string(), z.string()).default({}),
  /** When the first sync was taken: nothing older is ever answered. Milliseconds since the epoch. */
  startedAt: z.number().optional(),
  /** Of the newest event taken in, by its homeserver's clock. */
  lastAt: z.number().default(0),
  invites: z.record(z.string(), inviteSchema).default({}),
  session: z.object({ deviceId: z.string(), sealedToken: z.string() }).optional(),
})
type State = z.infer<typeof stateSchema>

const MAX_INVITES = 100
const SAVE_TAKEN_MS = 1_000

/**
 * What a restart must find again, kept as one JSON value. Changes are held until a write; writes follow
 * one another and each is awaited by who asked for it.
 */
export class Position implements IStorageProvider {
  readonly #cursor: Cursor
  #state: State
  #saving: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  private constructor(cursor: Cursor, state: State) {
    this.#cursor = cursor
    this.#state = state
  }

  static async open(cursor: Cursor): Promise<Position> {
    const parsed = stateSchema.safeParse(await cursor.read())
    return new Position(cursor, parsed.success ? parsed.data : stateSchema.parse({}))
  }

  /** Another account's position means nothing to this one. */
  belongTo(account: string): void {
    if (this.#state.account !== undefined && this.#state.account !== account) {
      const { session } = this.#state
      this.#state = stateSchema.parse({ session })
    }
    this.#state.account = account
  }

  get startedAt(): number | undefined {
    return this.#state.startedAt
  }

  get lastAt(): number {
    return this.#state.lastAt
  }

  get session(): State['session'] {
    return this.#state.session
  }

  set session(session: State['session']) {
    this.#state.session = session
  }

  get invites(): Readonly<Record<string, Invite>> {
    return this.#state.invites
  }

  start(now: number): void {
    this.#state.startedAt = now
    this.#state.lastAt = now
  }

  /** A clock that runs ahead, or a forged time, must not hide later events. */
  seen(at: number): void {
    this.#state.lastAt = Math.max(this.#state.lastAt, Math.min(at, Date.now()))
  }

  lastTaken(roomId: string): string | undefined {
    return this.#state.taken[roomId]
  }

  /** Kept about once a second: what is taken twice is known by its id. */
  noteTaken(roomId: string, eventId: string): void {
    this.#state.taken[roomId] = eventId
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined
      // The next one tries again, and so does the token.
      this.save().catch(() => undefined)
    }, SAVE_TAKEN_MS).unref()
  }

  addInvite(roomId: string, invite: Invite): void {
    if (Object.keys(this.#state.invites).length < MAX_INVITES) this.#state.invites[roomId] = invite
  }

  removeInvite(roomId: string): void {
    delete this.#state.invites[roomId]
  }

  async save(): Promise<void> {
    const write = async () => await this.#cursor.write(structuredClone(this.#state))
    const written = this.#writing.then(write)
    this.#writing = written.catch(() => undefined)
    await written
  }

  getSyncToken(): string | null {
    return this.#state.since
  }

  /** The token moves only once it is written. */
  async setSyncToken(token: string | null): Promise<void> {
    const { since, taken } = this.#state
    clearTimeout(this.#saving)
    this.#saving = undefined
    Object.assign(this.#state, { since: token, taken: {} })
    try {
      await this.save()
    } catch (error) {
      Object.assign(this.#state, { since, taken })
      throw error
    }
  }

  // The filter travels with each sync; the SDK has none to store.
  getFilter(): Promise<IFilterInfo> {
    return Promise.resolve({ id: 0, filter: null })
  }

  setFilter(): Promise<void> {
    return Promise.resolve()
  }

  storeValue(): Promise<void> {
    return Promise.resolve()
  }

  readValue(): null {
    return null
  }
}
