import { z } from 'zod'
import { HubError } from '../../src/model/errors.ts'
import type { Names } from './readable-text.ts'
import type { CallSlack } from './web-api.ts'

export interface SlackPerson {
  readonly name: string
  readonly language?: string
  /** Of the workspace. */
  readonly isAdmin: boolean
}

/** What was found in time about the ids asked for. */
export interface Found extends Names {
  details(id: string): SlackPerson | undefined
}

/** Names of people and channels, remembered for a while. A name that cannot be had in time is left out. */
export interface Directory {
  /** Takes at most `LOOKUP_LIMIT_MS`; never rejects. */
  find(wanted: { readonly people: readonly string[]; readonly channels: readonly string[] }): Promise<Found>
  /** A file that a message only points to; undefined when it cannot be had in time. */
  file(id: string): Promise<unknown>
  /** The answer that begins with a thread's first message; undefined when it cannot be had in time. */
  thread(channel: string, ts: string): Promise<unknown>
  renamed(channel: string, name: string): void
  close(): void
}

/** An acknowledgement waits for these look-ups, and Slack waits three seconds for it. */
export const LOOKUP_LIMIT_MS = 900
const REMEMBER_MS = 10 * 60_000
/** An outage of Slack's look-ups must not slow down every event. */
const REMEMBER_FAILURE_MS = 30_000
const REMEMBERED = 5_000
const MENTIONS_NAMED = 20

const personSchema = z.object({
  user: z.object({
    name: z.string().optional(),
    real_name: z.string().optional(),
    locale: z.string().optional(),
    is_admin: z.boolean().optional(),
    is_owner: z.boolean().optional(),
    profile: z.object({ display_name: z.string().optional(), real_name: z.string().optional() }).optional(),
  }),
})
const channelSchema = z.object({ channel: z.object({ name: z.string().optional() }) })
const fileSchema = z.object({ file: z.looseObject({}) })

interface Entry<Value> {
  value: Promise<Value | undefined>
  until: number
}

export function createDirectory(call: CallSlack): Directory {
  const closing = new AbortController()
  const people = new Map<string, Entry<SlackPerson>>()
  const channels = new Map<string, Entry<string>>()

  const lookUp = async <Value>(
    asked: string,
    work: Parameters<typeof call>[2],
    read: (answer: unknown) => Value,
  ) => {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(LOOKUP_LIMIT_MS)])
    try {
      return read(await call(asked, signal, work))
    } catch (error) {
      // A look-up only decorates: whatever is wrong, the id stands in for the name.
      if (error instanceof HubError || error instanceof z.ZodError) return undefined
      throw error
    }
  }

  const personOf = (id: string): Promise<SlackPerson | undefined> =>
    remember(people, id, () =>
      lookUp(
        'users.info',
        (client) => client.users.info({ user: id, include_locale: true }),
        (answer) => describe(personSchema.parse(answer).user, id),
      ),
    )
  const channelOf = (id: string): Promise<string | undefined> =>
    remember(channels, id, () =>
      lookUp(
        'conversations.info',
        (client) => client.conversations.info({ channel: id }),
        (answer) => channelSchema.parse(answer).channel.name,
      ),
    )

  return {
    async find(wanted) {
      const foundPeople = new Map<string, SlackPerson>()
      const foundChannels = new Map<string, string>()
      await Promise.all([
        ...wanted.people.slice(0, MENTIONS_NAMED).map(async (id) => {
          const person = await personOf(id)
          if (person) foundPeople.set(id, person)
        }),
        ...wanted.channels.slice(0, MENTIONS_NAMED).map(async (id) => {
          const name = await channelOf(id)
          if (name !== undefined) foundChannels.set(id, name)
        }),
      ])
      return {
        details: (id) => foundPeople.get(id),
        person: (id) => foundPeople.get(id)?.name,
        channel: (id) => foundChannels.get(id),
      }
    },
    file: (id) =>
      lookUp(
        'files.info',
        (client) => client.files.info({ file: id }),
        (answer) => fileSchema.parse(answer).file,
      ),
    thread: (channel, ts) =>
      lookUp<unknown>(
        'conversations.replies',
        (client) => client.conversations.replies({ channel, ts, limit: 1 }),
        (answer) => answer,
      ),
    renamed(channel, name) {
      channels.set(channel, { value: Promise.resolve(name), until: performance.now() + REMEMBER_MS })
    },
    close: () => closing.abort(),
  }
}

function describe(user: z.infer<typeof personSchema>['user'], id: string): SlackPerson {
  const { profile, locale } = user
  const isAdmin = user.is_admin === true || user.is_owner === true
  const name = profile?.display_name || profile?.real_name || user.real_name || user.name || id
  return locale ? { name, language: locale, isAdmin } : { name, isAdmin }
}

/** Asks once for what several events want at the same time. Bounded: the oldest entries go first. */
async function remember<Value>(
  entries: Map<string, Entry<Value>>,
  id: string,
  ask: () => Promise<Value | undefined>,
): Promise<Value | undefined> {
  const known = entries.get(id)
  if (known && known.until > performance.now()) return await known.value
  const entry: Entry<Value> = { value: ask(), until: performance.now() + REMEMBER_MS }
  entries.delete(id)
  entries.set(id, entry)
  const [oldest] = entries.keys()
  if (entries.size > REMEMBERED && oldest !== undefined) entries.delete(oldest)
  const value = await entry.value
  if (value !== undefined) return value
  entry.until = performance.now() + REMEMBER_FAILURE_MS
  // An old name is better than none.
  if (known) entry.value = known.value
  return await known?.value
}
