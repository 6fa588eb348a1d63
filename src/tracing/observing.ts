import type { Observer } from '../ports/observer.ts'
import type { PlatformAdapter } from '../ports/platform-adapter.ts'
import type { Tracer } from './tracer.ts'

/** The same observer, which also notes in traces what it hears of. */
export function traceObserved(observer: Observer, tracer: Tracer): Observer {
  const errorOf = (outcome: string): string | undefined => (outcome === 'ok' ? undefined : outcome)
  return {
    ...observer,
    platformCall(platform, call, outcome, tookMs, waitMs) {
      observer.platformCall(platform, call, outcome, tookMs, waitMs)
      const wait = waitMs === undefined ? {} : { wait_ms: waitMs }
      tracer.note(`${platform} ${call}`, tookMs, { platform, call, ...wait }, errorOf(outcome))
    },
    modelCall(server, call, outcome, tookMs) {
      observer.modelCall(server, call, outcome, tookMs)
      tracer.note(`model ${call}`, tookMs, { server }, errorOf(outcome))
    },
    firstToken(server, tookMs) {
      observer.firstToken(server, tookMs)
      tracer.note('first token', tookMs, { server })
    },
    run(language, reason, tookMs) {
      observer.run(language, reason, tookMs)
      tracer.note('code run', tookMs, { language, reason })
    },
  }
}

/** The same adapter, each of whose messages begins a trace. */
export function traceAdapter(adapter: PlatformAdapter, tracer: Tracer): PlatformAdapter {
  const { platform } = adapter
  return {
    ...adapter,
    createReceiver: (context, credentials) =>
      adapter.createReceiver(
        {
          ...context,
          ingest: (event, acknowledge) =>
            tracer.arrival(platform, async (arrived) => {
              const outcome = await context.ingest(event, acknowledge)
              arrived(outcome.kind === 'queued' ? outcome.messageId : undefined, outcome.kind)
              return outcome
            }),
        },
        credentials,
      ),
  }
}
