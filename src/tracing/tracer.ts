import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import type { MessageId } from '../model/ids.ts'

export type Attributes = Readonly<Record<string, string | number>>

/** A piece of work that is over. Times are milliseconds since 1970, with fractions. */
export interface Span {
  /** 32 hexadecimal digits: the id of the message that it is about, without its hyphens. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client' | 'consumer'
  readonly startedAt: number
  readonly endedAt: number
  readonly attributes: Attributes
  /** A code, no sentence: those may hold what somebody wrote. */
  readonly error: string | undefined
}

export interface Tracer {
  /** Runs `work` as the arrival of a message; `arrived` tells which, as soon as it has an id. */
  arrival<Result>(
    platform: string,
    work: (arrived: (message: MessageId | undefined, outcome: string) => void) => Promise<Result>,
  ): Promise<Result>
  /** Runs `work` as a step in answering the message, in whatever process. */
  step<Result>(name: string, message: MessageId, work: () => Promise<Result>): Promise<Result>
  /** Notes what ended just now, as part of the work that it was done in; nothing where it belongs to none. */
  note(name: string, tookMs: number, attributes: Attributes, error?: string): void
}

interface Scope {
  /** undefined until it is known which message has arrived. */
  traceId: string | undefined
  spanId: string
  /** What waits for the trace's id. */
  readonly held: (Omit<Span, 'traceId' | 'parentSpanId'> & { readonly parentSpanId?: string })[]
}

const MAX_HELD = 200

/** Which work a call belongs to follows the asynchronous context; which trace, the message: no process has to tell another. */
export function createTracer(emit: (span: Span) => void): Tracer {
  const scopes = new AsyncLocalStorage<Scope>()

  const within = async <Result>(
    scope: Scope,
    span: Pick<Span, 'name' | 'kind'> & { readonly attributes: () => Attributes },
    parentSpanId: () => string | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    const startedAt = now()
    let error: string | undefined
    try {
      return await scopes.run(scope, work)
    } catch (failure) {
      error = codeOf(failure)
      throw failure
    } finally {
      const { name, kind, attributes } = span
      scope.traceId ??= randomBytes(16).toString('hex')
      const { traceId, spanId } = scope
      emit({
        traceId,
        spanId,
        parentSpanId: parentSpanId(),
        name,
        kind,
        startedAt,
        endedAt: now(),
        attributes: attributes(),
        error,
      })
      for (const held of scope.held.splice(0)) emit({ ...held, traceId, parentSpanId: spanId })
    }
  }

  return {
    async arrival(platform, work) {
      const scope: Scope = { traceId: undefined, spanId: newSpanId(), held: [] }
      let outcome = 'failed'
      const arrived = (message: MessageId | undefined, how: string): void => {
        outcome = how
        if (message === undefined) return
        scope.traceId = traceOf(message)
        scope.spanId = rootOf(scope.traceId)
      }
      const attributes = () => ({ platform, outcome })
      return await within(
        scope,
        { name: 'inbound', kind: 'server', attributes },
        () => undefined,
        () => work(arrived),
      )
    },
    async step(name, message, work) {
      const traceId = traceOf(message)
      const scope: Scope = { traceId, spanId: newSpanId(), held: [] }
      return await within(
        scope,
        { name, kind: 'consumer', attributes: () => ({}) },
        () => rootOf(traceId),
        work,
      )
    },
    note(name, tookMs, attributes, error) {
      const scope = scopes.getStore()
      if (!scope) return
      const endedAt = now()
      const span = {
        spanId: newSpanId(),
        name,
        kind: 'client' as const,
        startedAt: endedAt - tookMs,
        endedAt,
        attributes,
        error,
      }
      if (scope.traceId !== undefined) emit({ ...span, traceId: scope.traceId, parentSpanId: scope.spanId })
      else if (scope.held.length < MAX_HELD) scope.held.push(span)
    },
  }
}

const now = (): number => performance.timeOrigin + performance.now()
const newSpanId = (): string => randomBytes(8).toString('hex')

/** Message ids are UUIDs, and a UUID has as many bits as a trace's id. */
function traceOf(message: MessageId): string {
  return message.replaceAll('-', '')
}

/** The arrival's span, by which every process knows it: the half of the id that is chance. */
function rootOf(traceId: string): string {
  return traceId.slice(16)
}

function codeOf(failure: unknown): string {
  return failure instanceof Error && 'code' in failure ? String(failure.code) : 'failed'
}
