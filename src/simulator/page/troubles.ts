import type { DiscordEmulator } from '../discord/index.ts'
import type { FaultEffect, FaultPlan } from '../faults.ts'
import type { MatrixEmulator } from '../matrix/index.ts'
import type { ModelEmulator, WhisperEmulator } from '../models/index.ts'
import type { SlackEmulator } from '../slack/index.ts'
import type { TelegramEmulator } from '../telegram/index.ts'
import type { FaultKind, FaultTarget } from './sight.ts'

export interface Emulators {
  readonly slack: SlackEmulator
  readonly discord: DiscordEmulator
  readonly telegram: TelegramEmulator
  readonly matrix: MatrixEmulator
  readonly model: ModelEmulator
  readonly whisper: WhisperEmulator
}

type Stop = () => void

const SLOW_MS = 3_000
const RETRY_S = 2
/** Tokens after which a breaking model hangs up. */
const BREAK_AFTER = 25

const PLATFORM_KINDS = ['slow', 'limited', 'duplicating', 'dead'] as const

export const FAULT_CHOICES: Readonly<Record<FaultTarget, readonly FaultKind[]>> = {
  slack: PLATFORM_KINDS,
  discord: PLATFORM_KINDS,
  telegram: PLATFORM_KINDS,
  matrix: PLATFORM_KINDS,
  model: ['slow', 'limited', 'breaking', 'dead'],
  whisper: ['slow', 'limited', 'dead'],
}

export interface Troubles {
  readonly current: Readonly<Partial<Record<FaultTarget, FaultKind>>>
  /** Ends what the target suffers from; undefined leaves it well. Throws on a kind the target does not know. */
  set(target: FaultTarget, kind: FaultKind | undefined): void
  clear(): void
}

export function createTroubles(emulators: Emulators): Troubles {
  const current: Partial<Record<FaultTarget, FaultKind>> = {}
  const stops = new Map<FaultTarget, Stop>()

  const set = (target: FaultTarget, kind: FaultKind | undefined): void => {
    if (kind !== undefined && !FAULT_CHOICES[target].includes(kind))
      throw new Error(`${target} cannot be made ${kind}`)
    stops.get(target)?.()
    stops.delete(target)
    delete current[target]
    if (kind === undefined) return
    stops.set(target, begin(emulators, target, kind))
    current[target] = kind
  }

  return {
    current,
    set,
    clear() {
      for (const target of [...stops.keys()]) set(target, undefined)
    },
  }
}

function begin(emulators: Emulators, target: FaultTarget, kind: FaultKind): Stop {
  const { faults } = emulators[target]
  switch (kind) {
    case 'slow':
      return lasting(faults, { kind: 'delay', ms: SLOW_MS }, OUTBOUND[target])
    case 'limited':
      return lasting(faults, LIMITED[target], OUTBOUND[target])
    case 'dead':
      return all(lasting(faults, { kind: 'cut' }), hangUp(emulators, target))
    case 'duplicating':
      return duplicate(emulators, target)
    case 'breaking':
      return emulators.model.script({
        for: 'any',
        times: Number.POSITIVE_INFINITY,
        trouble: { kind: 'cut', afterTokens: BREAK_AFTER, how: 'reset' },
      })
  }
}

/** What a platform counts and delays: calls that write. Polls and handshakes are left alone. */
const OUTBOUND: Readonly<Record<FaultTarget, RegExp>> = {
  slack: /^POST \/api\/(chat|files|reactions|views|assistant)\./,
  discord: /^(POST|PATCH|PUT|DELETE) \/api\/v\d+\/(channels|webhooks)\//,
  telegram: /\/(send|edit|delete|setMessageReaction|forward|copy)\w*(\?|$)/i,
  matrix: /^(PUT|POST) .*\/(send|redact|typing|upload)\b/,
  model: /^POST \/v1\/chat/,
  whisper: /^POST \/v1\/audio/,
}

const headers = { 'retry-after': String(RETRY_S) }
const openAiLimit: FaultEffect = {
  kind: 'answer',
  status: 429,
  headers,
  body: { error: { message: 'Too many requests', type: 'rate_limit_error', param: null, code: 429 } },
}
const LIMITED: Readonly<Record<FaultTarget, FaultEffect>> = {
  slack: { kind: 'answer', status: 429, headers, body: { ok: false, error: 'ratelimited' } },
  discord: {
    kind: 'answer',
    status: 429,
    headers: { ...headers, 'x-ratelimit-scope': 'user' },
    body: { message: 'You are being rate limited.', retry_after: RETRY_S, global: false },
  },
  telegram: {
    kind: 'answer',
    status: 429,
    body: {
      ok: false,
      error_code: 429,
      description: `Too Many Requests: retry after ${RETRY_S}`,
      parameters: { retry_after: RETRY_S },
    },
  },
  matrix: {
    kind: 'answer',
    status: 429,
    headers,
    body: { errcode: 'M_LIMIT_EXCEEDED', error: 'Too Many Requests', retry_after_ms: RETRY_S * 1000 },
  },
  model: openAiLimit,
  whisper: openAiLimit,
}

function lasting(faults: FaultPlan, effect: FaultEffect, match?: RegExp): Stop {
  return faults.add({ effect, times: Number.POSITIVE_INFINITY, ...(match ? { match } : {}) })
}

/** Sockets that faults of requests do not reach. */
function hangUp({ slack, discord }: Emulators, target: FaultTarget): Stop {
  if (target === 'discord') return discord.gateway.takeDown()
  if (target === 'slack') slack.sockets.cut()
  return () => undefined
}

/** Tells the bot of everything twice. */
function duplicate({ slack, discord, telegram, matrix }: Emulators, target: FaultTarget): Stop {
  switch (target) {
    case 'slack':
      return slack.shapeDeliveries(() => ({ copies: 2 }))
    case 'discord': {
      const told = new Set<unknown>()
      const repeat = (): void => {
        for (const event of discord.gateway.sent.slice(-50)) {
          if (!/^(MESSAGE_|INTERACTION_)CREATE$/.test(event.type) || told.has(event.data)) continue
          told.add(event.data)
          if (event.at >= since) discord.redeliver(event)
        }
      }
      const since = Date.now()
      return discord.onChange(() => setImmediate(repeat))
    }
    case 'telegram': {
      let told = telegram.updates.length
      const repeat = (): void => {
        const fresh = telegram.updates.slice(told)
        for (const update of fresh) telegram.redeliver(update)
        told = telegram.updates.length
      }
      return telegram.onChange(() => setImmediate(repeat))
    }
    case 'matrix': {
      const told = new Set<string>()
      return matrix.onChange((change) => {
        if (change.kind !== 'event' || change.event.sender === matrix.botUserId) return
        const { roomId, event } = change
        if (told.has(event.event_id)) return
        told.add(event.event_id)
        setImmediate(() => matrix.redeliver(roomId, event.event_id))
      })
    }
    default:
      return () => undefined
  }
}

function all(...stops: readonly Stop[]): Stop {
  return () => {
    for (const stop of stops) stop()
  }
}
