import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Observer } from '../ports/observer.ts'
import { countInto } from './counts.ts'
import { gaugesOf, type MetricSources } from './gauges.ts'

export interface Metrics {
  /** Hand it to what is to be counted. */
  readonly observer: Observer
  /**
   * Adds sources to read gauges from. Those that tell of the hub as a whole (all but `databasePool`) belong to
   * the processes that serve the web: the others tell of themselves only, and nothing is counted twice.
   */
  watch(sources: Partial<MetricSources>): void
  /** Prometheus' text format. Never rejects; sources are read at most once in a few seconds, however often it is asked for. */
  text(): Promise<string>
}

const FRESH_MS = 2_000

export function createMetrics(options: {
  /** As the adapters name themselves; others are counted together. */
  readonly platforms: readonly string[]
}): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const observer = countInto(registry, options.platforms)
  const readGauges = gaugesOf(registry, options.platforms)
  const sources: Partial<MetricSources> = {}
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const read = async (): Promise<void> => {
    await readGauges(sources)
    readAt = performance.now()
  }

  return {
    observer,
    watch(more) {
      Object.assign(sources, more)
      readAt = Number.NEGATIVE_INFINITY
    },
    async text() {
      if (performance.now() - readAt > FRESH_MS) {
        reading ??= read().finally(() => {
          reading = undefined
        })
        await reading
      }
      return await registry.metrics()
    },
  }
}
