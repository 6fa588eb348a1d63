import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { ADAPTERS } from '../../adapters/registry.ts'
import { loadEnvironment } from '../../config/load.ts'
import { type RunningHub, runHub } from '../../src/entry/run-hub.ts'
import { startTestDatabase } from './postgres.ts'
import { services } from './services.ts'

export interface TestHub {
  readonly hub: RunningHub
  readonly url: string
  readonly dataDir: string
  /** Drains this hub and starts another on the same database. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** A whole hub on a fresh database, configured as an operator would by the environment. */
export async function startTestHub(environment: Readonly<Record<string, string>>): Promise<TestHub> {
  const database = await startTestDatabase()
  const dataDir = await mkdtemp(join(tmpdir(), 'brainall-test-'))
  const log = pino({ level: services.logLevel })
  const config = loadEnvironment({
    PORT: '0',
    DATA_DIR: dataDir,
    DATABASE_URL: database.connectionString,
    SIMULATOR: 'off',
    DRAIN_TIMEOUT_MS: '2000',
    ...(services.redisUrl === undefined ? {} : { REDIS_URL: ownRedisDatabase(services.redisUrl) }),
    ...environment,
  })
  let hub = await runHub(config, ADAPTERS, log)
  return {
    dataDir,
    get hub() {
      return hub
    },
    get url() {
      return hub.web?.url ?? ''
    },
    async restart() {
      await hub.drain()
      hub = await runHub(config, ADAPTERS, log)
    },
    async close() {
      await hub.drain()
      await database.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Test files that run side by side must not take each other's tickets. */
function ownRedisDatabase(redisUrl: string): string {
  const url = new URL(redisUrl)
  url.pathname = `/${services.workerNumber}`
  return url.href
}
