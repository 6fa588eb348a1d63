import { discord } from '../../../adapters/discord/index.ts'
import { HubError } from '../../../src/model/errors.ts'
import type { ConnectionId } from '../../../src/model/ids.ts'
import type { InboundEvent, IngestOutcome } from '../../../src/model/inbound.ts'
import type { ConnectionState, Ingest } from '../../../src/ports/receiver.ts'
import {
  type DiscordEmulator,
  type DiscordEmulatorOptions,
  startDiscordEmulator,
} from '../../../src/simulator/discord/index.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import { watchWire } from './wire.ts'

export interface Hub {
  readonly emulator: DiscordEmulator
  /** What was taken in, in order. */
  readonly events: InboundEvent[]
  readonly states: ConnectionState[]
  readonly log: ReturnType<typeof createRecordingLogger>
  /** The next so many events are refused as if the database were away. */
  refuse(times: number): void
  /** What the core answers; by default everything is queued. */
  decide: (event: InboundEvent) => IngestOutcome
  /** Starts the receiver, or starts it anew; resolves once it is connected. */
  connect(credentials?: Readonly<Record<string, string>>): Promise<Running>
  readonly cursor: { value: unknown }
  close(): Promise<void>
}

export interface Running {
  readonly done: Promise<void>
  stop(): Promise<void>
}

/** An emulated Discord, and a hub that only records. */
export async function startHub(options: DiscordEmulatorOptions = {}): Promise<Hub> {
  const emulator = await startDiscordEmulator(options)
  const wire = watchWire(emulator)
  const events: InboundEvent[] = []
  const states: ConnectionState[] = []
  const log = createRecordingLogger()
  const cursor: { value: unknown } = { value: undefined }
  const running: Running[] = []
  let refusals = 0

  const ingest: Ingest = async (event, acknowledge) => {
    if (refusals > 0) {
      refusals -= 1
      throw new HubError('database_away', 'the database is away', { retry: { kind: 'later' } })
    }
    if (events.some(({ eventId }) => eventId === event.eventId)) return { kind: 'duplicate' }
    events.push(event)
    const outcome = hub.decide(event)
    await acknowledge?.(outcome)
    return outcome
  }

  const hub: Hub = {
    emulator,
    events,
    states,
    log,
    cursor,
    decide: () => ({ kind: 'queued' }),
    refuse(times) {
      refusals = times
    },
    async connect(credentials = {}) {
      const stop = new AbortController()
      const connected = Promise.withResolvers<void>()
      const receiver = discord.createReceiver(
        {
          connectionId: 'connection' as ConnectionId,
          slug: 'discord',
          publicUrl: undefined,
          ingest,
          cursor: {
            read: async () => cursor.value,
            write: async (value) => {
              cursor.value = structuredClone(value)
            },
          },
          report: (state) => {
            states.push(state)
            if (state.kind === 'connected') connected.resolve()
          },
          say: ({ key }, language) => `${key} (${language ?? 'en'})`,
          log,
        },
        { token: emulator.token, apiUrl: emulator.apiUrl, ...credentials },
      )
      const done = receiver.run(stop.signal)
      const one: Running = {
        done,
        async stop() {
          stop.abort()
          await done
        },
      }
      running.push(one)
      await Promise.race([connected.promise, done])
      return one
    },
    async close() {
      for (const one of running.splice(0)) await one.stop().catch(() => undefined)
      await emulator.close()
      wire.verify()
    },
  }
  return hub
}
