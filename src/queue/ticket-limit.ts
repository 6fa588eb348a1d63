/** Adds allowed between two counts, at the least: how far one process may overshoot the limit. */
const SMALLEST_ALLOWANCE = 8

/**
 * Keeps the tickets of one pool about `limit`, over any number of processes, at the price of a count now and
 * then: what room a count finds is used up before the next one.
 */
export function createTicketLimit(limit: number, countTickets: () => Promise<number>) {
  let allowance = Math.ceil(limit / 4)
  let counting: Promise<number> | undefined
  let nextCount: Promise<number> | undefined

  async function count(): Promise<number> {
    const tickets = await countTickets()
    allowance = tickets < limit ? Math.max(SMALLEST_ALLOWANCE, Math.ceil((limit - tickets) / 4)) : 0
    return tickets
  }

  function startCount(): Promise<number> {
    const started = count().finally(() => {
      if (counting === started) counting = undefined
    })
    counting = started
    return started
  }

  // Never a count that began before the caller asked: the tickets it saw may have been taken before the
  // caller's work was stored, and nobody would come for it.
  function freshCount(): Promise<number> {
    if (counting === undefined) return startCount()
    nextCount ??= counting.then(noResult, noResult).then(() => {
      nextCount = undefined
      return startCount()
    })
    return nextCount
  }

  /** Whether one more ticket may be added; when not, `limit` tickets were waiting after the call began. */
  return async function admit(): Promise<boolean> {
    while (allowance <= 0) {
      if ((await freshCount()) >= limit) return false
    }
    allowance -= 1
    return true
  }
}

function noResult(): void {
  // Only the end of the count matters here; its callers get the error.
}
