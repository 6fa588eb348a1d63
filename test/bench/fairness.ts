import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { migrateDatabase, openDatabase } from '../../src/db/database.ts'
import { messages } from '../../src/db/schema/conversation.ts'
import { turns } from '../../src/db/schema/work.ts'
import { createTurnStore } from '../../src/db/turn-store.ts'
import { externalId, type TurnId, type WorkspaceId } from '../../src/model/ids.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { createDatabase, openTestServer } from '../support/test-databases.ts'
import { sampleHub } from '../web/sample-hub.ts'

interface Arrival {
  readonly at: number
  readonly workspace: number
  readonly seconds: number
}

interface Begun {
  readonly arrival: Arrival
  readonly order: number
  readonly at: number
}

const DAY_S = 86_400

/**
 * A day of synthetic load on one model server, in simulated time and through the hub's own queue on a real
 * PostgreSQL: some workspaces ask now and then, one pours in bursts. Of each turn is counted how many turns of
 * each other workspace began while it waited; the fair share is one for each turn of its own workspace that was
 * before it, and one for itself.
 */
export async function* benchFairness(options: { readonly turns?: number } = {}): AsyncGenerator<object> {
  const load = dayOfLoad(options.turns ?? 1500)
  const begun = await simulate(load.arrivals, load.places)
  const excess = begun.map((one) => beyondFairShare(one, begun))
  const waits = (heavy: boolean) =>
    begun
      .filter(({ arrival }) => (arrival.workspace === 0) === heavy)
      .map(({ arrival, at }) => at - arrival.at)
      .sort((a, b) => a - b)
  const at = (sorted: readonly number[], share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  yield {
    bench: 'fairness',
    turns: begun.length,
    workspaces: load.workspaces,
    places: load.places,
    mostTurnsBeyondFairShare: Math.max(...excess),
    greedyWaitMedianS: at(waits(true), 0.5),
    greedyWaitMostS: at(waits(true), 1),
    othersWaitMedianS: at(waits(false), 0.5),
    othersWait99S: at(waits(false), 0.99),
    othersWaitMostS: at(waits(false), 1),
  }
}

function dayOfLoad(count: number) {
  const workspaces = 8
  const places = 4
  let seed = 42
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed / 2 ** 31
  }
  const arrivals: Arrival[] = []
  const seconds = () => 10 + random() * 50
  // Half of it is one workspace's, in bursts that alone fill the server for a while.
  while (arrivals.length < count / 2) {
    const at = random() * DAY_S
    for (let n = 0; n < 60; n++) arrivals.push({ at: at + random() * 20, workspace: 0, seconds: seconds() })
  }
  while (arrivals.length < count) {
    // More by day than by night.
    const at = (random() + random() + random()) * (DAY_S / 3)
    arrivals.push({ at, workspace: 1 + Math.floor(random() * (workspaces - 1)), seconds: seconds() })
  }
  return { workspaces, places, arrivals: arrivals.sort((a, b) => a.at - b.at) }
}

const owner = randomUUID()

async function simulate(arrivals: readonly Arrival[], places: number): Promise<readonly Begun[]> {
  const server = await openTestServer()
  const database = await createDatabase(server.url)
  const open = openDatabase(database.connectionString, createRecordingLogger(), 4)
  try {
    await migrateDatabase(open.pool)
    const hub = sampleHub(open.db)
    const store = createTurnStore(open.db)
    const connection = await hub.connection('telegram', 'Brain')
    const rooms = new Map<number, Awaited<ReturnType<typeof room>>>()
    const room = async (workspace: number) => {
      const workspaceId = await hub.workspace(connection, `team ${workspace}`)
      const place = await hub.channel(connection, workspaceId, `room ${workspace}`)
      return { place, workspaceId, personId: await hub.person(connection, `person ${workspace}`) }
    }
    const known = new Map<TurnId, Arrival>()
    const arrive = async (arrival: Arrival): Promise<void> => {
      const { place, personId } = rooms.get(arrival.workspace) ?? (await room(arrival.workspace))
      const conversationId = await hub.conversation(place)
      const [message] = await open.db
        .insert(messages)
        .values({
          ...{ ...place, conversationId, personId, text: 'hello', at: new Date() },
          target: { channel: externalId('c') },
          externalId: externalId(`m${known.size}`),
        })
        .returning({ id: messages.id })
      if (!message) throw new Error('no message was written')
      const [turn] = await open.db
        .insert(turns)
        .values({
          workspaceId: place.workspaceId as WorkspaceId,
          conversationId,
          messageId: message.id,
          step: 'reply',
        })
        .returning({ id: turns.id })
      if (turn) known.set(turn.id, arrival)
    }
    for (const workspace of new Set(arrivals.map((one) => one.workspace)))
      rooms.set(workspace, await room(workspace))

    const begun: Begun[] = []
    const running: { readonly endsAt: number; readonly end: () => Promise<unknown> }[] = []
    const waiting = [...arrivals]
    let now = 0
    while (waiting.length > 0 || running.length > 0 || begun.length < known.size) {
      while (running.length < places) {
        const turn = await store.claim('reply', owner, 3_600_000)
        if (!turn) break
        const arrival = known.get(turn.id)
        if (!arrival) throw new Error('an unknown turn was claimed')
        begun.push({ arrival, order: begun.length, at: now })
        running.push({ endsAt: now + arrival.seconds, end: () => store.end(turn.lease, turn.id, 'done') })
      }
      running.sort((a, b) => a.endsAt - b.endsAt)
      const nextEnd = running[0]?.endsAt ?? Number.POSITIVE_INFINITY
      const nextArrival = waiting[0]?.at ?? Number.POSITIVE_INFINITY
      now = Math.min(nextEnd, nextArrival)
      if (now === Number.POSITIVE_INFINITY) break
      if (nextArrival <= nextEnd) {
        const arrival = waiting.shift()
        if (arrival) await arrive(arrival)
      } else await running.shift()?.end()
      if (begun.length % 200 === 0) await open.db.execute(sql`analyze turns`)
    }
    return begun
  } finally {
    await open.close()
    await database.close()
    await server.close()
  }
}

/** The most turns of one other workspace that began while this one waited, beyond what the fair share gives it. */
function beyondFairShare({ arrival, order }: Begun, all: readonly Begun[]): number {
  const own = all.filter((other) => other.arrival.workspace === arrival.workspace)
  const before = own.filter(
    (other) => other.order < order && other.at >= arrival.at && other.arrival.at <= arrival.at,
  ).length
  const begunMeanwhile = new Map<number, number>()
  for (const other of all) {
    if (other.order >= order || other.at < arrival.at || other.arrival.workspace === arrival.workspace)
      continue
    begunMeanwhile.set(other.arrival.workspace, (begunMeanwhile.get(other.arrival.workspace) ?? 0) + 1)
  }
  const most = Math.max(0, ...begunMeanwhile.values())
  return Math.max(0, most - (before + 1))
}
