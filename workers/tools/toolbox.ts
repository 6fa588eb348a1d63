import { asHubError } from '../../src/model/errors.ts'
import type { ClaimedTurn } from '../../src/model/work.ts'
import type { ChatMessage, ToolDefinition } from '../../src/ports/reply-model.ts'
import type { AskedCall, KeptCall, ToolCallStore, ToolOutcome } from '../../src/ports/tool-calls.ts'
import type { Tool } from './tool.ts'

/** How often a model may ask in one answer; then it must answer with what it has. */
const MAX_ROUNDS = 6
/** Asked for in one breath; the rest is refused. */
const MAX_CALLS = 8
const CALL_LIMIT_MS = 60_000
const MAX_CONTENT = 16_000

/** The tools of an answer, and what was made of them so far. */
export interface Toolbox {
  /** What may be asked for now; empty: nothing any more. */
  offered(calls: readonly KeptCall[]): readonly ToolDefinition[]
  /** Makes the calls that have not ended; `onEnd` follows each. */
  complete(signal: AbortSignal, onEnd: (calls: readonly KeptCall[]) => void): Promise<readonly KeptCall[]>
  ask(round: number, said: string, calls: readonly AskedCall[]): Promise<void>
}

export function openToolbox(
  parts: { readonly tools: readonly Tool[]; readonly store: ToolCallStore },
  turn: ClaimedTurn,
  allowed: readonly string[],
): Toolbox {
  const { store } = parts
  const tools = parts.tools.filter(({ name }) => allowed.includes(name))

  async function make(call: KeptCall, isTooMany: boolean, signal: AbortSignal): Promise<ToolOutcome> {
    const startedAt = performance.now()
    const outcome = (content: string, shown = ''): ToolOutcome => ({
      content: content.slice(0, MAX_CONTENT).toWellFormed(),
      shown,
      durationMs: performance.now() - startedAt,
    })
    const tool = tools.find(({ name }) => name === call.name)
    if (!tool) return outcome(`Error: there is no tool ${call.name}.`)
    if (isTooMany) return outcome(`Error: at most ${MAX_CALLS} calls at once.`)
    let given: unknown
    try {
      given = JSON.parse(call.arguments)
    } catch {
      return outcome('Error: the arguments are not JSON.')
    }
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(CALL_LIMIT_MS)])
      const { content, shown } = await tool.run(given, { turn }, limited)
      return outcome(content, shown)
    } catch (error) {
      signal.throwIfAborted()
      return outcome(`Error: ${asHubError(error).code}`)
    }
  }

  return {
    offered: (calls) =>
      (calls.at(-1)?.round ?? -1) + 1 >= MAX_ROUNDS
        ? []
        : tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
    async complete(signal, onEnd) {
      let calls = await store.of(turn.id)
      for (const [index, call] of calls.entries()) {
        if (call.outcome) continue
        const before = calls.filter(({ round }) => round === call.round).indexOf(call)
        const outcome = await make(call, before >= MAX_CALLS, signal)
        await store.end(turn.lease, call.id, outcome)
        calls = calls.with(index, { ...call, outcome })
        onEnd(calls)
      }
      return calls
    },
    ask: (round, said, calls) => store.begin(turn.lease, turn.id, { round, said, calls }),
  }
}

/** The same calls as the model's own memory of them. */
export function asMessages(calls: readonly KeptCall[]): ChatMessage[] {
  return roundsOf(calls).flatMap(({ said, calls: asked }): ChatMessage[] => [
    {
      role: 'assistant',
      content: said,
      toolCalls: asked.map(({ callId, name, arguments: given }) => ({ callId, name, arguments: given })),
    },
    ...asked.map(
      ({ callId, outcome }): ChatMessage => ({
        role: 'tool',
        content: outcome?.content ?? 'Error: it did not end.',
        toolCallId: callId,
      }),
    ),
  ])
}

/** What people see of them, before what the model says next. Markdown, the same each time. */
export function shownOf(calls: readonly KeptCall[]): string {
  const pieces = roundsOf(calls).flatMap(({ said, calls: asked }) => [
    said.trim(),
    ...asked.map(({ outcome }) => outcome?.shown ?? ''),
  ])
  const text = pieces.filter((piece) => piece !== '').join('\n\n')
  return text === '' ? '' : `${text}\n\n`
}

function roundsOf(calls: readonly KeptCall[]): { said: string; calls: KeptCall[] }[] {
  const rounds = new Map<number, { said: string; calls: KeptCall[] }>()
  for (const call of calls) {
    const known = rounds.get(call.round)
    if (known) known.calls.push(call)
    else rounds.set(call.round, { said: call.said, calls: [call] })
  }
  return [...rounds.values()]
}
