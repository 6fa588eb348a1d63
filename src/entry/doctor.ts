import { setTimeout as delay } from 'node:timers/promises'
import { ADAPTERS } from '../../adapters/registry.ts'
import { ConfigurationError, loadEnvironment } from '../../config/load.ts'
import type { Environment } from '../../config/schema.ts'
import { openReplyModel } from '../../workers/reply/vllm.ts'
import { openCodeRunner, tryBreakOut } from '../../workers/run-code/index.ts'
import { findFfmpeg } from '../../workers/transcribe/ffmpeg-binary.ts'
import { backupNames, openRemote } from '../backup/index.ts'
import { asHubError, HubError } from '../model/errors.ts'
import type { Logger } from '../ports/logger.ts'
import { openTicketQueue } from '../queue/index.ts'
import { createClosing } from './closing.ts'
import { tryModelServer, trySpeechServer } from './doctor-servers.ts'
import { createLog } from './log.ts'
import { checkDataDir } from './preflight.ts'
import { openStorage, type Storage } from './storage.ts'

type Finding =
  | { readonly kind: 'well'; readonly text: string }
  | { readonly kind: 'missing'; readonly text: string }
  | { readonly kind: 'fault'; readonly text: string; readonly fix: string }

const CHECK_LIMIT_MS = 20_000
const MAX_CLOCK_MS = 30_000
const MARKS = { well: '✓', missing: '–', fault: '✗' } as const

/** Each check really does what the hub will do. Prints one line a finding; resolves with the number of faults. */
async function examine(): Promise<number> {
  let faults = 0
  const print = (name: string, finding: Finding): void => {
    console.log(`${MARKS[finding.kind]} ${name.padEnd(14)} ${finding.text}`)
    if (finding.kind !== 'fault') return
    faults += 1
    console.log(`  ${' '.repeat(14)} → ${finding.fix}`)
  }
  const check = async (name: string, fix: string, work: () => Promise<Finding | string>): Promise<void> => {
    try {
      const late = delay(CHECK_LIMIT_MS, undefined, { ref: false }).then(() => {
        throw new HubError('doctor_timeout', `no answer within ${CHECK_LIMIT_MS / 1000} s`)
      })
      const found = await Promise.race([work(), late])
      print(name, typeof found === 'string' ? { kind: 'well', text: found } : found)
    } catch (error) {
      print(name, { kind: 'fault', text: asHubError(error).message, fix })
    }
  }

  let environment: Environment
  try {
    environment = loadEnvironment()
    print('configuration', { kind: 'well', text: 'every variable is understood' })
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    for (const fault of error.faults)
      print('configuration', { kind: 'fault', text: fault, fix: 'mend it in the environment or in .env' })
    if (!error.partial) return faults
    environment = error.partial
  }
  const log = createLog({ LOG_LEVEL: 'silent' })
  const closing = createClosing(log)
  try {
    await check('data', 'make the directory writable for this user, or set DATA_DIR', async () => {
      const fault = await checkDataDir(environment.DATA_DIR)
      if (fault) throw new HubError('data_dir', fault)
      return environment.DATA_DIR
    })
    await checkStorage(environment, log, closing, check)
    await check(
      'ffmpeg',
      'install ffmpeg, or set FFMPEG_PATH; without it voice messages are not understood',
      async () => {
        const found = await findFfmpeg(environment.FFMPEG_PATH)
        if (found === undefined) throw new HubError('no_ffmpeg', 'not found')
        return found
      },
    )
    await check(
      'sandbox',
      'install bubblewrap, or allow user namespaces; SANDBOX=none runs code without walls',
      async () => {
        const runner = await openCodeRunner({ sandbox: environment.SANDBOX, concurrency: 1, log })
        closing.add('code runner', () => runner.close())
        const { reason, value } = await runner.run(
          { language: 'javascript', source: '6 * 7' },
          AbortSignal.timeout(10_000),
        )
        if (value !== '42') throw new HubError('sandbox', `a trial run ended with ${reason}`)
        const { attempts, description } = await tryBreakOut({ sandbox: environment.SANDBOX, log })
        const reached = attempts.filter(({ isHeld }) => !isHeld).map(({ name }) => name)
        if (reached.length > 0)
          throw new HubError('sandbox', `a program that broke out reached: ${reached.join(', ')}`)
        return `${description}; a trial run worked, and ${attempts.length} attempts to break out reached nothing`
      },
    )
    await checkServers(environment, check)
    await check('backups', 'check BACKUP_REMOTE, its keys, and that the place is there', () =>
      checkRemoteBackups(environment),
    )
    for (const adapter of ADAPTERS) {
      await check(
        adapter.label,
        'check its token and address; the README tells where to find them',
        async () => {
          const configured = adapter.fromEnvironment(environment)
          if (!configured) return { kind: 'missing', text: 'not configured by the environment' }
          return `accepted as ${await adapter.identify(configured.credentials, AbortSignal.timeout(10_000))}`
        },
      )
    }
  } finally {
    await closing.run()
  }
  return faults
}

type Check = (name: string, fix: string, work: () => Promise<Finding | string>) => Promise<void>

async function checkStorage(
  environment: Environment,
  log: Logger,
  closing: ReturnType<typeof createClosing>,
  check: Check,
): Promise<void> {
  let storage: Storage | undefined
  const replyModel = openReplyModel()
  closing.add('model client', () => replyModel.close())
  await check('database', 'check DATABASE_URL and that the server is up', async () => {
    storage = await openStorage(environment, log, replyModel, closing)
    const { rows } = await storage.database.pool.query<{ server_version: string }>('show server_version')
    return `PostgreSQL ${rows[0]?.server_version}, ${environment.DATABASE_URL === undefined ? 'embedded' : 'by DATABASE_URL'}`
  })
  const opened = storage
  if (opened)
    await check('clock', 'let NTP set it: signatures and tokens are refused by a wrong one', () =>
      checkClock(opened),
    )
  await check('queue', 'check REDIS_URL and that the server is up', async () => {
    const { REDIS_URL: redisUrl } = environment
    if (redisUrl === undefined && !storage)
      return { kind: 'missing', text: 'lives in the database, which is not there' }
    const queue = await openTicketQueue(
      redisUrl === undefined ? { databaseUrl: storage?.connectionString ?? '' } : { redisUrl },
      log,
    )
    closing.add('queue', () => queue.close())
    await queue.ping(3_000)
    return redisUrl === undefined ? 'in the database' : 'in Redis'
  })
}

async function checkServers(environment: Environment, check: Check): Promise<void> {
  for (const [name, variable, attempt] of [
    ['models', 'LLM_BASE_URL', tryModelServer],
    ['speech', 'WHISPER_BASE_URL', trySpeechServer],
  ] as const)
    await check(
      name,
      `check ${variable}, its key and its model, and that the server is up`,
      async () => (await attempt(environment)) ?? { kind: 'missing', text: `${variable} is not set` },
    )
}

/** Signatures and tokens go by the clock, leases by the database's. */
async function checkClock(storage: Storage): Promise<string> {
  const before = Date.now()
  const { rows } = await storage.database.pool.query<{ at: Date }>('select clock_timestamp() as at')
  const offMs = (rows[0]?.at.getTime() ?? before) - (before + Date.now()) / 2
  if (Math.abs(offMs) > MAX_CLOCK_MS)
    throw new HubError('clock', `${(offMs / 1000).toFixed(0)} s off the database's`)
  return `within ${Math.max(1, Math.abs(Math.round(offMs)))} ms of the database's`
}

async function checkRemoteBackups(environment: Environment): Promise<Finding | string> {
  const remote = await openRemote(environment)
  if (!remote) return { kind: 'missing', text: 'BACKUP_REMOTE is not set: backups stay on this machine' }
  try {
    const names = backupNames(await remote.list(AbortSignal.timeout(10_000)))
    return `${remote.description} holds ${names.length}${names[0] === undefined ? '' : `, the newest ${names[0]}`}`
  } finally {
    await remote.close()
  }
}

const faults = await examine()
console.log(faults === 0 ? '\nNo faults found.' : `\n${faults} ${faults === 1 ? 'fault' : 'faults'} found.`)
process.exit(faults === 0 ? 0 : 1)
