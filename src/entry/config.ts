import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { parse, stringify } from 'yaml'
import { ConfigurationError, loadEnvironment } from '../../config/load.ts'
import { exportConfiguration, importConfiguration } from '../core/configuration.ts'
import { openDatabase } from '../db/database.ts'
import { openEmbeddedDatabase } from '../db/embedded/index.ts'
import { createSettingsStore } from '../db/settings-store.ts'
import { openSignals } from '../db/signals.ts'
import { configurationSchema } from '../model/configuration.ts'
import { HubError } from '../model/errors.ts'
import { createClosing } from './closing.ts'
import { untilSignal } from './interruption.ts'
import { createLog } from './log.ts'

const USAGE = `Usage: npm run config -- export [FILE]
       npm run config -- import FILE [--dry-run]

All settings as YAML, to be kept in git. Runs beside the hub; what is imported counts from the next message on.
An import sets the places that FILE names to just what it says, and leaves the others alone.`

async function main(): Promise<void> {
  const flag = { type: 'boolean' } as const
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: flag, 'dry-run': flag },
  })
  const [task, file] = positionals
  if (values.help || (task !== 'export' && (task !== 'import' || file === undefined))) {
    if (!values.help) process.exitCode = 2
    return console.log(USAGE)
  }
  const environment = loadEnvironment()
  const log = createLog({ LOG_LEVEL: environment.LOG_LEVEL === 'info' ? 'warn' : environment.LOG_LEVEL })
  const closing = createClosing(log)
  try {
    let { DATABASE_URL: connectionString } = environment
    if (connectionString === undefined) {
      const dataDir = environment.DATA_DIR
      const embedded = await openEmbeddedDatabase({ dataDir, log, signal: untilSignal() })
      closing.add('embedded database', () => embedded.close())
      connectionString = embedded.connectionString
    }
    const database = openDatabase(connectionString, log, 2)
    closing.add('database', () => database.close())
    const store = createSettingsStore(database.db)
    if (task === 'export') {
      const text = stringify(await exportConfiguration(store))
      if (file === undefined) process.stdout.write(text)
      else await writeFile(file, text)
      return
    }
    const parsed = configurationSchema.safeParse(parse(await readFile(file ?? '', 'utf8')))
    if (!parsed.success) {
      const faults = parsed.error.issues.map(({ path, message }) => `  - ${path.join('.')}: ${message}`)
      throw new HubError('malformed', `${file} does not fit:\n${faults.join('\n')}`)
    }
    const apply = values['dry-run'] !== true
    const changes = await importConfiguration(store, parsed.data, { apply, actor: 'command' })
    for (const { place, setting, before, after } of changes)
      console.log(`${place}: ${setting}\n  - ${shown(before)}\n  + ${shown(after)}`)
    if (apply && changes.length > 0) {
      const signals = await openSignals(connectionString, database.pool, log)
      closing.add('signals', () => signals.close())
      await signals.publish('settings', 'hub')
    }
    const count = changes.length === 1 ? '1 setting' : `${changes.length} settings`
    console.log(apply ? `Done: ${count} changed.` : `${count} would change; nothing was changed.`)
  } finally {
    await closing.run()
  }
}

function shown(value: unknown): string {
  return value === undefined ? '(inherited)' : JSON.stringify(value)
}

try {
  await main()
  process.exit(process.exitCode ?? 0)
} catch (error) {
  console.error(error instanceof ConfigurationError || error instanceof HubError ? error.message : error)
  process.exit(1)
}
