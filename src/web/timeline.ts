import type { Exchange } from '../ports/conversation-records.ts'

export type StageName = 'waiting' | 'speech' | 'run' | 'thinking' | 'writing'
export type MomentName = 'first_token' | 'shown' | 'done'

export interface Stage {
  readonly name: StageName
  /** Milliseconds since the timeline's start. */
  readonly fromMs: number
  readonly toMs: number
  readonly model: string | undefined
  readonly server: string | undefined
  readonly promptTokens: number
  readonly completionTokens: number
}

export interface Timeline {
  /** When the message came in or, for an answer that was redone, when that was asked for. */
  readonly start: Date
  readonly redone: boolean
  readonly totalMs: number
  readonly stages: readonly Stage[]
  readonly moments: readonly { readonly name: MomentName; readonly atMs: number }[]
}

const REDOING: ReadonlySet<string> = new Set(['redo_requested', 'redone'])

/** How the last answering of a message spent its time; undefined: nothing was worked on. */
export function timelineOf({ receivedAt, decisions, turn, answers, calls }: Exchange): Timeline | undefined {
  if (turn === undefined) return undefined
  const again = decisions.findLast(({ code }) => REDOING.has(code))
  const start = again?.at ?? receivedAt
  const since = (at: Date) => Math.max(0, at.getTime() - start.getTime())
  const begun = decisions.find(
    ({ code, at }) => (code === 'started' || code === 'resumed') && at.getTime() >= start.getTime(),
  )?.at
  const startedAt = begun ?? (again === undefined ? turn.startedAt : undefined)
  const stages: Stage[] = []
  const moments: { name: MomentName; atMs: number }[] = []
  const nothing = { model: undefined, server: undefined, promptTokens: 0, completionTokens: 0 }
  if (startedAt !== undefined) {
    stages.push({ name: 'waiting', fromMs: 0, toMs: since(startedAt), ...nothing })
  }
  for (const call of calls) {
    const toMs = since(call.endedAt)
    if (call.endedAt.getTime() < start.getTime()) continue
    const fromMs = Math.max(0, toMs - call.durationMs)
    const about = { model: call.model, server: call.serverName }
    if (call.kind !== 'reply') {
      stages.push({ name: call.kind, fromMs, toMs, ...nothing, ...about })
      continue
    }
    const first = Math.min(toMs, fromMs + (call.firstTokenMs ?? call.durationMs))
    stages.push({
      name: 'thinking',
      fromMs,
      toMs: first,
      ...about,
      promptTokens: call.promptTokens,
      completionTokens: 0,
    })
    if (call.firstTokenMs === undefined) continue
    moments.push({ name: 'first_token', atMs: first })
    const { completionTokens } = call
    stages.push({ name: 'writing', fromMs: first, toMs, ...about, promptTokens: 0, completionTokens })
  }
  const own = answers.findLast(({ private: hidden }) => !hidden)
  if (own?.firstPostAt !== undefined && own.firstPostAt.getTime() >= start.getTime()) {
    moments.push({ name: 'shown', atMs: since(own.firstPostAt) })
  }
  const ended = [turn.finishedAt, own?.deliveredAt].find((at) => at !== undefined && at >= start)
  if (ended !== undefined) moments.push({ name: 'done', atMs: since(ended) })
  const ends = [...stages.map(({ toMs }) => toMs), ...moments.map(({ atMs }) => atMs)]
  return { start, redone: again !== undefined, totalMs: Math.max(1, ...ends), stages, moments }
}
