import { HubError } from '../../src/model/errors.ts'

/** Lets so many in at once, the others in the order they came. */
export interface WaitingLine {
  /** Resolves with the call that makes room again. Rejects with the signal's reason, or `run_unavailable`. */
  enter(signal: AbortSignal): Promise<() => void>
  /** Sends away who waits; who is inside is not touched. */
  close(): void
}

interface Place {
  readonly admit: () => void
  readonly refuse: (reason: unknown) => void
}

export function createWaitingLine(room: number, maxWaiting: number): WaitingLine {
  const waiting: Place[] = []
  let inside = 0
  let isClosed = false

  function leave(): void {
    const next = waiting.shift()
    if (next === undefined) inside--
    else next.admit()
  }

  function ticket(): () => void {
    let isUsed = false
    return () => {
      if (isUsed) return
      isUsed = true
      leave()
    }
  }

  return {
    async enter(signal) {
      signal.throwIfAborted()
      if (isClosed) throw unavailable('The code runner is closed')
      if (inside < room) {
        inside++
        return ticket()
      }
      if (waiting.length >= maxWaiting) throw unavailable('Too many programs wait to be run')
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const place: Place = { admit: resolve, refuse: reject }
      const abort = (): void => {
        waiting.splice(waiting.indexOf(place), 1)
        reject(signal.reason)
      }
      waiting.push(place)
      signal.addEventListener('abort', abort, { once: true })
      try {
        await promise
      } finally {
        signal.removeEventListener('abort', abort)
      }
      return ticket()
    },
    close() {
      isClosed = true
      for (const place of waiting.splice(0)) place.refuse(unavailable('The code runner is closing'))
    },
  }
}

function unavailable(message: string): HubError {
  return new HubError('run_unavailable', message, { retry: { kind: 'later' } })
}
