import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { type ModelEmulator, startModelEmulator } from '../../src/simulator/models/index.ts'
import {
  type Chat,
  startDiscordChat,
  startMatrixChat,
  startSlackChat,
  startTelegramChat,
} from '../support/chats/index.ts'
import { type HubProcess, spawnHub, untilRunning } from '../support/hub-process.ts'
import { type PostgresServer, startPostgresServer } from '../support/postgres-server.ts'
import { type RedisServer, startRedisServer } from '../support/redis-server.ts'
import { createDatabase } from '../support/test-databases.ts'

export type Backend = 'postgres' | 'redis'

/** Everything a fault run needs around its hubs; all of it on this machine. */
export interface Stage {
  readonly backend: Backend
  readonly chats: readonly Chat[]
  readonly model: ModelEmulator
  readonly postgres: PostgresServer
  readonly redis: RedisServer | undefined
  /** What a hub of this stage is started with. */
  readonly environment: Readonly<Record<string, string>>
  /** Starts a hub process and waits until it runs; the stage ends it when it closes. */
  start(environment?: Readonly<Record<string, string>>): Promise<HubProcess>
  /** Without waiting. */
  spawn(environment?: Readonly<Record<string, string>>): HubProcess
  /** What the hub's own database says. */
  query<Row extends pg.QueryResultRow>(text: string): Promise<readonly Row[]>
  /** As the server's superuser, besides the hub's database. */
  administer(text: string): Promise<void>
  close(): Promise<void>
}

export interface StageOptions {
  readonly backend?: Backend
  readonly platforms?: readonly Chat['platform'][]
  readonly environment?: Readonly<Record<string, string>>
  /** The database's commits wait for the disk, as outside of tests. */
  readonly synced?: boolean
  /** Of the model's answers. */
  readonly tokensPerSecond?: number
}

/** Long enough to outlast a slow restart, short enough for a run to end. */
const SLACK_RETRY_DELAYS_MS = [0, 500, 1000, 1500, 2000, 3000, 4000, 5000, ...Array<number>(20).fill(6000)]
/** A start under load is slow, and no fault. */
const START_LIMIT_MS = 120_000
/** As `npm start` has it: a process that starts again compiles nothing anew. */
const COMPILE_CACHE = fileURLToPath(new URL('../../.runtime/compile-cache', import.meta.url))
const UNLIMITED_BUCKET = { limit: 100_000, windowMs: 1000 }

const STARTS: Readonly<Record<Chat['platform'], () => Promise<Chat>>> = {
  telegram: () => startTelegramChat(),
  slack: () => startSlackChat({ retryDelaysMs: SLACK_RETRY_DELAYS_MS }),
  discord: () => startDiscordChat({ messageBucket: UNLIMITED_BUCKET }),
  matrix: () => startMatrixChat(),
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).reverse()) await one()
  }
  const opened = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    closers.push(() => part.close())
    return part
  }
  try {
    const platforms = options.platforms ?? ['telegram', 'slack', 'discord', 'matrix']
    const chats = await Promise.all(platforms.map(async (name) => opened(await STARTS[name]())))
    const model = opened(await startModelEmulator({ tokensPerSecond: options.tokensPerSecond ?? 60 }))
    const postgres = await startPostgresServer({
      restartable: true,
      synced: options.synced ?? false,
    })
    if (!postgres) throw new Error('fault runs need the PostgreSQL binaries')
    opened(postgres)
    const database = await createDatabase(postgres.connectionString('postgres'))
    const redis = options.backend === 'redis' ? await startRedisServer() : undefined
    if (options.backend === 'redis' && !redis) throw new Error('fault runs on Redis need redis-server')
    if (redis) closers.push(() => redis.stop())
    const dataDir = await mkdtemp(join(tmpdir(), 'brainall-faults-'))
    closers.push(() => rm(dataDir, { recursive: true, force: true }))
    const environment = {
      ...Object.assign({}, ...chats.map((chat) => chat.environment)),
      DATA_DIR: dataDir,
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      DATABASE_URL: database.connectionString,
      LLM_BASE_URL: model.baseUrl,
      LOG_LEVEL: 'warn',
      DRAIN_TIMEOUT_MS: '8000',
      ...(redis ? { REDIS_URL: redis.url } : {}),
      ...options.environment,
    }
    const hubs = new Set<HubProcess>()
    closers.push(async () => {
      for (const hub of hubs) hub.signal('SIGKILL')
      await Promise.all([...hubs].map((hub) => hub.ended))
    })
    const spawn: Stage['spawn'] = (more = {}) => {
      const hub = spawnHub({ ...environment, ...more })
      hubs.add(hub)
      void hub.ended.then(() => hubs.delete(hub))
      return hub
    }
    return {
      backend: options.backend ?? 'postgres',
      chats,
      model,
      postgres,
      redis,
      environment,
      spawn,
      start: (more) => untilRunning(spawn(more), START_LIMIT_MS),
      async query<Row extends pg.QueryResultRow>(text: string) {
        const client = new pg.Client({ connectionString: database.connectionString })
        await client.connect()
        try {
          return (await client.query<Row>(text)).rows
        } finally {
          await client.end()
        }
      },
      async administer(text) {
        const client = new pg.Client({ connectionString: postgres.connectionString('postgres') })
        await client.connect()
        try {
          await client.query(text)
        } finally {
          await client.end()
        }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The platforms' ids of all messages with a turn, as the hub took them in. */
export async function arrivalOrder({ query }: Stage): Promise<readonly string[]> {
  const rows = await query<{ id: string }>(
    'select m.external_id as id from turns t join messages m on m.id = t.message_id order by t.seq',
  )
  return rows.map(({ id }) => id)
}

/** What the hub knows of questions that nobody saw answered: never delivered to it, still waiting, or how they ended. */
export async function withFates({ query }: Stage, lost: readonly string[]): Promise<readonly string[]> {
  if (lost.length === 0) return lost
  const rows = await query<{ name: string; fate: string }>(`
    select substring(m.text from 'q[0-9]+$') as name,
      concat_ws(', ', t.state, t.error_code, a.state, a.text, (
        select string_agg(d.code, ' ' order by d.seq) from decisions d where d.message_id = m.id
      )) as fate
    from messages m left join turns t on t.message_id = m.id left join answers a on a.turn_id = t.id`)
  const fates = new Map(rows.map(({ name, fate }) => [name, fate]))
  return lost.map((one) => `${one}: ${fates.get(one.split(' ').at(-1) ?? '') ?? 'never reached the hub'}`)
}
