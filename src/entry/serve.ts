import { flushCompileCache } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'
import { ADAPTERS } from '../../adapters/registry.ts'
import { ConfigurationError } from '../../config/load.ts'
import type { Environment } from '../../config/schema.ts'
import { claimDataDir } from '../db/embedded/index.ts'
import { asStorageError } from '../db/storage-error.ts'
import { HubError } from '../model/errors.ts'
import type { Logger } from '../ports/logger.ts'
import { greet } from './greeting.ts'
import { createLog } from './log.ts'
import { preflight } from './preflight.ts'
import { type RunningHub, runHub } from './run-hub.ts'

const ECHO_MS = 1_000
const RESTART_MS = 1_000

async function main(): Promise<void> {
  const environment = await preflight()
  const log = createLog(environment)
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a rejection was left unhandled'))
  const claim = isWholeHub(environment) ? await claimDataDir(environment.DATA_DIR) : undefined
  const waiting = new AbortController()
  const ending = awaitSignal().then(() => waiting.abort(new HubError('stopped', 'Stopped before it ran.')))
  const hub = await startHub(environment, log, waiting.signal)
  await greet(environment, hub, ADAPTERS).catch((error: unknown) => {
    log.error({ err: error }, 'the greeting could not be put together')
  })
  // A killed process would leave nothing for the next one, which then compiles everything anew.
  flushCompileCache()
  await ending
  console.log('Stopping: running answers are finished or handed over. Once more ends at once.')
  await hub.drain()
  await claim?.release()
  console.log('Stopped.')
}

/** A database that goes away in the middle of the start is waited for like one that was away before. */
async function startHub(environment: Environment, log: Logger, signal: AbortSignal): Promise<RunningHub> {
  for (;;) {
    try {
      return await runHub(environment, ADAPTERS, log, signal)
    } catch (error) {
      const failure = asStorageError(error)
      const away = failure instanceof HubError && failure.code === 'storage_unavailable'
      if (!away || environment.DATABASE_URL === undefined || signal.aborted) throw error
      log.error({ err: failure }, 'the database was lost during the start; starting again')
      await delay(RESTART_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

/** One hub a data directory; other roles attach to its database. */
function isWholeHub({ ROLES, DATABASE_URL }: Environment): boolean {
  return (
    DATABASE_URL === undefined &&
    ROLES.includes('gateway') &&
    ROLES.includes('worker') &&
    ROLES.includes('web')
  )
}

/**
 * Resolves with the first signal; a later one ends the process at once. The listeners stay from the start on: a
 * signal to the whole group arrives twice, itself and as a launcher passes it on, and without one it kills.
 */
function awaitSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined
    for (const [name, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      process.on(name, () => {
        first ??= performance.now()
        if (performance.now() - first > ECHO_MS) process.exit(code)
        resolve()
      })
    }
  })
}

try {
  await main()
  process.exit(0)
} catch (error) {
  const known = error instanceof ConfigurationError || error instanceof HubError
  console.error(known ? error.message : error)
  process.exit(1)
}
