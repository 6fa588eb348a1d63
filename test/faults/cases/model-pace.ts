import { connect, createServer, type Socket } from 'node:net'
import { type ScriptedReply, startModelEmulator } from '../../../src/simulator/models/index.ts'
import { type Chat, startDiscordChat, startTelegramChat, type Talk } from '../../support/chats/index.ts'
import type { FaultCase } from '../case.ts'
import { pause } from '../crowd.ts'
import { percentile, type Setting, texts, withParts } from '../with-parts.ts'

const FOR_EVER = Number.POSITIVE_INFINITY
const UNHURRIED_DISCORD = { messageBucket: { limit: 100_000, windowMs: 1000 } }

const telegram = async (): Promise<readonly [Chat]> => [await startTelegramChat()]

/** How long one quick question takes, told apart by its number. */
async function quick({ stage, expect }: Setting, talk: Talk, name: string): Promise<number> {
  stage.model.script({ match: new RegExp(`^${name}$`, 'm'), text: `Quick ${name}.`, tokensPerSecond: 1000 })
  const askedAt = performance.now()
  talk.say(name)
  await expect(`the answer to ${name}`, () => texts(talk).includes(`Quick ${name}.`))
  return performance.now() - askedAt
}

/** Answers that come slowly, never, or without end; and what that does to others. */
export const modelPace: readonly FaultCase[] = [
  {
    numbers: [31, 36],
    name: 'silent, first token after 110 s, silent in mid-stream: one outcome in time',
    run: (settings) =>
      withParts(
        settings,
        telegram,
        async (setting, chat) => {
          const { stage, faults, expect } = setting
          const asked = (name: string, reply: Partial<ScriptedReply>): Talk => {
            stage.model.script({ match: new RegExp(`^${name}$`), for: 'any', times: FOR_EVER, ...reply })
            const talk = chat.direct()
            talk.say(name)
            return talk
          }
          const startedAt = performance.now()
          const since = () => Math.round((performance.now() - startedAt) / 1000)
          const silent = asked('silent', { trouble: { kind: 'hang' } })
          const late = asked('late', { text: 'Late but whole.', firstTokenDelayMs: 110_000 })
          const stalled = asked('stalled', {
            tokens: ['one ', 'two ', 'three ', 'four '],
            tokensPerSecond: 10,
            trouble: { kind: 'hang', afterTokens: 3 },
          })
          const others: number[] = []
          const bystander = chat.direct()
          for (let n = 0; n < 10; n++) {
            others.push(await quick(setting, bystander, `by${n}`))
            await pause(1_000)
          }
          await expect(
            'a reason under what had come',
            () => /three\n\n.*ends here/s.test(texts(stalled).join()),
            75_000,
          )
          const stalledAfter = since()
          await expect('the late answer', () => texts(late).includes('Late but whole.'), 125_000)
          await expect('a reason for silence', () => /took too long/.test(texts(silent).join()), 30_000)
          for (const talk of [silent, late, stalled]) {
            if (talk.answers().length !== 1) faults.push(`${talk.answers().length} answers`)
          }
          const silentAfter = since()
          for (const [n, talk] of [silent, late, stalled].entries()) await quick(setting, talk, `after${n}`)
          return {
            note: `stalled told after ${stalledAfter} s, silence after ${silentAfter} s; bystander p95 ${percentile(others, 0.95)} ms`,
          }
        },
        { environment: { REPLY_CONCURRENCY: '4' } },
      ),
  },
  {
    numbers: [33],
    name: 'twenty answers of a token in ten seconds: progress seen, others as before',
    run: (settings) =>
      withParts(settings, telegram, async (setting, chat) => {
        const { stage, faults } = setting
        const bystander = chat.direct()
        const alone: number[] = []
        for (let n = 0; n < 20; n++) alone.push(await quick(setting, bystander, `alone${n}`))
        stage.model.script({
          match: /^slow$/,
          times: FOR_EVER,
          tokens: Array.from({ length: 100 }, (_, n) => `t${n} `),
          tokensPerSecond: 0.1,
        })
        const slow = Array.from({ length: 20 }, () => chat.direct())
        for (const talk of slow) talk.say('slow')
        await pause(2_000)
        const beside: number[] = []
        for (let n = 0; n < 20; n++) beside.push(await quick(setting, bystander, `beside${n}`))
        await pause(Math.max(0, 35_000 - beside.reduce((sum, ms) => sum + ms, 0)))
        const still = slow.filter((talk) => !/t0 t1 t2/.test(texts(talk).join())).length
        if (still > 0) faults.push(`${still} slow answers show no progress`)
        const [before, after] = [percentile(alone, 0.95), percentile(beside, 0.95)]
        // On a busy machine of two cores ten per cent cannot be told from noise.
        if (after > before * 1.5 + 200) faults.push(`others wait ${after} ms instead of ${before} ms`)
        return { note: `others' p95 ${before} ms alone, ${after} ms beside` }
      }),
  },
  {
    numbers: [34],
    name: '100,000 tokens, reasoning only, nothing: whole or explained, others served',
    run: (settings) =>
      withParts(
        settings,
        async () =>
          [await startTelegramChat(), await startDiscordChat(UNHURRIED_DISCORD), await largeModel()] as const,
        async (given, first, second, { model }) => {
          const setting = { ...given, stage: { ...given.stage, model } }
          const { stage, faults, expect } = setting
          stage.model.script({ match: /^only thoughts$/, reasoning: 'hm '.repeat(200), text: '' })
          stage.model.script({ match: /^nothing$/, text: '' })
          for (const question of ['only thoughts', 'nothing']) {
            const talk = first.direct()
            talk.say(question)
            await expect(`a reason for ${question}`, () => /empty answer/.test(texts(talk).join()))
          }
          const words = Array.from({ length: 100_000 }, (_, n) => `${n}${n % 12 === 11 ? '.\n\n' : ' '}`)
          stage.model.script({ match: /^all$/, times: 2, tokens: words, tokensPerSecond: 2_000 })
          const talks = [first.direct(), second.direct()]
          const startedAt = performance.now()
          for (const talk of talks) talk.say('all')
          const bystander = first.direct()
          const waits: number[] = []
          const whole = words.join('').replaceAll(/\s+/g, ' ').trim()
          const shown = (talk: Talk) =>
            talk
              .answers()
              .map(({ text }) => text)
              .join(' ')
              .replaceAll(/\s+/g, ' ')
              .trim()
          const ended = (talk: Talk) => /length limit\.[\W_]*$/.test(shown(talk)) || shown(talk) === whole
          const until = performance.now() + 240_000
          for (let n = 0; performance.now() < until && !talks.every(ended); n++) {
            waits.push(await quick(setting, bystander, `near${n}`))
            await pause(1_000)
          }
          for (const talk of talks) {
            if (!ended(talk))
              faults.push(
                `${talk.answers().length} messages, ${shown(talk).length} of ${whole.length} characters, at the end: ${shown(talk).slice(-60)}`,
              )
            else if (!whole.startsWith(shown(talk).replace(/ ?[\W_]*The answer reached.*$/, '')))
              faults.push('what is shown is not what the model said')
          }
          const worst = percentile(waits, 0.95)
          if (worst > 5_000) faults.push(`others wait ${worst} ms meanwhile`)
          return {
            note: `${talks.map((talk) => `${talk.answers().length} messages with ${shown(talk).length} characters`).join(', ')} in ${Math.round((performance.now() - startedAt) / 1000)} s; others' p95 ${worst} ms`,
          }
        },
        { tokensPerSecond: 1000 },
      ),
  },
  {
    numbers: [36],
    name: 'the way to the server dies half-open in mid-stream: noticed within a minute',
    run: (settings) =>
      withParts(settings, telegram, async ({ stage, expect }, chat) => {
        const proxy = await startProxy(stage.model.port)
        try {
          await stage.query(
            `update model_servers set base_url = 'http://127.0.0.1:${proxy.port}/v1' where purpose = 'chat'`,
          )
          stage.model.script({ tokens: Array.from({ length: 100 }, (_, n) => `w${n} `), tokensPerSecond: 5 })
          const talk = chat.direct()
          talk.say('hello')
          await expect('the beginning', () => /w3/.test(texts(talk).join()))
          proxy.freeze()
          const frozenAt = performance.now()
          await expect('an outcome', () => /ends here/.test(texts(talk).join()), 70_000)
          return { note: `noticed after ${Math.round((performance.now() - frozenAt) / 1000)} s` }
        } finally {
          await proxy.close()
        }
      }),
  },
]

async function largeModel() {
  const model = await startModelEmulator({ models: [{ id: 'demo', contextLength: 200_000 }] })
  return { model, environment: { LLM_BASE_URL: model.baseUrl }, close: () => model.close() }
}

/** Forwards until frozen: then nothing goes through, and nobody is told. */
async function startProxy(port: number): Promise<{ port: number; freeze(): void; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  let frozen = false
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => {
        if (!frozen) to.write(chunk)
      })
      from.on('close', () => {
        if (!frozen) to.destroy()
      })
      from.on('error', () => from.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    freeze: () => {
      frozen = true
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
