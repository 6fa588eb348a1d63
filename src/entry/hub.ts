import { ADAPTERS } from '../../adapters/registry.ts'
import { ConfigurationError } from '../../config/load.ts'
import type { Environment } from '../../config/schema.ts'
import { claimDataDir } from '../db/embedded/index.ts'
import { HubError } from '../model/errors.ts'
import { greet } from './greeting.ts'
import { createLog } from './log.ts'
import { preflight } from './preflight.ts'
import { runHub } from './run-hub.ts'

const ECHO_MS = 1_000

async function main(): Promise<void> {
  const environment = await preflight()
  const log = createLog(environment)
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a rejection was left unhandled'))
  const claim = isWholeHub(environment) ? await claimDataDir(environment.DATA_DIR) : undefined
  const waiting = new AbortController()
  const ending = awaitSignal().then(() => waiting.abort(new HubError('stopped', 'Stopped before it ran.')))
  const hub = await runHub(environment, ADAPTERS, log, waiting.signal)
  await greet(environment, hub, ADAPTERS)
  await ending
  console.log('Stopping: running answers are finished or handed over. Once more ends at once.')
  const drainingSince = performance.now()
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(name, () => {
      // A signal to the whole group arrives twice: itself, and as a launcher passes it on.
      if (performance.now() - drainingSince > ECHO_MS) process.exit(code)
    })
  }
  await hub.drain()
  await claim?.release()
  console.log('Stopped.')
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

function awaitSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
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
