import { Counter, Gauge, type Registry } from 'prom-client'
import { STEPS } from '../model/work.ts'
import type { ConnectionStore } from '../ports/connection-store.ts'
import type { ReadHubFigures } from '../ports/hub-figures.ts'
import type { ModelRegistry } from '../ports/model-registry.ts'
import { POOLS, type TicketQueue } from '../ports/ticket-queue.ts'
import { CONNECTION_STATES, connectionState, oneOf } from './label-values.ts'

/** What is looked at when the metrics are read. */
export interface MetricSources {
  /** This process's connections to the database. */
  readonly databasePool: () => { readonly total: number; readonly idle: number; readonly waiting: number }
  readonly ready: () => Promise<boolean>
  readonly figures: ReadHubFigures
  readonly queue: Pick<TicketQueue, 'counts'>
  readonly connections: Pick<ConnectionStore, 'list'>
  readonly models: Pick<ModelRegistry, 'list'>
  /** undefined: there is no backup yet. */
  readonly lastBackupAt: () => Promise<Date | undefined>
}

interface Reading {
  readonly gauges: readonly { readonly clear: () => void }[]
  readonly read: (sources: Partial<MetricSources>) => Promise<void>
}

const READ_LIMIT_MS = 3_000
const TURN_STATES = ['ready', 'delayed', 'working'] as const
const TICKET_STATES = ['waiting', 'active', 'delayed'] as const
const SERVER_STATES = ['unknown', 'up', 'down'] as const
const PURPOSES = ['chat', 'speech'] as const

/**
 * Returns what reads every source given; one that fails or takes too long, or is not given, shows no values
 * rather than old ones. Never rejects.
 */
export function gaugesOf(
  registry: Registry,
  platforms: readonly string[],
): (sources: Partial<MetricSources>) => Promise<void> {
  const registers = [registry]
  const failures = new Counter({
    name: 'brainall_metric_read_failures_total',
    help: 'Reads of values for these metrics that failed.',
    labelNames: ['source'] as const,
    registers,
  })
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) => {
    const made = new Gauge({ name, help, labelNames, registers })
    // `reset` leaves a gauge without labels at 0.
    const clear = (): void => (labelNames.length === 0 ? made.remove() : made.reset())
    clear()
    return Object.assign(made, { clear })
  }
  const readings = [
    ...processReadings(gauge),
    workReading(gauge),
    queueReading(gauge),
    ...partReadings(gauge, platforms),
  ]
  return async (sources) => {
    await Promise.all(
      readings.map(async ({ source, gauges, read }) => {
        const clear = () => {
          for (const one of gauges) one.clear()
        }
        if (sources[source] === undefined) return clear()
        try {
          await withinLimit(read(sources))
        } catch {
          // A source that is down says so by the count and by the absence of its values.
          failures.inc({ source })
          clear()
        }
      }),
    )
  }
}

type MakeGauge = <Label extends string = never>(
  name: string,
  help: string,
  labelNames?: Label[],
) => Gauge<Label> & { readonly clear: () => void }

type SourceReading = Reading & { readonly source: keyof MetricSources }

function processReadings(gauge: MakeGauge): SourceReading[] {
  const pool = gauge('brainall_database_connections', "This process's connections to the database.", [
    'state',
  ])
  const ready = gauge('brainall_ready', 'Whether the hub is ready.')
  const backup = gauge('brainall_last_backup_timestamp_seconds', 'When the last backup was made; 0: never.')
  return [
    {
      source: 'databasePool',
      gauges: [pool],
      async read({ databasePool }) {
        for (const [state, count] of Object.entries(databasePool?.() ?? {})) pool.set({ state }, count)
      },
    },
    {
      source: 'ready',
      gauges: [ready],
      read: async (sources) => ready.set((await sources.ready?.()) ? 1 : 0),
    },
    {
      source: 'lastBackupAt',
      gauges: [backup],
      async read({ lastBackupAt }) {
        const at = await lastBackupAt?.()
        backup.set(at === undefined ? 0 : at.getTime() / 1000)
      },
    },
  ]
}

function workReading(gauge: MakeGauge): SourceReading {
  const turns = gauge('brainall_turns', 'Open turns.', ['step', 'state'])
  const oldest = gauge('brainall_oldest_ready_turn_age_seconds', 'How long the oldest ready turn waits.', [
    'step',
  ])
  const undelivered = gauge(
    'brainall_undelivered_answers',
    'Answers given at once that their platform has not taken yet.',
  )
  const undeliveredAge = gauge(
    'brainall_oldest_undelivered_answer_age_seconds',
    'How long the oldest of them waits.',
  )
  const deadLetters = gauge(
    'brainall_dead_letters',
    'Failed turns that nobody retried or discarded; 1000 stands for any more.',
  )
  const size = gauge('brainall_database_bytes', 'Size of the database.')
  return {
    source: 'figures',
    gauges: [turns, oldest, undelivered, undeliveredAge, deadLetters, size],
    async read({ figures: readFigures }) {
      const figures = await readFigures?.()
      if (!figures) return
      for (const step of STEPS) {
        const own = figures.turns.filter((one) => one.step === step)
        for (const state of TURN_STATES)
          turns.set({ step, state }, own.find((one) => one.state === state)?.count ?? 0)
        oldest.set({ step }, (own.find(({ state }) => state === 'ready')?.oldestMs ?? 0) / 1000)
      }
      undelivered.set(figures.undelivered.count)
      undeliveredAge.set(figures.undelivered.oldestMs / 1000)
      deadLetters.set(figures.deadLetters)
      size.set(figures.databaseBytes)
    },
  }
}

function queueReading(gauge: MakeGauge): SourceReading {
  const tickets = gauge('brainall_queue_tickets', 'Tickets in the queue.', ['pool', 'state'])
  return {
    source: 'queue',
    gauges: [tickets],
    async read({ queue }) {
      const counts = await queue?.counts()
      if (!counts) return
      for (const pool of POOLS)
        for (const state of TICKET_STATES) tickets.set({ pool, state }, counts[pool][state])
    },
  }
}

function partReadings(gauge: MakeGauge, platforms: readonly string[]): SourceReading[] {
  const connections = gauge('brainall_connections', 'Connections to platforms.', ['platform', 'state'])
  const servers = gauge('brainall_model_servers', 'Model and speech servers.', ['purpose', 'state'])
  const platformOf = oneOf(platforms)
  return [
    {
      source: 'connections',
      gauges: [connections],
      async read(sources) {
        const listed = (await sources.connections?.list()) ?? []
        connections.reset()
        for (const platform of platforms)
          for (const state of CONNECTION_STATES) connections.set({ platform, state }, 0)
        for (const { platform, state } of listed)
          connections.inc({ platform: platformOf(platform), state: connectionState(state) })
      },
    },
    {
      source: 'models',
      gauges: [servers],
      async read({ models }) {
        const listed = (await models?.list()) ?? []
        for (const purpose of PURPOSES) {
          for (const state of SERVER_STATES) {
            const own = listed.filter((one) => one.purpose === purpose && one.state === state)
            servers.set({ purpose, state }, own.length)
          }
        }
      },
    },
  ]
}

async function withinLimit(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it took too long')), READ_LIMIT_MS)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
