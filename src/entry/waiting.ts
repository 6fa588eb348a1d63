import { createServer, type Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Environment } from '../../config/schema.ts'
import { openDatabase } from '../db/database.ts'
import { asHubError } from '../model/errors.ts'
import type { Logger } from '../ports/logger.ts'

const PROBE_LIMIT_MS = 5_000
const FIRST_WAIT_MS = 250
const MAX_WAIT_MS = 5_000

/**
 * Waits, before anything is opened, for a given database that is away; `/readyz` says meanwhile what is waited
 * for. A database that answers and refuses (password, name) rejects: waiting would not mend it.
 */
export async function untilDatabaseAnswers(
  environment: Environment,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { DATABASE_URL: url } = environment
  if (url === undefined) return
  await untilOpen('database', environment, log, signal, async () => {
    const database = openDatabase(url, log, 1)
    try {
      await database.ping(PROBE_LIMIT_MS)
    } finally {
      await database.close()
    }
  })
}

/** Tries again while what `open` needs is away; every other failure is the caller's. */
export async function untilOpen<Opened>(
  part: 'database' | 'queue',
  environment: Environment,
  log: Logger,
  signal: AbortSignal,
  open: () => Promise<Opened>,
): Promise<Opened> {
  let notice: Server | undefined
  let detail = ''
  try {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(MAX_WAIT_MS, wait * 2)) {
      try {
        return await open()
      } catch (error) {
        const failure = asHubError(error)
        if (!AWAY.has(failure.code)) throw error
        if (failure.message !== detail)
          log.error({ part, err: failure }, `waiting for the ${part}: it cannot be reached`)
        detail = failure.message
        notice ??= await startNotice(environment, part, () => detail)
      }
      await delay(wait, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  } finally {
    if (notice) await stopNotice(notice)
  }
}

const AWAY: ReadonlySet<string> = new Set([
  'storage_unavailable',
  'database_unreachable',
  'queue_unreachable',
])

/** Alive, but not ready: on the web's own address, until the web itself takes it. */
async function startNotice(
  { ROLES, HOST, PORT }: Environment,
  part: 'database' | 'queue',
  detail: () => string,
): Promise<Server | undefined> {
  if (!ROLES.includes('web')) return undefined
  const server = createServer((request, response) => {
    const alive = request.url === '/healthz'
    response.writeHead(alive ? 200 : 503, { 'content-type': 'application/json', connection: 'close' })
    const parts = [{ kind: part, name: part, up: false, detail: detail() }]
    const reasons = [`${part} ${part}: ${detail()}`]
    response.end(JSON.stringify(alive ? { ok: true } : { ready: false, reasons, parts }))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(PORT, HOST, resolve)
  })
  return server
}

async function stopNotice(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
