import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigurationError, loadEnvironment } from '../../config/load.ts'
import type { Environment } from '../../config/schema.ts'
import { type BackupContents, inspectBackup, type RestoreReport, restoreBackup } from '../backup/index.ts'
import { claimDataDir, openEmbeddedDatabase } from '../db/embedded/index.ts'
import { createSecretBox, type SecretBox } from '../db/secrets.ts'
import { HubError } from '../model/errors.ts'
import { createClosing } from './closing.ts'
import { untilSignal } from './interruption.ts'
import { createLog } from './log.ts'
import { secretKey } from './secret-key.ts'

const USAGE = `Usage: npm run restore -- FILE [--dry-run] [--force] [--moved]

  --dry-run  shows what is inside and tries all of it, then takes it back
  --force    also replaces a hub that is there; also without the right SECRET_KEY
  --moved    the hub was stopped before the backup and never ran since: its open work goes on`

async function main(): Promise<void> {
  const { values, positionals } = readArguments()
  const [file] = positionals
  if (values.help || file === undefined || positionals.length > 1) {
    if (!values.help) process.exitCode = 2
    return console.log(USAGE)
  }
  const { force = false, moved = false, 'dry-run': dryRun = false } = values
  const environment = loadEnvironment()
  const log = createLog({ LOG_LEVEL: environment.LOG_LEVEL === 'info' ? 'warn' : environment.LOG_LEVEL })
  const closing = createClosing(log)
  const signal = untilSignal()
  try {
    const contents = await inspectBackup(resolve(file), environment.BACKUP_KEY, signal)
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
  const options = { help: flag, force: flag, moved: flag, 'dry-run': flag }
  try {
    return parseArgs({ allowPositionals: true, options })
  } catch (error) {
    throw new HubError('usage', `${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
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
