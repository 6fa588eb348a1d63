import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { openEmbeddedDatabase } from '../../../src/db/embedded/index.ts'
import { type ModelEmulator, startModelEmulator } from '../../../src/simulator/models/index.ts'
import { startTelegramEmulator, type TelegramEmulator } from '../../../src/simulator/telegram/index.ts'
import { freePort } from '../../support/free-port.ts'
import { type HubProcess, spawnHub } from '../../support/hub-process.ts'
import { createRecordingLogger } from '../../support/recording-logger.ts'
import { startDurableRedis } from './redis.ts'

export type Backend = 'redis' | 'postgres'

/** What is measured: processes that answer on the stage's Telegram with the stage's model. */
export interface Subject {
  readonly pids: readonly number[]
  /** From the first process's start until the last could answer. */
  readonly readyMs: number
  close(): Promise<void>
}

export interface Stage {
  readonly backend: Backend
  readonly telegram: TelegramEmulator
  readonly model: ModelEmulator
  /** For looking and filling, beside whoever is measured. */
  readonly pool: pg.Pool
  /** The whole hub in one process, or a gateway with the web and so many workers. */
  startHub(workers?: number): Promise<Subject>
  startBareBot(commit: boolean): Promise<Subject>
  close(): Promise<void>
}

const BARE_BOT = fileURLToPath(new URL('bare-bot.ts', import.meta.url))
const READY_LIMIT_MS = 120_000
const LOOK_MS = 20

/**
 * Emulators without rate limits, the embedded PostgreSQL and a Redis as the product runs them: their durability
 * stays. undefined: this machine has no Redis.
 */
export async function openStage(
  backend: Backend,
  more: Readonly<Record<string, string>> = {},
): Promise<Stage | undefined> {
  const closing: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one()
  }
  try {
    const directory = await mkdtemp(join(tmpdir(), 'bench-'))
    closing.push(() => rm(directory, { recursive: true, force: true }))
    const dataDir = join(directory, 'data')
    await mkdir(dataDir, { mode: 0o700 })
    const log = createRecordingLogger()
    const database = await openEmbeddedDatabase({ dataDir, log, signal: AbortSignal.timeout(60_000) })
    closing.push(() => database.close())
    const redis = backend === 'redis' ? await startDurableRedis(directory) : undefined
    if (redis) closing.push(() => redis.close())
    else if (backend === 'redis') {
      await close()
      return undefined
    }
    const telegram = await startTelegramEmulator()
    closing.push(() => telegram.close())
    const model = await startModelEmulator({ tokensPerSecond: 100 })
    closing.push(() => model.close())
    const { connectionString: databaseUrl } = database
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
    closing.push(() => pool.end())

    const shared = {
      DATA_DIR: dataDir,
      DATABASE_URL: databaseUrl,
      ...(redis ? { REDIS_URL: redis.url } : {}),
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      LLM_BASE_URL: model.baseUrl,
      LOG_LEVEL: 'warn',
      BACKUP_HOUR: 'off',
      ...more,
    }
    return {
      backend,
      telegram,
      model,
      pool,
      startHub: (workers) => startHub(shared, workers),
      startBareBot: (commit) =>
        startBareBot({
          telegram: `${telegram.url}/bot${telegram.token}`,
          model: model.baseUrl,
          databaseUrl,
          ...(redis ? { redisUrl: redis.url } : {}),
          commit,
        }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

export async function startHub(
  environment: Readonly<Record<string, string>>,
  workers?: number,
): Promise<Subject> {
  const port = await freePort()
  const startedAt = performance.now()
  const front = spawnHub({
    ...environment,
    PORT: String(port),
    ...(workers === undefined ? {} : { ROLES: 'gateway,web' }),
  })
  const behind = Array.from({ length: workers ?? 0 }, () => spawnHub({ ...environment, ROLES: 'worker' }))
  const all = [front, ...behind]
  const url = `http://127.0.0.1:${port}/readyz`
  await until(all, async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
    const body = response?.ok ? await response.text() : ''
    return body !== '' && behind.every(({ output }) => output.includes('BrainAll is running'))
  })
  const readyMs = performance.now() - startedAt
  return {
    pids: all.map(({ pid }) => pid),
    readyMs,
    async close() {
      for (const hub of all) hub.signal('SIGTERM')
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}

async function startBareBot(options: object): Promise<Subject> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [BARE_BOT, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data', { signal: AbortSignal.timeout(READY_LIMIT_MS) })
  return {
    pids: [child.pid ?? 0],
    readyMs: performance.now() - startedAt,
    async close() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function until(hubs: readonly HubProcess[], look: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + READY_LIMIT_MS
  const over = Promise.race(hubs.map(({ ended }) => ended))
  while (!(await look())) {
    const died = await Promise.race([over, delay(LOOK_MS)])
    if (died !== undefined || performance.now() > end)
      throw new Error(`the hub does not start (${died}): ${hubs.map(({ output }) => output).join('\n')}`)
  }
}
