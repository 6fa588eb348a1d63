import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigurationError, loadEnvironment } from '../../config/load.ts'
import { makeBackup } from '../backup/index.ts'
import { openDatabase } from '../db/database.ts'
import { openEmbeddedDatabase } from '../db/embedded/index.ts'
import { createSecretBox } from '../db/secrets.ts'
import { HubError } from '../model/errors.ts'
import { createClosing } from './closing.ts'
import { untilSignal } from './interruption.ts'
import { createLog } from './log.ts'
import { secretKey } from './secret-key.ts'

const USAGE =
  'Usage: npm run backup [-- FILE]\n\nWithout FILE into BACKUP_DIR, where old ones are removed by BACKUP_KEEP.'

/** Beside a running hub or without one; changes nothing but the audit log. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean' } },
  })
  if (values.help || positionals.length > 1) return console.log(USAGE)
  const environment = loadEnvironment()
  const log = createLog({ LOG_LEVEL: environment.LOG_LEVEL === 'info' ? 'warn' : environment.LOG_LEVEL })
  const closing = createClosing(log)
  const signal = untilSignal()
  try {
    let { DATABASE_URL: connectionString } = environment
    if (connectionString === undefined) {
      const embedded = await openEmbeddedDatabase({ dataDir: environment.DATA_DIR, log, signal })
      closing.add('embedded database', () => embedded.close())
      connectionString = embedded.connectionString
    }
    const database = openDatabase(connectionString, log, 2)
    closing.add('database', () => database.close())
    const secrets = createSecretBox(await secretKey(environment))
    const [file] = positionals
    const made = await makeBackup(
      { environment, pool: database.pool, secrets, signal },
      file === undefined ? {} : { path: resolve(file) },
    )
    if (!made) return
    const how = made.encrypted ? 'encrypted' : 'not encrypted: anybody who gets it can read the chats'
    console.log(`Written: ${made.path} (${(made.bytes / 1024).toFixed(0)} KiB, ${how})`)
    if (made.sentTo !== undefined) console.log(`Sent to: ${made.sentTo}`)
    for (const name of made.removed) console.log(`Removed by BACKUP_KEEP: ${name}`)
    console.log(
      'SECRET_KEY is not in it: keep it apart, or the stored tokens cannot be read after a restore.' +
        (environment.SECRET_KEY === undefined ? ` It is ${environment.DATA_DIR}/secret.key.` : ''),
    )
  } finally {
    await closing.run()
  }
}

try {
  await main()
  process.exit(0)
} catch (error) {
  console.error(error instanceof ConfigurationError || error instanceof HubError ? error.message : error)
  process.exit(1)
}
