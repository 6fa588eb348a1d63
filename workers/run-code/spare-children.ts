import { HubError } from '../../src/model/errors.ts'
import type { Child } from './child.ts'

/** Keeps a few children started, so that a program need not wait for its process. */
export interface SpareChildren {
  /** A ready child, now the caller's to kill. Rejects with `run_unavailable`. */
  take(): Promise<Child>
  /** Kills every child it ever gave that still lives, and waits for their ends. */
  close(): Promise<void>
}

export function createSpareChildren(size: number, start: () => Child): SpareChildren {
  const alive = new Set<Child>()
  const spare: Child[] = []
  let isClosed = false

  function add(): Child {
    if (isClosed)
      throw new HubError('run_unavailable', 'The code runner is closed', { retry: { kind: 'later' } })
    const child = start()
    alive.add(child)
    void child.ended.then(() => {
      alive.delete(child)
      const index = spare.indexOf(child)
      // Not replaced before the next take: where children cannot start, this must not spin.
      if (index >= 0) spare.splice(index, 1)
    })
    return child
  }

  function fill(): void {
    while (!isClosed && spare.length < size) spare.push(add())
  }

  fill()
  return {
    async take() {
      const child = spare.shift() ?? add()
      fill()
      try {
        await child.ready
        return child
      } catch {
        // A spare may have been killed while idle, for one by the kernel; a fresh one decides.
        const fresh = add()
        await fresh.ready
        return fresh
      }
    },
    async close() {
      isClosed = true
      const ends = [...alive].map((child) => {
        child.kill()
        return child.ended
      })
      await Promise.all(ends)
    },
  }
}
