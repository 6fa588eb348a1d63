import { setTimeout as delay } from 'node:timers/promises'
import { freshId } from './identity.ts'
import type { SlackTeam, Wire } from './model.ts'
import type { World } from './world.ts'

export type DeliveryKind = 'events_api' | 'slash_commands' | 'interactive'

export interface DeliveryAttempt {
  /** Milliseconds. */
  readonly at: number
  readonly outcome: 'acked' | 'http_timeout' | 'http_error' | 'connection_failed' | 'timeout'
  readonly tookMs: number
}

/** One thing Slack wants the app to know, with every try to tell it. */
export interface Delivery {
  /** The event id; for commands and interactions, an id of this emulator's. */
  readonly id: string
  readonly kind: DeliveryKind
  /** Event type, command, or interaction type. */
  readonly type: string
  readonly teamId: string
  readonly payload: Wire
  readonly attempts: DeliveryAttempt[]
  state: 'pending' | 'acked' | 'gave up'
}

export type SendOutcome =
  | { readonly ok: true; readonly response: unknown }
  | {
      readonly ok: false
      readonly reason: Exclude<DeliveryAttempt['outcome'], 'acked'>
      readonly noRetry?: boolean
    }

export interface Transport {
  send(
    delivery: Delivery,
    retry: { attempt: number; reason: string },
    signal: AbortSignal,
  ): Promise<SendOutcome>
}

/** How one delivery is made to misbehave. Different delays put deliveries out of order. */
export interface DeliveryShape {
  /** How often it is sent at once; default 1. */
  readonly copies?: number
  readonly delayMs?: number
}

export interface DeliveryDesk {
  /** Bounded: the newest 10,000. */
  readonly log: readonly Delivery[]
  use(transport: Transport): void
  /** Applied to every new delivery until the returned function is called. */
  shape(shaper: (delivery: Delivery) => DeliveryShape | undefined): () => void
  /** Sends an event to the app, with Slack's retries. The promise settles with the last outcome. */
  event(team: SlackTeam, event: Wire): { delivery: Delivery; settled: Promise<SendOutcome> }
  /** Sends a command or interaction; Slack does not retry these. */
  ask(
    team: SlackTeam,
    kind: 'slash_commands' | 'interactive',
    type: string,
    payload: Wire,
  ): Promise<SendOutcome>
  /** The same payload under the same event id, as Slack does when it missed the acknowledgement. */
  redeliver(delivery: Delivery): Promise<SendOutcome>
  close(): Promise<void>
}

const LOG_LIMIT = 10_000

export function createDeliveryDesk(options: {
  world: World
  /** Pause before each retry of an event; its length is the number of retries. */
  retryDelaysMs: readonly number[]
}): DeliveryDesk {
  const { world } = options
  const { appId } = world.settings
  const log: Delivery[] = []
  const shapers = new Set<(delivery: Delivery) => DeliveryShape | undefined>()
  const running = new Set<Promise<unknown>>()
  const stopping = new AbortController()
  let transport: Transport | undefined

  const record = (kind: DeliveryKind, type: string, id: string, team: SlackTeam, payload: Wire): Delivery => {
    const delivery: Delivery = { id, kind, type, teamId: team.id, payload, attempts: [], state: 'pending' }
    log.push(delivery)
    if (log.length > LOG_LIMIT) log.shift()
    world.changed({ kind: 'delivery', id })
    return delivery
  }

  const attemptOnce = async (
    delivery: Delivery,
    retry: { attempt: number; reason: string },
  ): Promise<SendOutcome> => {
    const at = world.settings.now()
    const started = performance.now()
    const outcome: SendOutcome = transport
      ? await transport.send(delivery, retry, stopping.signal)
      : { ok: false, reason: 'connection_failed' }
    const tookMs = performance.now() - started
    delivery.attempts.push({ at, outcome: outcome.ok ? 'acked' : outcome.reason, tookMs })
    if (outcome.ok) delivery.state = 'acked'
    world.changed({ kind: 'delivery', id: delivery.id })
    return outcome
  }

  const run = async (delivery: Delivery): Promise<SendOutcome> => {
    const shape = [...shapers].map((shaper) => shaper(delivery)).find((found) => found !== undefined) ?? {}
    if (shape.delayMs !== undefined) await delay(shape.delayMs, undefined, { signal: stopping.signal })
    for (let copy = 1; copy < (shape.copies ?? 1); copy += 1) {
      background(track(attemptOnce(delivery, { attempt: 0, reason: '' })))
    }
    const delays = delivery.kind === 'events_api' ? options.retryDelaysMs : []
    let reason = ''
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await attemptOnce(delivery, { attempt, reason })
      if (outcome.ok) return outcome
      const pause = delays[attempt]
      if (pause === undefined || outcome.noRetry) {
        if (delivery.state === 'pending') delivery.state = 'gave up'
        world.changed({ kind: 'delivery', id: delivery.id })
        return outcome
      }
      reason = outcome.reason
      await delay(pause, undefined, { signal: stopping.signal })
    }
  }

  // Closing aborts what is under way; that outcome is nobody's failure.
  const track = (work: Promise<SendOutcome>): Promise<SendOutcome> => {
    const settled = work.catch((error: unknown): SendOutcome => {
      if (stopping.signal.aborted) return { ok: false, reason: 'connection_failed' }
      throw error
    })
    running.add(settled)
    const forget = (): boolean => running.delete(settled)
    settled.then(forget, forget)
    return settled
  }

  return {
    log,
    use(next) {
      transport = next
    },
    shape(shaper) {
      shapers.add(shaper)
      return () => shapers.delete(shaper)
    },
    event(team, event) {
      const id = freshId('Ev')
      const eventTs = typeof event.event_ts === 'string' ? event.event_ts : world.nextTs()
      const payload: Wire = {
        token: 'emulated-verification-token',
        team_id: team.id,
        context_team_id: team.id,
        context_enterprise_id: null,
        api_app_id: appId,
        event: { ...event, event_ts: eventTs },
        type: 'event_callback',
        event_id: id,
        event_time: Math.floor(Number(eventTs)),
        authorizations: [
          {
            enterprise_id: null,
            team_id: team.id,
            user_id: team.botUserId,
            is_bot: true,
            is_enterprise_install: false,
          },
        ],
        is_ext_shared_channel: false,
        event_context: `4-${id}`,
      }
      const delivery = record('events_api', String(event.type), id, team, payload)
      return { delivery, settled: track(run(delivery)) }
    },
    ask(team, kind, type, payload) {
      return track(run(record(kind, type, freshId('In'), team, payload)))
    },
    redeliver(delivery) {
      const attempt = Math.max(1, delivery.attempts.length)
      return track(attemptOnce(delivery, { attempt, reason: 'timeout' }))
    },
    async close() {
      stopping.abort()
      await Promise.allSettled(running)
    },
  }
}

/** For work whose failure is recorded elsewhere. A fault of the emulator itself surfaces as an uncaught error. */
export function background(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    queueMicrotask(() => {
      throw error
    })
  })
}
