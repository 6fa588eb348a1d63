import type { Logger } from '../ports/logger.ts'
import type { Span } from './tracer.ts'

export interface OtlpOptions {
  /** Without `/v1/traces`. */
  readonly endpoint: string
  /** The process, among those of the hub. */
  readonly instance: string
  readonly roles: readonly string[]
  readonly log: Logger
  readonly everyMs?: number
}

export interface OtlpExport {
  emit(span: Span): void
  /** Sends what is left, within a few seconds. */
  close(): Promise<void>
}

const EVERY_MS = 2_000
const SEND_LIMIT_MS = 3_000
const MAX_WAITING = 4_096
const MAX_AT_ONCE = 512
const KINDS = { internal: 1, server: 2, client: 3, consumer: 5 } as const
const ERROR_STATUS = 2

/**
 * Sends spans to a collector by OTLP over HTTP, as JSON. A collector that is away costs nothing but its spans:
 * those that do not fit the queue are dropped, and that is said once.
 */
export function openOtlp({ endpoint, instance, roles, log, everyMs = EVERY_MS }: OtlpOptions): OtlpExport {
  const waiting: Span[] = []
  let failing = false
  let sending: Promise<void> | undefined

  const send = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_AT_ONCE)
      try {
        const response = await fetch(`${endpoint}/v1/traces`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(request(batch, instance, roles)),
          signal: AbortSignal.timeout(SEND_LIMIT_MS),
        })
        await response.body?.cancel()
        if (!response.ok) throw new Error(`the collector answered ${response.status}`)
        waiting.splice(0, batch.length)
        failing = false
      } catch (error) {
        if (!failing) log.warn({ err: error }, 'traces cannot be sent; they are dropped when too many wait')
        failing = true
        return
      }
    }
  }
  const tick = (): void => {
    sending ??= send().finally(() => {
      sending = undefined
    })
  }
  const timer = setInterval(tick, everyMs)
  timer.unref()

  return {
    emit(span) {
      if (waiting.length < MAX_WAITING) waiting.push(span)
    },
    async close() {
      clearInterval(timer)
      await sending
      await send()
    },
  }
}

function request(spans: readonly Span[], instance: string, roles: readonly string[]): object {
  const resource = {
    'service.name': 'brainall',
    'service.instance.id': instance,
    'brainall.roles': roles.join(','),
  }
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: 'brainall' }, spans: spans.map(spanOf) }],
      },
    ],
  }
}

function spanOf(span: Span): object {
  const { traceId, spanId, parentSpanId, name, kind, startedAt, endedAt, attributes, error } = span
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(startedAt),
    endTimeUnixNano: nanoseconds(endedAt),
    attributes: attributesOf(attributes),
    status: error === undefined ? {} : { code: ERROR_STATUS, message: error },
  }
}

function attributesOf(attributes: Span['attributes']): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { doubleValue: value } : { stringValue: value },
  }))
}

/** More digits than a number holds. */
function nanoseconds(ms: number): string {
  return (BigInt(Math.round(ms * 1_000)) * 1_000n).toString()
}
