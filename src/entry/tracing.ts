import type { Environment } from '../../config/schema.ts'
import type { PerformStep } from '../../workers/turn.ts'
import type { Logger } from '../ports/logger.ts'
import type { Observer } from '../ports/observer.ts'
import type { PlatformAdapter } from '../ports/platform-adapter.ts'
import { createTracer, openOtlp, traceAdapter, traceObserved } from '../tracing/index.ts'
import type { Closing } from './closing.ts'

export interface Tracing {
  observer(observer: Observer): Observer
  adapter(adapter: PlatformAdapter): PlatformAdapter
  step(name: string, perform: PerformStep): PerformStep
}

const NONE: Tracing = {
  observer: (observer) => observer,
  adapter: (adapter) => adapter,
  step: (_, perform) => perform,
}

/** Traces, where a collector is configured; otherwise everything stays as it is. */
export function openTracing(
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ROLES: roles }: Environment,
  instance: string,
  closing: Closing,
  log: Logger,
): Tracing {
  if (endpoint === undefined) return NONE
  const collector = openOtlp({ endpoint, instance, roles, log })
  closing.add('traces', () => collector.close())
  const tracer = createTracer((span) => collector.emit(span))
  return {
    observer: (observer) => traceObserved(observer, tracer),
    adapter: (adapter) => traceAdapter(adapter, tracer),
    step: (name, perform) => (turn, signal, log) =>
      tracer.step(name, turn.messageId, () => perform(turn, signal, log)),
  }
}
