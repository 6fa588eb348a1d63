import { HubError } from '../../src/model/errors.ts'
import type { RunAsker } from '../../src/ports/code-runner.ts'

/** Who may be inside at the same time. */
export interface Room {
  readonly inAll: number
  readonly perWorkspace: number
  readonly perPerson: number
  readonly maxWaiting: number
}

/** Lets so many in at once; who waits goes in fairly: by turns of workspaces, in each by turns of people. */
export interface WaitingLine {
  /**
   * Resolves with the call that makes room again. Rejects with the signal's reason, or `run_unavailable`.
   * `onWaiting` is told how many go in before, whenever that changes.
   */
  enter(signal: AbortSignal, asker?: RunAsker, onWaiting?: (ahead: number) => void): Promise<() => void>
  /** Sends away who waits; who is inside is not touched. */
  close(): void
}

interface Place {
  readonly asker: RunAsker
  readonly admit: () => void
  readonly refuse: (reason: unknown) => void
  readonly onWaiting: (ahead: number) => void
  told: number
}

const NOBODY: RunAsker = { workspace: '', person: '' }

export function createWaitingLine(room: Room): WaitingLine {
  const waiting: Place[] = []
  const inside = createTally()
  let isClosed = false

  const fits = (tally: Tally, { workspace, person }: RunAsker): boolean =>
    tally.all < room.inAll &&
    (workspace === '' || tally.of(workspace) < room.perWorkspace) &&
    (person === '' || tally.of(`${workspace} ${person}`) < room.perPerson)

  /** Of those who may go in: the one whose workspace, then who oneself, has the fewest inside; else who came first. */
  function next(tally: Tally, line: readonly Place[]): Place | undefined {
    let best: Place | undefined
    for (const place of line) {
      const isLighter = best === undefined || tally.load(place.asker) < tally.load(best.asker)
      if (isLighter && fits(tally, place.asker)) best = place
    }
    return best
  }

  function advance(): void {
    for (let place = next(inside, waiting); place !== undefined; place = next(inside, waiting)) {
      waiting.splice(waiting.indexOf(place), 1)
      inside.add(place.asker)
      place.admit()
    }
    tellPlaces()
  }

  /** As if each who goes in left before the next one goes: what people see is their turn, not a promise. */
  function tellPlaces(): void {
    const line = [...waiting]
    const served = inside.copy()
    for (let ahead = 0; line.length > 0; ahead++) {
      const place = line.reduce((best, one) =>
        served.load(one.asker) < served.load(best.asker) ? one : best,
      )
      line.splice(line.indexOf(place), 1)
      served.add(place.asker)
      if (place.told !== ahead) place.onWaiting(ahead)
      place.told = ahead
    }
  }

  function ticket(asker: RunAsker): () => void {
    let isUsed = false
    return () => {
      if (isUsed) return
      isUsed = true
      inside.remove(asker)
      advance()
    }
  }

  return {
    async enter(signal, asker = NOBODY, onWaiting = () => undefined) {
      signal.throwIfAborted()
      if (isClosed) throw unavailable('The code runner is closed')
      if (waiting.length === 0 && fits(inside, asker)) {
        inside.add(asker)
        return ticket(asker)
      }
      if (waiting.length >= room.maxWaiting) throw unavailable('Too many programs wait to be run')
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const place: Place = { asker, admit: resolve, refuse: reject, onWaiting, told: -1 }
      const abort = (): void => {
        const index = waiting.indexOf(place)
        if (index >= 0) waiting.splice(index, 1)
        reject(signal.reason)
        tellPlaces()
      }
      waiting.push(place)
      signal.addEventListener('abort', abort, { once: true })
      advance()
      try {
        await promise
      } finally {
        signal.removeEventListener('abort', abort)
      }
      return ticket(asker)
    },
    close() {
      isClosed = true
      for (const place of waiting.splice(0)) place.refuse(unavailable('The code runner is closing'))
    },
  }
}

type Tally = ReturnType<typeof createTally>

/** How many of each are inside. */
function createTally(counts = new Map<string, number>(), total = 0) {
  let all = total
  const change = (key: string, by: number): void => {
    const now = (counts.get(key) ?? 0) + by
    if (now > 0) counts.set(key, now)
    else counts.delete(key)
  }
  const of = (key: string): number => counts.get(key) ?? 0
  const both = ({ workspace, person }: RunAsker, by: number): void => {
    all += by
    change(workspace, by)
    change(`${workspace} ${person}`, by)
  }
  return {
    get all() {
      return all
    },
    of,
    load: ({ workspace, person }: RunAsker): number => of(workspace) * 1_000 + of(`${workspace} ${person}`),
    add: (asker: RunAsker) => both(asker, 1),
    remove: (asker: RunAsker) => both(asker, -1),
    copy: () => createTally(new Map(counts), all),
  }
}

function unavailable(message: string): HubError {
  return new HubError('run_unavailable', message, { retry: { kind: 'later' } })
}
