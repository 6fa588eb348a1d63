import { HubError } from '../../src/model/errors.ts'
import type { Child } from './child.ts'

/** Keeps a few children started, so that a program need not wait for its process. */
export interface SpareChildren {
  /** A ready child, now the caller's to kill. Rejects with `run_unavailable`. */
  take(): Promise<Child>
  /** Kills every child it ever gave that still lives, and waits for their ends. */
  close(): Promise<void>
}

export interface SpareOptions {
  readonly size: number
  /** Started before the first is asked for, and replaced at once; else when the first has ended. */
  readonly isEager: boolean
  /** After so long without a call, spares are let go; undefined: never. */
  readonly idleMs: number | undefined
  readonly start: () => Promise<Child>
}

export function createSpareChildren({ size, isEager, idleMs, start }: SpareOptions): SpareChildren {
  const alive = new Set<Child>()
  const spare: Promise<Child>[] = []
  let isClosed = false
  let idle: NodeJS.Timeout | undefined

  async function add(): Promise<Child> {
    refuseClosed()
    const child = await start()
    if (isClosed) child.kill()
    alive.add(child)
    void child.ended.then(() => alive.delete(child))
    refuseClosed()
    return child
  }

  function refuseClosed(): void {
    if (isClosed)
      throw new HubError('run_unavailable', 'The code runner is closed', { retry: { kind: 'later' } })
  }

  /** A spare that dies is not replaced before the next take: where children cannot start, this must not spin. */
  function fill(): void {
    while (!isClosed && spare.length < size) {
      const child = add()
      spare.push(child)
      const drop = (): void => {
        const index = spare.indexOf(child)
        if (index >= 0) spare.splice(index, 1)
      }
      child.then(({ ended }) => void ended.then(drop), drop)
    }
  }

  function letGo(): void {
    for (const child of spare.splice(0)) void child.then(({ kill }) => kill()).catch(() => undefined)
  }

  async function living(first: Promise<Child>): Promise<Child> {
    try {
      const child = await first
      await child.ready
      return child
    } catch {
      // A spare may have been killed while idle, for one by the kernel; a fresh one decides.
      const fresh = await add()
      await fresh.ready
      return fresh
    }
  }

  if (isEager) fill()
  return {
    async take() {
      clearTimeout(idle)
      if (idleMs !== undefined && !isClosed) idle = setTimeout(letGo, idleMs).unref()
      const first = spare.shift() ?? add()
      if (isEager) fill()
      const child = await living(first)
      // Starting one takes the processor for a while: not from the program that is about to run.
      if (!isEager) void child.ended.then(fill)
      return child
    },
    async close() {
      isClosed = true
      clearTimeout(idle)
      letGo()
      const ends = [...alive].map((child) => {
        child.kill()
        return child.ended
      })
      await Promise.all(ends)
    },
  }
}
