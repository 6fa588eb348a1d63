import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigurationError, loadEnvironment } from '../../config/load.ts'
import type { Environment } from '../../config/schema.ts'
import {
  type BackupContents,
  backupNames,
  inspectBackup,
  openRemote,
  type RestoreReport,
  restoreBackup,
} from '../backup/index.ts'
import { claimDataDir, openEmbeddedDatabase } from '../db/embedded/index.ts'
import { createSecretBox, type SecretBox } from '../db/secrets.ts'
import { HubError } from '../model/errors.ts'
import { type Closing, createClosing } from './closing.ts'
import { untilSignal } from './interruption.ts'
import { createLog } from './log.ts'
import { secretKey } from './secret-key.ts'

const USAGE = `Usage: npm run restore -- FILE [--remote] [--dry-run] [--force] [--moved]

  --remote   FILE is fetched from BACKUP_REMOTE: a name, or latest; without FILE, shows what is there
  --dry-run  shows what is inside and tries all of it, then takes it back
  --force    also replaces a hub that is there; also without the right SECRET_KEY
  --moved    the hub was stopped before the backup and never ran since: its open work goes on`

async function main(): Promise<void> {
  const { values, positionals } = readArguments()
  const [given] = positionals
  if (values.help || (given === undefined && !values.remote) || positionals.length > 1) {
    if (!values.help) process.exitCode = 2
    return console.log(USAGE)
  }
  const { force = false, moved = false, 'dry-run': dryRun = false } = values
  const environment = loadEnvironment()
  const log = createLog({ LOG_LEVEL: environment.LOG_LEVEL === 'info' ? 'warn' : environment.LOG_LEVEL })
  const closing = createClosing(log)
  const signal = untilSignal()
  try {
    const file = values.remote ? await fetchRemote(environment, given, closing, signal) : resolve(given ?? '')
    if (file === undefined) return
    const contents = await inspectBackup(file, environment.BACKUP_KEY, signal)
    show(contents)
    const secrets = await secretsHere(environment, force && !dryRun)
    let { DATABASE_URL: connectionString } = environment
    if (connectionString === undefined) {
      const { DATA_DIR: dataDir } = environment
      const claim = await claimDataDir(dataDir)
      closing.add('data directory', () => claim.release())
      const embedded = await openEmbeddedDatabase({ dataDir, log, signal })
      closing.add('embedded database', () => embedded.close())
      connectionString = embedded.connectionString
    }
    const { BACKUP_KEY: backupKey, DATA_DIR: filesRoot } = environment
    const parts = { connectionString, contents, backupKey, secrets, filesRoot, force, moved, dryRun, signal }
    tell(await restoreBackup(parts), dryRun)
  } finally {
    await closing.run()
  }
}

function readArguments() {
  const flag = { type: 'boolean' } as const
  const options = { help: flag, force: flag, moved: flag, 'dry-run': flag, remote: flag }
  try {
    return parseArgs({ allowPositionals: true, options })
  } catch (error) {
    throw new HubError('usage', `${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  }
}

/** Fetches a backup into the data directory until the end of this run; without a name, tells which there are. */
async function fetchRemote(
  environment: Environment,
  given: string | undefined,
  closing: Closing,
  signal: AbortSignal,
): Promise<string | undefined> {
  const remote = await openRemote(environment)
  if (!remote) throw new HubError('usage', 'BACKUP_REMOTE is not set.')
  try {
    const names = backupNames(await remote.list(signal))
    if (given === undefined) {
      console.log([`${names.length} at ${remote.description}`, ...names].join('\n  '))
      return undefined
    }
    const name = given === 'latest' ? names[0] : names.find((one) => one === given)
    if (name === undefined) throw new HubError('backup_unreadable', `${remote.description} has no ${given}.`)
    const { DATA_DIR: directory } = environment
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const file = join(directory, `.${name}.${randomUUID()}.partial`)
    closing.add('fetched backup', () => rm(file, { force: true }))
    await remote.fetch(name, file, signal)
    console.log(`Fetched ${name} from ${remote.description}\n`)
    return file
  } finally {
    await remote.close()
  }
}

/** A key is made only where one is needed at once: an empty place is where the old one belongs. */
async function secretsHere(environment: Environment, mayMake: boolean): Promise<SecretBox | undefined> {
  const isThere = environment.SECRET_KEY !== undefined || existsSync(join(environment.DATA_DIR, 'secret.key'))
  return isThere || mayMake ? createSecretBox(await secretKey(environment)) : undefined
}

function show(contents: BackupContents): void {
  const { file, createdAt, newestMessageAt, encrypted, rows, files } = contents
  const last = file.header.migrations.at(-1)
  const moment = (at: Date | undefined) => at?.toISOString().slice(0, 19).replace('T', ' ').concat(' UTC')
  const lines = [
    ['Made', moment(createdAt)],
    ['Size', `${(file.bytes / 1024).toFixed(0)} KiB${encrypted ? ', encrypted' : ''}; the checksum is right`],
    ['Schema', `${file.header.migrations.length} migrations, the last ${last?.hash.slice(0, 12)}`],
    ['Messages', newestMessageAt ? `the newest of ${moment(newestMessageAt)}` : 'none'],
    ...Object.entries(rows).map(([name, count]) => [`  ${name}`, String(count)]),
    ...(files > 0 ? [['  files', String(files)]] : []),
  ]
  for (const [name = '', value = ''] of lines) console.log(`${name.padEnd(20)} ${value}`)
}

function tell(report: RestoreReport, dryRun: boolean): void {
  const { cancelledTurns, undeliverableAnswers, migrated, forgottenSecrets } = report
  console.log(dryRun ? '\nTried, and taken back: it would restore.' : '\nRestored.')
  if (migrated > 0) console.log(`  ${migrated} newer migrations run on it`)
  if (cancelledTurns > 0)
    console.log(`  ${cancelledTurns} messages that waited for an answer are not answered`)
  if (undeliverableAnswers > 0) console.log(`  ${undeliverableAnswers} answers under way are not sent`)
  if (forgottenSecrets > 0)
    console.log(`  ${forgottenSecrets} tokens or keys were unreadable with this SECRET_KEY: give them again`)
}

try {
  await main()
  process.exit(process.exitCode ?? 0)
} catch (error) {
  console.error(error instanceof ConfigurationError || error instanceof HubError ? error.message : error)
  process.exit(1)
}
