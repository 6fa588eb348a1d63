import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { ConfigurationError, loadEnvironment } from '../../config/load.ts'
import type { Environment } from '../../config/schema.ts'
import { openEmbeddedDatabase } from '../db/embedded/index.ts'
import { rotateSecrets } from '../db/rotate-secrets.ts'
import { createSecretBox } from '../db/secrets.ts'
import { HubError } from '../model/errors.ts'
import { createClosing } from './closing.ts'
import { untilSignal } from './interruption.ts'
import { createLog } from './log.ts'
import { secretKey } from './secret-key.ts'

const USAGE = `Usage: npm run rotate-key

Encrypts every stored secret with another key. Stop the hub first; everybody logs in again afterwards.
Where SECRET_KEY is set, NEW_SECRET_KEY names the new one; otherwise it is made and kept in DATA_DIR/secret.key.
Backups made before need the old key.`

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' } } })
  if (values.help) return console.log(USAGE)
  const environment = loadEnvironment()
  const log = createLog({ LOG_LEVEL: environment.LOG_LEVEL === 'info' ? 'warn' : environment.LOG_LEVEL })
  const closing = createClosing(log)
  try {
    const before = await secretKey(environment)
    const next = await nextKey(environment)
    let { DATABASE_URL: connectionString } = environment
    if (connectionString === undefined) {
      const dataDir = environment.DATA_DIR
      const embedded = await openEmbeddedDatabase({ dataDir, log, signal: untilSignal() })
      closing.add('embedded database', () => embedded.close())
      connectionString = embedded.connectionString
    }
    const client = new pg.Client({ connectionString, application_name: 'key rotation' })
    await client.connect()
    closing.add('database', () => client.end())
    const count = await rotateSecrets(client, createSecretBox(before), createSecretBox(next.key))
    await next.keep()
    console.log(`Done: ${count} secrets are encrypted with the new key. ${next.todo}`)
  } finally {
    await closing.run()
  }
}

interface NextKey {
  readonly key: string
  /** After the database holds nothing of the old one. */
  keep(): Promise<void>
  readonly todo: string
}

/**
 * A key of our own lies beside the old one before anything is encrypted with it: cut short anywhere, running the
 * command again ends what was begun.
 */
async function nextKey(environment: Environment): Promise<NextKey> {
  const { SECRET_KEY, NEW_SECRET_KEY, DATA_DIR } = environment
  if (SECRET_KEY !== undefined) {
    if (NEW_SECRET_KEY === undefined) throw new HubError('usage', USAGE)
    if (NEW_SECRET_KEY === SECRET_KEY) throw new HubError('usage', 'NEW_SECRET_KEY is the old one.')
    const todo = 'Now set SECRET_KEY to what NEW_SECRET_KEY is, for every process, and start the hub.'
    return { key: NEW_SECRET_KEY, keep: async () => undefined, todo }
  }
  const path = join(DATA_DIR, 'secret.key')
  const draft = `${path}.new`
  if (!existsSync(draft)) {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(`${randomBytes(32).toString('base64url')}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
  }
  return {
    key: (await readFile(draft, 'utf8')).trim(),
    keep: () => rename(draft, path),
    todo: 'Start the hub.',
  }
}

try {
  await main()
  process.exit(0)
} catch (error) {
  console.error(error instanceof ConfigurationError || error instanceof HubError ? error.message : error)
  process.exit(1)
}
