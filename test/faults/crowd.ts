import type { ModelEmulator } from '../../src/simulator/models/index.ts'
import type { Chat, Seen, Talk } from '../support/chats/index.ts'

/** What a person would count after a run. */
export interface Verdict {
  readonly asked: number
  /** No answer and no reason. */
  readonly lost: readonly string[]
  /** More than one message shows the answer, or a reason stands beside it. */
  readonly doubled: readonly string[]
  /** An answer that is neither whole nor says why it ends. */
  readonly half: readonly string[]
  /** Answers of one conversation that stand in another order than their questions reached the hub. */
  readonly disordered: readonly string[]
  /** Conversations whose questions reached the hub in another order than they were asked. */
  readonly reordered: readonly string[]
  /** Messages that a post in doubt left behind where the platform cannot tell: an extra, incomplete or whole. */
  readonly orphans: number
  /** Answered with an honest reason instead of the answer. */
  readonly reasons: number
}

interface Question {
  readonly name: string
  readonly id: string
  readonly text: string
  done: boolean
}

interface Corner {
  readonly chat: Place
  readonly talk: Talk
  /** One conversation, whose answers come in the order of its questions. */
  readonly direct: boolean
  readonly questions: Question[]
}

type Place = Pick<Chat, 'platform' | 'direct' | 'group'>

export interface CrowdOptions {
  readonly chats: readonly Place[]
  readonly model: Pick<ModelEmulator, 'script'>
  /** Places on each platform; every second one is a direct message. */
  readonly corners?: number
  /** Words of an answer. */
  readonly words?: number
}

export interface Crowd {
  /** One person says one thing, in turn in all places. */
  ask(): string
  /** Everybody says something and is answered: every place is known to the hub. */
  greet(timeoutMs: number): Promise<void>
  /** Asks at a rate until the signal aborts, then resolves. */
  keepAsking(perSecond: number, signal: AbortSignal): Promise<void>
  readonly asked: number
  /** The question that `ask` asks next, and its answer. */
  next(): { readonly name: string; readonly text: string }
  /** Questions without a whole answer or a reason. */
  open(): readonly string[]
  /** Resolves when every question has one, or after the time. */
  settled(timeoutMs: number): Promise<void>
  /** `arrival`: the platforms' message ids in the order in which the hub took them in. */
  verdict(arrival: readonly string[]): Verdict
  /** The platform delivers a question again. */
  redeliver(share: number): void
}

type Counted = { -readonly [Key in keyof Verdict]: Verdict[Key] extends number ? number : string[] }

const QUESTION = /\b(q\d+)$/
const PLACEHOLDER = /^[\s…_*.]*$/

/** People in many places on all platforms who ask one after another; each answer names its question. */
export function createCrowd(options: CrowdOptions): Crowd {
  const { chats, model, words = 12 } = options
  const corners: Corner[] = []
  for (let n = 0; n < (options.corners ?? 6); n++) {
    for (const chat of chats) {
      const direct = n % 2 === 0
      corners.push({ chat, talk: direct ? chat.direct() : chat.group(), direct, questions: [] })
    }
  }
  let made = 0

  const textOf = (name: string): string =>
    [`a${name}`, ...Array.from({ length: words }, (_, n) => `w${n}`), `end${name}`].join(' ')

  model.script({
    match: QUESTION,
    for: 'any',
    times: Number.POSITIVE_INFINITY,
    last: true,
    text: (question) => textOf(QUESTION.exec(question)?.[1] ?? ''),
  })

  const ask = (): string => {
    const corner = corners[made % corners.length]
    made += 1
    if (!corner) throw new Error('nobody is there')
    const name = `q${made}`
    const text = textOf(name)
    const id = corner.talk.say(`tell ${name}`, corner.direct ? {} : { mention: true })
    corner.questions.push({ name, id, text, done: false })
    return name
  }

  const refresh = (): void => {
    for (const { talk, questions } of corners) {
      if (questions.every(({ done }) => done)) continue
      const shown = talk.answers()
      const reasons = shown.filter((seen) => isReason(seen)).length
      const whole = new Set(shown.map((seen) => seen.text.trim()))
      const explained = shown.filter(({ text }) => /^a\w+ [\s\S]*\n\n\S/.test(text)).map(({ text }) => text)
      const isEnded = ({ name, text }: Question): boolean =>
        whole.has(text) || explained.some((one) => one.startsWith(`a${name} `))
      const open = questions.filter((question) => !isEnded(question))
      for (const question of questions) if (isEnded(question)) question.done = true
      if (open.length > 0 && open.length <= reasons) for (const question of open) question.done = true
    }
  }
  const open = (): string[] => {
    refresh()
    return corners.flatMap(({ questions }) => questions.filter(({ done }) => !done).map(({ name }) => name))
  }

  const settled = async (timeoutMs: number): Promise<void> => {
    const until = performance.now() + timeoutMs
    while (performance.now() < until && open().length > 0) await pause(250)
  }

  return {
    ask,
    async greet(timeoutMs) {
      for (let n = 0; n < corners.length; n++) {
        ask()
        await pause(50)
      }
      await settled(timeoutMs)
      if (open().length > 0) throw new Error(`nobody answers: ${open().join(', ')}`)
    },
    async keepAsking(perSecond, signal) {
      const startedAt = performance.now()
      let said = 0
      while (!signal.aborted) {
        const due = ((performance.now() - startedAt) / 1000) * perSecond
        for (; said < due && !signal.aborted; said++) ask()
        await pause(Math.min(100, 500 / perSecond))
      }
    },
    get asked() {
      return made
    },
    next() {
      const name = `q${made + 1}`
      return { name, text: textOf(name) }
    },
    open,
    settled,
    verdict(arrival) {
      const order = new Map(arrival.map((id, n) => [id, n]))
      const verdict: Counted = {
        asked: made,
        lost: [],
        doubled: [],
        half: [],
        disordered: [],
        reordered: [],
        orphans: 0,
        reasons: 0,
      }
      for (const corner of corners) judge(corner, order, verdict)
      return verdict
    },
    redeliver(share) {
      for (const { talk, questions } of corners)
        for (const { id } of questions) if (Math.random() < share) talk.redeliver(id)
    },
  }
}

/** The bot's own sentence instead of, or beneath, a model's text. */
function isReason({ text }: Seen): boolean {
  return !/\baq\d+\b/.test(text) && !PLACEHOLDER.test(text)
}

/** The questions that a message answers. */
function namesIn(seen: Seen): { name: string; seen: Seen }[] {
  const names = new Set(Array.from(seen.text.matchAll(/\ba(q\d+)\b/g), ([, name = '']) => name))
  return [...names].map((name) => ({ name, seen }))
}

function judge(
  { chat, talk, direct, questions }: Corner,
  order: ReadonlyMap<string, number>,
  verdict: Counted,
): void {
  const shown = talk.answers()
  const at = (name: string): string => `${chat.platform}${direct ? '' : ' group'} ${name}`
  const blind = chat.platform === 'telegram'
  const reasons = shown.filter(isReason)
  let reasonsLeft = reasons.length
  const positions: number[] = []
  const byQuestion = Map.groupBy(shown.flatMap(namesIn), ({ name }) => name)
  const arrived = questions.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))
  if (direct && arrived.some((question, n) => question !== questions[n])) verdict.reordered.push(at(''))
  for (const { name, text } of arrived) {
    const its = (byQuestion.get(name) ?? []).map(({ seen }) => seen)
    const whole = its.filter((seen) => seen.text.trim() === text)
    const explained = its.filter((seen) => seen.text.trim() !== text && /\n\n\S/.test(seen.text))
    const parts = its.filter((seen) => !whole.includes(seen) && !explained.includes(seen))
    const ends = whole.length + explained.length
    if (ends === 0 && parts.length === 0) {
      if (reasonsLeft > 0) {
        reasonsLeft -= 1
        verdict.reasons += 1
      } else verdict.lost.push(at(name))
      continue
    }
    verdict.reasons += explained.length
    if (ends === 0) verdict.half.push(`${at(name)}: ${JSON.stringify(its.map((seen) => seen.text))}`)
    else if (its.length > 1) {
      if (blind) verdict.orphans += its.length - 1
      else verdict.doubled.push(`${at(name)}: ${JSON.stringify(its.map((seen) => seen.text))}`)
    }
    const [first] = its
    if (direct && first) positions.push(shown.indexOf(first))
  }
  const stray = shown.filter((seen) => PLACEHOLDER.test(seen.text)).length
  if (blind) verdict.orphans += stray
  else for (let n = 0; n < stray; n++) verdict.half.push(at('a placeholder'))
  // A post in doubt was made again.
  if (blind) verdict.orphans += reasonsLeft
  else
    for (let n = 0; n < reasonsLeft; n++)
      verdict.doubled.push(at(`a reason too many: ${reasons.map((seen) => seen.text).join(' | ')}`))
  if (positions.some((position, n) => n > 0 && position < (positions[n - 1] ?? 0)))
    verdict.disordered.push(at(positions.join(',')))
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
