import { once } from 'node:events'
import type { TelegramChat } from '../../../src/simulator/telegram/index.ts'
import { quantile, rounded } from '../numbers.ts'
import { useOfAll } from './process-use.ts'
import type { Stage, Subject } from './stage.ts'

const TOKENS = Array.from({ length: 30 }, (_, n) => `word${n} `)
const ANSWER = TOKENS.join('').trim()
const ANSWER_LIMIT_MS = 30_000

export interface Latency {
  readonly inboundToModelMs: number
  readonly firstTokenToVisibleMs: number
  readonly lastTokenToFinalMs: number
}

/** One message after the other in one chat, each answered at 100 tokens a second. Medians. */
export async function measureLatency(stage: Stage, messages: number): Promise<Latency> {
  const { telegram, model } = stage
  const [toModel, toVisible, toFinal]: [number[], number[], number[]] = [[], [], []]
  const talk = openTalk(stage)
  for (let n = 0; n < messages; n++) {
    model.script({ tokens: TOKENS, tokensPerSecond: 100 })
    const at = { asked: 0, first: 0, last: 0, visible: 0 }
    const stops = [
      model.onRequest(({ path }) => {
        if (path.endsWith('/chat/completions')) at.asked ||= performance.now()
      }),
      model.onChange(() => {
        const newest = model.requests.at(-1)
        if (newest?.firstTokenAt !== undefined) at.first ||= performance.now()
        if (newest?.endedAt !== undefined) at.last ||= performance.now()
      }),
      telegram.onChange(() => {
        if (talk.answers() > n) at.visible ||= performance.now()
      }),
    ]
    // Whatever the last answer left to do is done.
    await new Promise((resolve) => setTimeout(resolve, 150))
    const saidAt = performance.now()
    const final = await talk.ask(`question ${n}`)
    for (const stop of stops) stop()
    // The first question finds everything cold.
    if (n === 0) continue
    toModel.push(at.asked - saidAt)
    toVisible.push(at.visible - at.first)
    toFinal.push(final - at.last)
  }
  return {
    inboundToModelMs: quantile(toModel, 0.5),
    firstTokenToVisibleMs: quantile(toVisible, 0.5),
    lastTokenToFinalMs: quantile(toFinal, 0.5),
  }
}

export interface Throughput {
  readonly perSecond: number
  /** undefined where the system does not tell. */
  readonly cpuMsPerMessage: number | undefined
  readonly residentMb: number | undefined
}

/** So many people, each writing again as soon as the last answer is whole; the model answers at once. */
export async function measureThroughput(
  stage: Stage,
  subject: Subject,
  chats: number,
  seconds: number,
): Promise<Throughput> {
  const { model } = stage
  const stopScript = model.script({
    tokens: TOKENS,
    tokensPerSecond: 100_000,
    times: Number.POSITIVE_INFINITY,
  })
  const talks = Array.from({ length: chats }, () => openTalk(stage))
  await Promise.all(talks.map((talk) => talk.ask('warm up')))
  const before = await useOfAll(subject.pids)
  const startedAt = performance.now()
  const endAt = startedAt + seconds * 1000
  let answered = 0
  await Promise.all(
    talks.map(async (talk) => {
      for (let n = 0; performance.now() < endAt; n++) {
        await talk.ask(`question ${n}`)
        answered += 1
      }
    }),
  )
  const tookSeconds = (performance.now() - startedAt) / 1000
  const after = await useOfAll(subject.pids)
  stopScript()
  return {
    perSecond: rounded(answered / tookSeconds),
    cpuMsPerMessage: before && after && rounded((after.cpuMs - before.cpuMs) / answered),
    residentMb: after?.residentMb,
  }
}

/** The model alone, asked from here. */
export async function measureDirect(
  { model }: Stage,
  chats: number,
  seconds: number,
): Promise<{ readonly perSecond: number; readonly firstTokenMs: number }> {
  const stopScript = model.script({
    tokens: TOKENS,
    tokensPerSecond: 100_000,
    times: Number.POSITIVE_INFINITY,
  })
  const firsts: number[] = []
  const startedAt = performance.now()
  const endAt = startedAt + seconds * 1000
  let answered = 0
  await Promise.all(
    Array.from({ length: chats }, async () => {
      while (performance.now() < endAt) {
        const askedAt = performance.now()
        const response = await fetch(`${model.baseUrl}/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'demo', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
        })
        let isFirst = true
        for await (const _ of response.body ?? []) {
          if (isFirst) firsts.push(performance.now() - askedAt)
          isFirst = false
        }
        answered += 1
      }
    }),
  )
  const tookSeconds = (performance.now() - startedAt) / 1000
  stopScript()
  return { perSecond: rounded(answered / tookSeconds), firstTokenMs: quantile(firsts, 0.5) }
}

let people = 0

function openTalk({ telegram }: Stage) {
  people += 1
  const person = telegram.createPerson({ firstName: `Ana ${people}` })
  const chat: TelegramChat = telegram.privateChat(person)
  const own = () => chat.messages.filter(({ from }) => from.id === telegram.bot.id)
  return {
    answers: () => own().length,
    /** Resolves with the moment at which the whole answer stood there. */
    async ask(text: string): Promise<number> {
      const number = own().length
      const isWhole = () => own()[number]?.text === ANSWER
      const whole = Promise.withResolvers<number>()
      const stop = telegram.onChange(() => {
        if (isWhole()) whole.resolve(performance.now())
      })
      const limit = AbortSignal.timeout(ANSWER_LIMIT_MS)
      const late = once(limit, 'abort').then(() => {
        throw new Error(`no whole answer in ${ANSWER_LIMIT_MS} ms, but: ${own()[number]?.text ?? 'none'}`)
      })
      try {
        telegram.say(chat, person, text)
        return await Promise.race([whole.promise, late])
      } finally {
        stop()
      }
    },
  }
}
