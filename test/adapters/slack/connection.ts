import { afterEach, expect, vi } from 'vitest'
import { slack as adapter } from '../../../adapters/slack/index.ts'
import type { ConnectionId, ExternalId } from '../../../src/model/ids.ts'
import { externalId } from '../../../src/model/ids.ts'
import type { InboundEvent } from '../../../src/model/inbound.ts'
import type { Control, PostRequest, Target } from '../../../src/model/outbound.ts'
import type { Credentials } from '../../../src/ports/platform-adapter.ts'
import type { ConnectionState, Ingest, Receiver } from '../../../src/ports/receiver.ts'
import {
  type SlackChannel,
  type SlackEmulator,
  type SlackEmulatorOptions,
  type SlackMessage,
  startSlackEmulator,
} from '../../../src/simulator/slack/index.ts'
import { startWireServer } from '../../../src/simulator/wire-server.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import { watchWire } from '../../support/wire-check.ts'

const closers: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Closed after the test, which fails where a request was not as Slack's descriptions want it. */
export async function startSlack(options: SlackEmulatorOptions = {}): Promise<SlackEmulator> {
  const slack = await startSlackEmulator({ retryDelaysMs: [0, 50, 50], ...options })
  const wire = watchWire('slack', slack)
  closers.push(async () => {
    await slack.close()
    expect(wire.violations).toEqual([])
  })
  return slack
}

export interface Connection {
  readonly receiver: Receiver
  /** What was committed, in order. */
  readonly events: InboundEvent[]
  readonly states: ConnectionState[]
  readonly log: ReturnType<typeof createRecordingLogger>
  /** How `run` ended. */
  readonly ended: Promise<unknown>
  stop(): Promise<void>
}

/** With the bot tokens of all teams. */
export function credentialsOf(slack: SlackEmulator, mode: 'socket' | 'http' = 'socket'): Credentials {
  return {
    botToken: [...slack.teams.values()].map(({ botToken }) => botToken).join(', '),
    apiUrl: slack.apiUrl,
    ...(mode === 'socket' ? { appToken: slack.appToken } : { signingSecret: slack.signingSecret }),
  }
}

/** What the hub behind the receiver does with an event. */
export interface Behaviour {
  /** Throws where the hub would fail to store it. */
  readonly refuse?: (event: InboundEvent) => void | Promise<void>
  /** What follows the commit: answers given at once. */
  readonly answer?: () => Promise<void>
}

export function runReceiver(credentials: Credentials, { refuse, answer }: Behaviour = {}): Connection {
  const events: InboundEvent[] = []
  const states: ConnectionState[] = []
  const log = createRecordingLogger()
  const ingest: Ingest = async (event, acknowledge) => {
    await refuse?.(event)
    events.push(event)
    await acknowledge?.({ kind: 'queued' })
    await answer?.()
    return { kind: 'queued' }
  }
  const receiver = adapter.createReceiver(
    {
      connectionId: 'connection-1' as ConnectionId,
      ingest,
      cursor: { read: async () => undefined, write: async () => undefined },
      slug: 'slack',
      publicUrl: undefined,
      report: (state) => states.push(state),
      say: ({ key }, language) => `${key.split('.').at(-1)} ${language ?? ''}`.trim(),
      log,
    },
    credentials,
  )
  const stopping = new AbortController()
  const ended = receiver.run(stopping.signal).then(
    () => undefined,
    (error: unknown) => error,
  )
  const stop = async (): Promise<void> => {
    stopping.abort()
    expect(await ended).toBeUndefined()
  }
  closers.push(async () => {
    stopping.abort()
    await ended
  })
  return { receiver, events, states, log, ended, stop }
}

/** A receiver that Slack already delivers to. */
export async function connect(
  slack: SlackEmulator,
  { mode = 'socket', ...behaviour }: Behaviour & { readonly mode?: 'socket' | 'http' } = {},
): Promise<Connection> {
  const connection = runReceiver(credentialsOf(slack, mode), behaviour)
  await vi.waitFor(() => expect(connection.states).toMatchObject([{ kind: 'connected' }]), 5_000)
  if (mode === 'http') await slack.deliverTo({ kind: 'http', url: await serve(connection.receiver) })
  return connection
}

/** The address of a door like the hub's `/slack/events`. */
export async function serve(receiver: Receiver): Promise<string> {
  const server = await startWireServer({
    async handle({ method, path, headers, body }) {
      const answer = await receiver.http?.({ method, url: path, headers, rawBody: body })
      return answer ?? { status: 404 }
    },
  })
  closers.push(() => server.close())
  return `${server.url}/slack/events`
}

/** Waits until as many events were committed. */
export async function committed(connection: Connection, count: number): Promise<InboundEvent[]> {
  await vi.waitFor(() => expect(connection.events.length).toBeGreaterThanOrEqual(count), 5_000)
  return connection.events
}

/** Every delivery was acknowledged. */
export async function settled(slack: SlackEmulator): Promise<void> {
  await vi.waitFor(() => {
    expect(slack.deliveries.length).toBeGreaterThan(0)
    expect(slack.deliveries.filter(({ state }) => state !== 'acked')).toEqual([])
  }, 5_000)
}

export function senderFor(slack: SlackEmulator) {
  return adapter.createSender(credentialsOf(slack), createRecordingLogger())
}

export const signal = new AbortController().signal

export function targetIn(channel: SlackChannel, detail: Record<string, string | number> = {}): Target {
  return { channel: externalId(channel.id), ...detail }
}

export function textPost(
  target: Target,
  text: string,
  options: { key?: string; private?: boolean; final?: boolean; controls?: readonly Control[] } = {},
): PostRequest {
  const { key = 'key1', controls = [] } = options
  return {
    target,
    key,
    private: options.private ?? false,
    final: options.final ?? true,
    content: { kind: 'text', part: { body: { text } }, controls },
  }
}

export function shown(slack: SlackEmulator, channel: SlackChannel, id: ExternalId): SlackMessage | undefined {
  return slack.messages(channel).find(({ ts }) => ts === id)
}
