import { randomUUID } from 'node:crypto'
import type { Environment } from '../../config/schema.ts'
import { createRehearsal } from '../../workers/reply/rehearse.ts'
import { openReplyModel } from '../../workers/reply/vllm.ts'
import { startBackups } from '../backup/index.ts'
import { createDelivery } from '../core/deliver.ts'
import { createGateway, type Gateway } from '../core/gateway.ts'
import { createIngest } from '../core/ingest.ts'
import { createSenderDirectory } from '../core/senders.ts'
import { createSweep } from '../core/sweeper.ts'
import { say } from '../core/wording.ts'
import { createHubFigures } from '../db/hub-figures.ts'
import {
  createMetrics,
  type Metrics,
  observeAdapter,
  observeReplyModel,
  observeTurns,
  startMetricsServer,
} from '../metrics/index.ts'
import { HubError } from '../model/errors.ts'
import { nearestLanguage } from '../model/settings.ts'
import type { Logger } from '../ports/logger.ts'
import type { Credentials, PlatformAdapter } from '../ports/platform-adapter.ts'
import type { TicketQueue } from '../ports/ticket-queue.ts'
import { openTicketQueue } from '../queue/index.ts'
import { openCallBudgets } from './call-budgets.ts'
import { type Closing, createClosing } from './closing.ts'
import { type Simulation, startSimulation } from './simulation.ts'
import { openStorage, type Storage } from './storage.ts'
import { openTracing } from './tracing.ts'
import { untilDatabaseAnswers, untilOpen } from './waiting.ts'
import { type RunningWeb, startWeb } from './web.ts'
import { startWorkers } from './workers.ts'

export interface RunningHub {
  readonly storage: Storage
  readonly queue: TicketQueue
  readonly gateway: Gateway | undefined
  readonly web: RunningWeb | undefined
  /** The simulator's page, where it runs. */
  readonly simulatorUrl: string | undefined
  /** Stops intake, waits for running turns up to DRAIN_TIMEOUT_MS, hands the rest over, closes everything. */
  drain(): Promise<void>
}

const SWEEP_MS = 2_000
const REHEARSE_MS = 3_000
const REFRESH_MODELS_MS = 30_000
const FORGET_MS = 60 * 60_000

/**
 * Opens everything the roles of this process need, in order; closes what it opened if a later part fails. A
 * database or a Redis that is away is waited for until `signal` aborts.
 */
export async function runHub(
  environment: Environment,
  adapters: readonly PlatformAdapter[],
  log: Logger,
  signal: AbortSignal = new AbortController().signal,
): Promise<RunningHub> {
  const closing = createClosing(log)
  const stopping = new AbortController()
  const drained = new AbortController()
  try {
    const metrics = createMetrics({ platforms: adapters.map(({ platform }) => platform) })
    const owner = randomUUID()
    const tracing = openTracing(environment, owner, closing, log)
    const observer = tracing.observer(metrics.observer)
    const byPlatform = new Map(
      adapters.map((adapter) => [adapter.platform, observeAdapter(tracing.adapter(adapter), observer)]),
    )
    const modelClient = openReplyModel({
      firstTokenMs: environment.LLM_FIRST_TOKEN_MS,
      betweenTokensMs: environment.LLM_BETWEEN_TOKENS_MS,
    })
    closing.add('model client', () => modelClient.close())
    const replyModel = observeReplyModel(modelClient, observer)
    await untilDatabaseAnswers(environment, log, signal)
    const opened = await openStorage(environment, log, replyModel, closing)
    const storage: Storage = { ...opened, ...observeTurns(opened, observer) }
    const { REDIS_URL: redisUrl } = environment
    const backend = redisUrl === undefined ? { databaseUrl: storage.connectionString } : { redisUrl }
    const queue = await untilOpen('queue', environment, log, signal, () => openTicketQueue(backend, log))
    closing.add('queue', () => queue.close())
    const simulation = await startSimulation(environment, adapters)
    if (simulation) closing.add('simulator', () => simulation.close())
    await reconcile(environment, adapters, storage, simulation)

    await storage.signals.announce(owner)
    const budgetOf = openCallBudgets(environment, storage, closing, log)
    const senders = createSenderDirectory(storage.connections, byPlatform, budgetOf, log)
    const deliver = createDelivery({ store: storage.answers, senders, log, signal: drained.signal })
    const has = (role: Environment['ROLES'][number]) => environment.ROLES.includes(role)
    await startMetrics(environment, metrics, storage, queue, closing)

    if (has('worker')) {
      await startWorkers({
        environment,
        storage,
        queue,
        senders,
        replyModel,
        observer,
        tracing,
        owner,
        stopping: stopping.signal,
        drained: drained.signal,
        closing,
        log,
      })
      const sweep = createSweep({
        turns: storage.turns,
        answers: storage.answers,
        queue,
        ledger: storage.ledger,
        deliver: () => deliver(),
      })
      await queue.every('sweep', SWEEP_MS, sweep)
      const rehearse = createRehearsal(
        { work: storage.rehearsals, models: storage.models, replyModel, log },
        stopping.signal,
      )
      await queue.every('rehearse', REHEARSE_MS, rehearse)
      await queue.every('refresh-models', REFRESH_MODELS_MS, () => storage.models.refresh(stopping.signal))
      const backups = startBackups({
        environment,
        pool: storage.database.pool,
        secrets: storage.secrets,
        log,
      })
      closing.add('backups', () => backups.close())
      metrics.watch({ lastBackupAt: () => backups.lastBackupAt() })
      await queue.every('forget', FORGET_MS, () => storage.forget())
      storage.models
        .refresh(stopping.signal)
        .catch((error: unknown) => log.warn({ err: error }, 'the model servers could not be asked'))
    }

    const ingest = createIngest({
      store: storage.ingest,
      queue,
      signals: storage.signals,
      limits: {
        hub: environment.MAX_BACKLOG,
        workspace: environment.MAX_WORKSPACE_BACKLOG,
        conversation: environment.MAX_CONVERSATION_BACKLOG,
      },
      deliver: async (answerId) => void (await deliver(answerId)),
      log,
    })
    const gateway =
      has('gateway') || has('web')
        ? createGateway({
            store: storage.connections,
            adapters: byPlatform,
            ingest,
            say: (one, language) => say(one, nearestLanguage(language)),
            signals: storage.signals,
            publicUrl: environment.PUBLIC_URL,
            owner,
            roles: { gateway: has('gateway'), web: has('web') },
            log,
          })
        : undefined
    if (gateway) closing.add('gateway', () => gateway.close())
    const identify = async (platform: string, credentials: Credentials, signal: AbortSignal) => {
      const adapter = byPlatform.get(platform)
      if (adapter === undefined) throw new HubError('platform_unknown', 'the hub does not know this platform')
      return adapter.identify(credentials, signal)
    }
    const web = has('web')
      ? await startWeb({ environment, storage, queue, gateway, senders, identify, metrics, log })
      : undefined
    if (web) {
      closing.add('web', () => web.close())
      simulation?.setAdminUrl(`${web.url}/admin`)
    }

    return {
      storage,
      queue,
      gateway,
      web,
      simulatorUrl: simulation?.url,
      async drain() {
        stopping.abort()
        const timer = setTimeout(() => drained.abort(), environment.DRAIN_TIMEOUT_MS)
        await closing.run()
        clearTimeout(timer)
      },
    }
  } catch (error) {
    stopping.abort()
    drained.abort()
    await closing.run()
    throw error
  }
}

/** The figures of the hub as a whole come from the processes that serve the web, which print theirs there. */
async function startMetrics(
  { ROLES, HOST, METRICS_PORT: port }: Environment,
  metrics: Metrics,
  storage: Storage,
  queue: TicketQueue,
  closing: Closing,
): Promise<void> {
  const { pool, db } = storage.database
  metrics.watch({
    databasePool: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
  })
  if (!ROLES.includes('web')) {
    if (port === undefined) return
    const server = await startMetricsServer({ host: HOST, port, text: () => metrics.text() })
    closing.add('metrics', () => server.close())
    return
  }
  metrics.watch({
    figures: createHubFigures(db),
    queue,
    connections: storage.connections,
    models: storage.models,
  })
}

/**
 * Brings what the environment names into the tables; the rest there is the admin's. The gateway's environment
 * counts: a worker or web that was started without it takes nothing away.
 */
async function reconcile(
  environment: Environment,
  adapters: readonly PlatformAdapter[],
  storage: Storage,
  simulation: Simulation | undefined,
): Promise<void> {
  const connections = adapters.flatMap((adapter) => {
    const found = adapter.fromEnvironment(environment)
    return found ? [{ platform: adapter.platform, ...found }] : []
  })
  if (!environment.ROLES.includes('gateway')) return
  await storage.connections.reconcile('environment', connections)
  await storage.connections.reconcile('simulator', simulation?.connections ?? [])
  await storage.models.reconcile('simulator', simulation?.servers ?? [])
  const { LLM_BASE_URL, LLM_API_KEY, LLM_MODEL, WHISPER_BASE_URL, WHISPER_API_KEY, WHISPER_MODEL } =
    environment
  const server = (
    name: string,
    purpose: 'chat' | 'speech',
    baseUrl?: string,
    apiKey?: string,
    defaultModel?: string,
  ) =>
    baseUrl === undefined
      ? []
      : [
          {
            name,
            purpose,
            baseUrl,
            ...(apiKey === undefined ? {} : { apiKey }),
            ...(defaultModel === undefined ? {} : { defaultModel }),
          },
        ]
  await storage.models.reconcile('environment', [
    ...server('llm', 'chat', LLM_BASE_URL, LLM_API_KEY, LLM_MODEL),
    ...(environment.LLM_SERVERS ?? []).flatMap(({ name, baseUrl, apiKey }) =>
      server(name, 'chat', baseUrl, apiKey),
    ),
    ...server('whisper', 'speech', WHISPER_BASE_URL, WHISPER_API_KEY, WHISPER_MODEL),
  ])
}
