import { HubError } from '../model/errors.ts'

/** Of the database's connections, those that intake may take: workers and the admin need the others. */
const CONCURRENT = 8
const WAITING = 2_000

export interface IntakeGate {
  /**
   * Runs `work` when there is room, in the order of asking. The same name again, while the first is under way,
   * waits for the first and gives undefined: a platform that redelivers what it believes lost would otherwise
   * queue up behind itself. Rejects with `intake_full` (later) when too many wait.
   */
  pass<Result>(name: string, work: () => Promise<Result>): Promise<Result | undefined>
}

export function createIntakeGate(): IntakeGate {
  const underWay = new Map<string, Promise<unknown>>()
  const waiting: (() => void)[] = []
  let running = 0

  const enter = async (): Promise<void> => {
    if (running < CONCURRENT) {
      running += 1
      return
    }
    if (waiting.length >= WAITING) {
      throw new HubError('intake_full', 'too many events wait to be stored', { retry: { kind: 'later' } })
    }
    // Whoever leaves hands its place on, so `running` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
  const run = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }

  return {
    async pass(name, work) {
      const first = underWay.get(name)
      if (first !== undefined) {
        await first
        return undefined
      }
      const mine = run(work).finally(() => underWay.delete(name))
      underWay.set(name, mine)
      return await mine
    },
  }
}
