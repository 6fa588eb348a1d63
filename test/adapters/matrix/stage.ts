import { afterEach, expect, vi } from 'vitest'
import { createReceiver } from '../../../adapters/matrix/receive.ts'
import type { ConnectionId } from '../../../src/model/ids.ts'
import type { InboundEvent, InboundMessage } from '../../../src/model/inbound.ts'
import type { Credentials } from '../../../src/ports/platform-adapter.ts'
import type { ConnectionState, Cursor } from '../../../src/ports/receiver.ts'
import {
  type MatrixEmulator,
  type MatrixEmulatorOptions,
  startMatrixEmulator,
} from '../../../src/simulator/matrix/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import { watchWire } from '../../support/wire-check.ts'

const opened: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

/** A homeserver on which every request is held against the published description. */
export async function openMatrix(options: MatrixEmulatorOptions = {}): Promise<MatrixEmulator> {
  const matrix = await startMatrixEmulator(options)
  const wire = watchWire('matrix', matrix)
  opened.push(async () => {
    await matrix.close()
    expect(wire.violations).toEqual([])
  })
  return matrix
}

/** As a database would keep it: what is read is never what was written. */
export function memoryCursor(): Cursor & { stored: string | undefined; failWrites: number } {
  return {
    stored: undefined,
    failWrites: 0,
    async read() {
      return this.stored === undefined ? undefined : JSON.parse(this.stored)
    },
    async write(value) {
      if (this.failWrites > 0) {
        this.failWrites -= 1
        throw new Error('the database is away')
      }
      this.stored = JSON.stringify(value)
    },
  }
}

export interface Listening {
  /** What was committed, in order. */
  readonly events: InboundEvent[]
  readonly states: ConnectionState[]
  readonly log: ReturnType<typeof createRecordingLogger>
  /** Resolves with how the receiver ended: undefined, or what it rejected with. */
  readonly ended: Promise<unknown>
  message(text: string): Promise<InboundMessage>
  stop(): Promise<void>
}

/** Runs the adapter's receiver; resolves once it says that it is connected, or has ended. */
export async function listen(
  matrix: MatrixEmulator,
  options: {
    readonly cursor?: Cursor
    readonly credentials?: Credentials
    /** Asked before each commit; what it throws is how the commit fails. */
    readonly beforeCommit?: (event: InboundEvent) => void | Promise<void>
  } = {},
): Promise<Listening> {
  const events: InboundEvent[] = []
  const states: ConnectionState[] = []
  const log = createRecordingLogger()
  const ending = new AbortController()
  const context = {
    connectionId: 'c1' as ConnectionId,
    slug: 'matrix',
    publicUrl: undefined,
    cursor: options.cursor ?? memoryCursor(),
    report: (state: ConnectionState) => void states.push(state),
    say: () => '',
    log,
    async ingest(event: InboundEvent) {
      await options.beforeCommit?.(event)
      events.push(event)
      return { kind: 'queued' } as const
    },
  }
  const credentials = options.credentials ?? { homeserverUrl: matrix.url, accessToken: matrix.accessToken }
  let hasEnded = false
  const ended = createReceiver(context, credentials)
    .run(ending.signal)
    .then(
      () => undefined,
      (error: unknown) => error,
    )
    .finally(() => {
      hasEnded = true
    })
  const stop = async () => {
    ending.abort()
    await ended
  }
  opened.push(stop)
  await vi.waitFor(
    () => expect(hasEnded || states.some(({ kind }) => kind === 'connected')).toBe(true),
    5_000,
  )
  return {
    events,
    states,
    log,
    ended,
    stop,
    message: (text) =>
      vi.waitFor(() => {
        const found = events.find((event) => event.kind === 'message' && event.text === text)
        if (found?.kind !== 'message') throw new Error(`not heard: ${text}; heard: ${textsOf(events)}`)
        return found
      }, 5_000),
  }
}

export function textsOf(events: readonly InboundEvent[]): string[] {
  return events.flatMap((event) => ('text' in event ? [event.text] : []))
}
