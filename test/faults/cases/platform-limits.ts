import { randomUUID } from 'node:crypto'
import { startDiscordEmulator } from '../../../src/simulator/discord/index.ts'
import type { WireRequest } from '../../../src/simulator/faults.ts'
import {
  type Chat,
  startDiscordChat,
  startMatrixChat,
  startSlackChat,
  startTelegramChat,
} from '../../support/chats/index.ts'
import type { FaultCase, Finding, Settings } from '../case.ts'
import { pause } from '../crowd.ts'
import { texts, withParts } from '../with-parts.ts'

/** Posts and edits, which are what platforms count. */
const CALLS = {
  telegram: /sendMessage|editMessageText/,
  slack: /chat\.(postMessage|update)/,
  discord: /(POST|PATCH) .*\/channels\/\d+\/messages/,
  matrix: /\/send\/m\.room\.message\//,
} as const

const FIRST_CALL = {
  telegram: /sendMessage/,
  slack: /chat\.postMessage/,
  discord: /POST .*\/channels\/\d+\/messages/,
  matrix: /\/send\/m\.room\.message\//,
} as const

/** A 429 in the platform's own shape. */
function refusal(platform: Chat['platform'], seconds: number) {
  const headers = { 'retry-after': String(seconds) }
  const body = {
    telegram: {
      ok: false,
      error_code: 429,
      description: `Too Many Requests: retry after ${seconds}`,
      parameters: { retry_after: seconds },
    },
    slack: { ok: false, error: 'ratelimited' },
    discord: { message: 'You are being rate limited.', retry_after: seconds, global: false },
    matrix: { errcode: 'M_LIMIT_EXCEEDED', error: 'Too Many Requests', retry_after_ms: seconds * 1000 },
  }[platform]
  const discord = {
    'x-ratelimit-limit': '5',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset-after': String(seconds),
    'x-ratelimit-bucket': randomUUID(),
    'x-ratelimit-scope': 'user',
  }
  return {
    kind: 'answer',
    status: 429,
    headers: platform === 'discord' ? { ...headers, ...discord } : headers,
    body,
  } as const
}

/** What the platform counts the call by, as far as it tells: the chat, the method and workspace, the account. */
function bucketOf(platform: Chat['platform'], { method, path, body }: WireRequest): string {
  switch (platform) {
    case 'telegram':
      return /"chat_id":"?(-?\d+)/.exec(body.toString())?.[1] ?? ''
    case 'slack':
      return path
    case 'discord':
      return `${method} ${/channels\/\d+/.exec(path)?.[0]}`
    case 'matrix':
      return 'account'
  }
}

const STARTS: Readonly<Record<Chat['platform'], () => Promise<Chat>>> = {
  telegram: () => startTelegramChat(),
  slack: () => startSlackChat(),
  discord: () => startDiscordChat({ messageBucket: { limit: 100_000, windowMs: 1000 } }),
  matrix: () => startMatrixChat(),
}

/** Told to wait once: nothing in that bucket before the time, all others meanwhile, the answer afterwards. */
function toldToWait(platform: Chat['platform'], seconds: number): (settings: Settings) => Promise<Finding> {
  return (settings) =>
    withParts(
      settings,
      async () =>
        [
          await STARTS[platform](),
          await (platform === 'telegram' ? startSlackChat() : startTelegramChat()),
        ] as const,
      async ({ stage, faults, expect }, chat, elsewhere) => {
        let told: { bucket: string; until: number } | undefined
        let nextAfterMs: number | undefined
        chat.onRequest((request) => {
          if (!CALLS[platform].test(`${request.method} ${request.path}`)) return
          const bucket = bucketOf(platform, request)
          if (!told) told = { bucket, until: performance.now() + seconds * 1000 }
          else if (told.bucket === bucket) {
            const early = told.until - performance.now()
            nextAfterMs ??= Math.round(seconds * 1000 - early)
            if (early > 0) faults.push(`a call ${Math.round(early)} ms too early`)
          }
        })
        chat.faults.add({ match: FIRST_CALL[platform], times: 1, effect: refusal(platform, seconds) })
        stage.model.script({ match: /^wait$/, text: 'It was worth it.' })
        const talk = chat.direct()
        talk.say('wait')
        await expect('the first call', () => told !== undefined)
        // Two places for replies: whoever waits must not hold one of them.
        const others = Array.from({ length: 6 }, (_, n) =>
          (platform === 'slack' || platform === 'matrix' || n % 2 === 1 ? elsewhere : chat).direct(),
        )
        stage.model.script({ match: /^meanwhile$/, times: 6, text: 'At once.' })
        for (const other of others) other.say('meanwhile')
        await expect(
          'the others answered',
          () => others.every((other) => texts(other).includes('At once.')),
          Math.min(15_000, Math.max(8_000, seconds * 900)),
        )
        if (seconds > 120) {
          await pause(8_000)
          const [row] = await stage.query<{ wait: number }>(
            "select extract(epoch from max(not_before) - now())::int as wait from turns where state = 'ready'",
          )
          return { note: `tried again in ${row?.wait} s` }
        }
        await expect('the answer', () => texts(talk).includes('It was worth it.'), seconds * 1000 + 20_000)
        return { note: nextAfterMs === undefined ? '' : `next call after ${nextAfterMs} ms` }
      },
      { environment: { REPLY_CONCURRENCY: '2' } },
    )
}

export const platformLimits: readonly FaultCase[] = [
  {
    numbers: [39],
    name: "Telegram's real limits, 40 messages a second offered: 400 of 400 answered",
    run: (settings) =>
      withParts(
        settings,
        async () => [await startTelegramChat({ rateLimits: true })] as const,
        async ({ stage, faults, expect }, chat) => {
          let calls = 0
          const count = chat.onRequest(({ path }) => {
            if (CALLS.telegram.test(path)) calls += 1
          })
          stage.model.script({
            times: Number.POSITIVE_INFINITY,
            text: 'A short answer of a few words.',
            tokensPerSecond: 100,
          })
          const talks = Array.from({ length: 200 }, () => chat.direct())
          const startedAt = performance.now()
          for (let n = 0; n < 400; n++) {
            talks[n % talks.length]?.say(`question ${n}`)
            await pause(Math.max(0, startedAt + n * 25 - performance.now()))
          }
          const whole = () =>
            talks.flatMap(texts).filter((text) => text === 'A short answer of a few words.').length
          await expect('400 answers', () => whole() === 400, 240_000)
          count()
          const shown = talks.flatMap(texts).length
          if (shown > 400) faults.push(`${shown - 400} messages too many`)
          const log = await refusedCount(stage)
          return {
            asked: 400,
            note: `${whole()} of 400 in ${Math.round((performance.now() - startedAt) / 1000)} s with ${calls} calls${log}`,
          }
        },
        { environment: { REPLY_CONCURRENCY: '64' } },
      ),
  },
  { numbers: [40], name: 'Telegram: told to wait 20 s', run: toldToWait('telegram', 20) },
  { numbers: [40], name: 'Slack: told to wait 20 s', run: toldToWait('slack', 20) },
  { numbers: [40], name: 'Discord: told to wait 20 s', run: toldToWait('discord', 20) },
  { numbers: [40], name: 'Matrix: told to wait 20 s', run: toldToWait('matrix', 20) },
  { numbers: [40], name: 'Telegram: told to wait a minute', run: toldToWait('telegram', 60) },
  { numbers: [40], name: 'Telegram: told to wait an hour', run: toldToWait('telegram', 3600) },
  { numbers: [40], name: 'Slack: told to wait an hour', run: toldToWait('slack', 3600) },
  { numbers: [40], name: 'Discord: told to wait an hour', run: toldToWait('discord', 3600) },
  { numbers: [40], name: 'Matrix: told to wait an hour', run: toldToWait('matrix', 3600) },
  {
    numbers: [41],
    name: '50 Slack answers at once on a tier-3 budget: all land whole',
    run: (settings) =>
      withParts(
        settings,
        async () => [await startSlackChat({ rateLimits: true })] as const,
        async ({ stage, faults, expect }, chat) => {
          const tokens = Array.from({ length: 150 }, (_, n) => `w${n} `)
          stage.model.script({ times: 50, tokens, tokensPerSecond: 15 })
          const talks = Array.from({ length: 50 }, () => chat.direct())
          let calls = 0
          chat.onRequest(({ path }) => {
            if (CALLS.slack.test(path)) calls += 1
          })
          const startedAt = performance.now()
          for (const talk of talks) talk.say('at length')
          const whole = () => talks.filter((talk) => texts(talk).join() === tokens.join('').trim()).length
          await expect('50 whole answers', () => whole() === 50, 180_000)
          const seconds = Math.round((performance.now() - startedAt) / 1000)
          if (talks.some((talk) => talk.answers().length > 1)) faults.push('somebody was answered twice')
          return { asked: 50, note: `${whole()} of 50 after ${seconds} s with ${calls} calls` }
        },
        { environment: { REPLY_CONCURRENCY: '64' } },
      ),
  },
  {
    numbers: [42],
    name: 'a revoked Discord token: few invalid requests, others unaffected, shown',
    run: (settings) =>
      withParts(
        settings,
        async () => {
          const discord = await startDiscordEmulator()
          return [
            {
              discord,
              environment: {
                DISCORD_TOKEN: discord.token,
                DISCORD_APPLICATION_ID: discord.applicationId,
                DISCORD_API_URL: discord.apiUrl,
              },
              close: () => discord.close(),
            },
            await startTelegramChat(),
          ] as const
        },
        async ({ stage, faults, expect }, { discord }, telegram) => {
          const guild = discord.addGuild({ name: 'Team' })
          const people = Array.from({ length: 5 }, (_, n) => discord.addPerson({ name: `ana${n}` }))
          const channels = people.map((person) => {
            discord.join(guild, person)
            return discord.dm(person)
          })
          stage.model.script({
            times: Number.POSITIVE_INFINITY,
            tokens: Array.from({ length: 60 }, (_, n) => `w${n} `),
            tokensPerSecond: 6,
          })
          for (const [n, person] of people.entries()) {
            const channel = channels[n]
            if (channel) discord.say(channel, person, 'hello')
          }
          await expect('answers begin', () => channels.every(({ messages }) => messages.length > 1))
          let invalid = 0
          discord.onRequest(({ path }) => {
            if (path.startsWith('/api/')) invalid += 1
          })
          const body = { message: '401: Unauthorized', code: 0 }
          discord.addFault({
            match: /\/api\//,
            times: Number.POSITIVE_INFINITY,
            effect: { kind: 'answer', status: 401, body },
          })
          discord.cutGateway(4004)
          await expect(
            'it is shown',
            async () => {
              const rows = await stage.query(
                "select 1 from connections where platform = 'discord' and state = 'rejected'",
              )
              return rows.length === 1
            },
            30_000,
          )
          const talk = telegram.direct()
          talk.say('hello')
          await expect('the other platform', () => /w5/.test(texts(talk).join()))
          await pause(75_000)
          const perTenMinutes = invalid * 7
          if (perTenMinutes >= 100) faults.push(`${invalid} refused requests in about 85 seconds`)
          return { note: `${invalid} refused requests in about 85 s` }
        },
      ),
  },
]

async function refusedCount({
  query,
}: {
  query<Row extends Record<string, unknown>>(text: string): Promise<readonly Row[]>
}): Promise<string> {
  const [row] = await query<{ count: number }>(
    "select count(*)::int as count from decisions where code = 'retried'",
  )
  return row?.count ? `, ${row.count} steps handed on` : ''
}
