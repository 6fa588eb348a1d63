import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { FaultEffect, WireRequest } from '../../src/simulator/faults.ts'
import { openStage, type Stage } from '../faults/stage.ts'
import {
  type Chat,
  startDiscordChat,
  startMatrixChat,
  startSlackChat,
  startTelegramChat,
} from '../support/chats/index.ts'
import { ANSWER } from './long-answer.ts'

/** How one long answer grew on a platform. Times are milliseconds since the model's first token. */
export interface Timeline {
  readonly bench: 'timeline'
  readonly platform: Chat['platform']
  readonly storm: boolean
  /** From the question's arrival at the platform to the model's first token. */
  readonly untilFirstTokenMs: number
  readonly firstVisibleMs: number
  /** What the platform lets an answer change by at the fastest. */
  readonly intervalMs: number
  readonly firstVisibleRatio: number
  readonly changesAtMs: readonly number[]
  readonly medianGapMs: number
  readonly modelEndedMs: number
  readonly wholeAtMs: number
  readonly calls: Readonly<Record<string, number>>
  readonly refused: number
  readonly messages: number
  readonly characters: number
  readonly whole: boolean
}

const TOKENS_PER_SECOND = 40
const LIMIT_MS = 240_000
const STORM_EVERY_MS = 4_000
const STORM_WAIT_S = 2

const STARTS: Readonly<Record<Chat['platform'], () => Promise<Chat>>> = {
  telegram: () => startTelegramChat({ rateLimits: true }),
  slack: () => startSlackChat({ rateLimits: true }),
  discord: () => startDiscordChat({ rateLimits: true }),
  matrix: () => startMatrixChat({ rateLimits: true }),
}
const INTERVAL_MS: Readonly<Record<Chat['platform'], number>> = {
  telegram: 3_100,
  slack: 1_000,
  discord: 1_200,
  matrix: 5_000,
}
const CALLS: Readonly<Record<Chat['platform'], RegExp>> = {
  telegram: /(sendMessage|editMessageText)/,
  slack: /chat\.(postMessage|update|startStream|appendStream|stopStream)/,
  discord: /^(POST|PATCH) .*\/channels\/\d+\/messages/,
  matrix: /\/send\/(m\.room\.message)\//,
}

/** One answer a platform at a time of its own, in a channel, under the platform's own limits. */
export async function* benchTimelines(): AsyncGenerator<Timeline> {
  for (const storm of [false, true]) {
    const chats = await Promise.all(Object.values(STARTS).map((start) => start()))
    const stage = await openStage({
      platforms: [],
      tokensPerSecond: TOKENS_PER_SECOND,
      environment: Object.assign({}, ...chats.map(({ environment }) => environment)),
    })
    try {
      await stage.start()
      await connected(stage)
      stage.model.script({ text: ANSWER, times: Number.POSITIVE_INFINITY })
      yield* await Promise.all(chats.map((chat) => record(stage, chat, storm)))
    } finally {
      await stage.close()
      await Promise.all(chats.map((chat) => chat.close()))
    }
  }
}

async function record(stage: Stage, chat: Chat, storm: boolean): Promise<Timeline> {
  const { platform } = chat
  const talk = chat.group()
  const name = `${platform} ${randomUUID().slice(0, 8)}`
  const changes: { at: number; text: string }[] = []
  const calls = new Map<string, number>()
  const shown = () =>
    talk
      .answers()
      .map(({ text }) => text)
      .join('\n')
  const unwatch = chat.onChange(() => {
    const text = shown()
    if (text !== '' && text !== '…' && text !== changes.at(-1)?.text) changes.push({ at: Date.now(), text })
  })
  const unlisten = chat.onRequest((request) => {
    const call = CALLS[platform].exec(lineOf(request))
    if (call) calls.set(call[1] ?? '', (calls.get(call[1] ?? '') ?? 0) + 1)
  })
  const weather = new AbortController()
  const refused = storm ? rage(chat, weather.signal) : Promise.resolve(0)
  try {
    const askedAt = Date.now()
    talk.say(`Tell me all about it, ${name}`, { mention: true })
    const request = () =>
      stage.model.requests.find(({ body }) => JSON.stringify(body.messages.at(-1)).includes(name))
    const whole = () => isWhole(shown())
    const giveUpAt = askedAt + LIMIT_MS
    while (Date.now() < giveUpAt && !(whole() && request()?.endedAt !== undefined)) await delay(50)
    const { firstTokenAt = askedAt, endedAt = askedAt } = request() ?? {}
    const at = changes.map((change) => change.at - firstTokenAt)
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0))
    const firstVisibleMs = at[0] ?? Number.NaN
    weather.abort()
    return {
      bench: 'timeline',
      platform,
      storm,
      untilFirstTokenMs: firstTokenAt - askedAt,
      firstVisibleMs,
      intervalMs: INTERVAL_MS[platform],
      firstVisibleRatio: Number((firstVisibleMs / INTERVAL_MS[platform]).toFixed(3)),
      changesAtMs: at,
      medianGapMs: gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0,
      modelEndedMs: endedAt - firstTokenAt,
      wholeAtMs: at.at(-1) ?? Number.NaN,
      calls: Object.fromEntries(calls),
      refused: await refused,
      messages: talk.answers().length,
      characters: shown().length,
      whole: whole(),
    }
  } finally {
    weather.abort()
    unwatch()
    unlisten()
  }
}

/** Every few seconds the next call is refused, in the platform's own shape. Resolves with how often. */
async function rage(chat: Chat, signal: AbortSignal): Promise<number> {
  const { platform, faults } = chat
  let pending = false
  let refused = 0
  const unlisten = chat.onRequest((request) => {
    if (!pending || !CALLS[platform].test(lineOf(request))) return
    pending = false
    refused += 1
  })
  while (!signal.aborted) {
    if (!pending) faults.add({ match: CALLS[platform], effect: refusal(platform), times: 1 })
    pending = true
    await delay(STORM_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
  unlisten()
  return refused
}

function refusal(platform: Chat['platform']): FaultEffect {
  const body = {
    telegram: {
      ok: false,
      error_code: 429,
      description: `Too Many Requests: retry after ${STORM_WAIT_S}`,
      parameters: { retry_after: STORM_WAIT_S },
    },
    slack: { ok: false, error: 'ratelimited' },
    discord: { message: 'You are being rate limited.', retry_after: STORM_WAIT_S, global: false },
    matrix: {
      errcode: 'M_LIMIT_EXCEEDED',
      error: 'Too Many Requests',
      retry_after_ms: STORM_WAIT_S * 1000,
    },
  }[platform]
  const headers = { 'retry-after': String(STORM_WAIT_S) }
  const discord = {
    'x-ratelimit-limit': '5',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset-after': String(STORM_WAIT_S),
    'x-ratelimit-bucket': randomUUID(),
    'x-ratelimit-scope': 'user',
  }
  return {
    kind: 'answer',
    status: 429,
    headers: platform === 'discord' ? { ...headers, ...discord } : headers,
    body,
  }
}

const lineOf = ({ method, path }: WireRequest): string => `${method} ${path}`

/** All words in their order, whatever the platform made of the marks; a fence's language need not be text. */
function isWhole(shown: string): boolean {
  const words = (text: string): readonly string[] => text.match(/[\p{L}\p{N}]{2,}/gu) ?? []
  const seen = words(shown)
  let next = 0
  for (const word of words(ANSWER.replace(/```\w+/g, ''))) {
    const found = seen.indexOf(word, next)
    if (found < 0) return false
    next = found + 1
  }
  return true
}

async function connected({ query }: Stage): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const rows = await query<{ state: string }>('select state from connections')
    if (rows.length === 4 && rows.every(({ state }) => state === 'connected')) return
    await delay(100)
  }
  throw new Error('not everything is connected')
}
