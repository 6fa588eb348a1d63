import { setTimeout as delay } from 'node:timers/promises'
import { SocketModeClient } from '@slack/socket-mode'
import { z } from 'zod'
import type { Logger } from '../../src/ports/logger.ts'
import { type Delivery, parseObject } from './delivery.ts'
import { asPlatformError, unreachable } from './errors.ts'
import { asAppTokenError } from './identify.ts'
import { clientOptions, sdkLogger } from './web-api.ts'

const OPEN_LIMIT_MS = 10_000
const DRAIN_LIMIT_MS = 2_000
const GOODBYE_LIMIT_MS = 1_000

export interface SocketSession {
  /** Slack announced that it will end this connection, or it is gone: time for another. */
  readonly leaving: Promise<void>
  /** Lets what is under way acknowledge, then closes; within 4 s. */
  close(): Promise<void>
}

const envelopeSchema = z.object({
  ack: z.custom<(response?: object) => Promise<void>>((value) => typeof value === 'function'),
  body: z.record(z.string(), z.unknown()),
  retry_num: z.number().nullish(),
  retry_reason: z.string().nullish(),
})

/**
 * The SDK's client, kept from two things: on `disconnect` it hangs up at once and comes back seconds later,
 * where Slack gives time to open the next connection first; and `app_rate_limited`, a payload without an
 * event, makes it throw where nobody catches (3.1.0).
 */
class AttentiveSocketClient extends SocketModeClient {
  readonly announced = Promise.withResolvers<void>()

  protected override async onWebSocketMessage(data: string | ArrayBuffer, isBinary: boolean): Promise<void> {
    if (isBinary || typeof data !== 'string') return
    const message = parseObject(data)
    if (message?.type === 'disconnect') return this.announced.resolve()
    if (message?.type !== 'events_api') return await super.onWebSocketMessage(data, isBinary)
    const payload = z.record(z.string(), z.unknown()).safeParse(message.payload)
    if (!payload.success) return
    const whole = payload.data.event ? payload.data : { ...payload.data, event: { type: payload.data.type } }
    await super.onWebSocketMessage(JSON.stringify({ ...message, payload: whole }), isBinary)
  }
}

/** Opens one Socket Mode connection. Rejects with a HubError when it is not there within 10 s. */
export async function openSocketSession(options: {
  readonly appToken: string
  readonly apiUrl: string
  readonly take: (delivery: Delivery) => Promise<unknown>
  readonly log: Logger
  readonly signal: AbortSignal
}): Promise<SocketSession> {
  const { appToken, apiUrl, take, log } = options
  const limit = AbortSignal.any([options.signal, AbortSignal.timeout(OPEN_LIMIT_MS)])
  const client = new AttentiveSocketClient({
    appToken,
    // Its own reconnecting leaves a rejection unhandled when Slack cannot be reached: the end of the process.
    autoReconnectEnabled: false,
    logger: sdkLogger(log),
    clientOptions: clientOptions({ apiUrl, log, limitMs: OPEN_LIMIT_MS, signal: limit }),
  })
  const gone = Promise.withResolvers<void>()
  const underWay = new Set<Promise<unknown>>()
  client.on('slack_event', (raw: unknown) => {
    const envelope = envelopeSchema.safeParse(raw)
    if (!envelope.success) return
    const { body, ack, retry_num: retryNum, retry_reason: retryReason } = envelope.data
    const work: Promise<unknown> = take({
      body,
      retryNum: retryNum ?? undefined,
      retryReason: retryReason ?? undefined,
      acknowledge: (response) => ack(response),
    }).finally(() => underWay.delete(work))
    underWay.add(work)
  })
  await start(client, limit)
  client.on('disconnected', () => gone.resolve())

  return {
    leaving: Promise.race([client.announced.promise, gone.promise]),
    async close() {
      await atMost(DRAIN_LIMIT_MS, Promise.allSettled(underWay))
      await hangUp(client)
    },
  }
}

async function start(client: SocketModeClient, limit: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<never>()
  const stop = (): void => stopped.reject(unreachable('Slack did not open a Socket Mode connection in time'))
  limit.addEventListener('abort', stop, { once: true })
  try {
    if (limit.aborted) stop()
    await Promise.race([client.start(), stopped.promise])
  } catch (error) {
    await hangUp(client)
    // A socket that closes before its hello rejects with nothing at all.
    if (error === undefined) throw unreachable('Slack closed the Socket Mode connection at once')
    throw asAppTokenError(asPlatformError(error, 'apps.connections.open'))
  } finally {
    limit.removeEventListener('abort', stop)
    stopped.promise.catch(() => undefined)
  }
}

/** A second `disconnect` ends at once what the first asked the other side to end, which may take 30 s. */
async function hangUp(client: SocketModeClient): Promise<void> {
  const bye = client.disconnect()
  if (await atMost(GOODBYE_LIMIT_MS, bye)) return
  await atMost(GOODBYE_LIMIT_MS, client.disconnect())
}

async function atMost(ms: number, work: Promise<unknown>): Promise<boolean> {
  const enough = new AbortController()
  const late = delay(ms, false, { signal: enough.signal }).catch(() => false)
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    enough.abort()
  }
}
