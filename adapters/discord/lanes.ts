/** Work in order within a lane, lanes in parallel. */
export interface Lanes {
  /** `work` must not reject. False: too much is waiting, nothing was added. */
  add(lane: string, work: () => Promise<void>): boolean
  /** Resolves when everything added so far is done. */
  settled(): Promise<void>
}

export function createLanes(limit: number): Lanes {
  const tails = new Map<string, Promise<void>>()
  let waiting = 0
  return {
    add(lane, work) {
      if (waiting >= limit) return false
      waiting += 1
      const tail = (tails.get(lane) ?? Promise.resolve()).then(work).finally(() => {
        waiting -= 1
        if (tails.get(lane) === tail) tails.delete(lane)
      })
      tails.set(lane, tail)
      return true
    },
    async settled() {
      await Promise.all(tails.values())
    },
  }
}
