import { claimDataDir, openEmbeddedDatabase } from '../../../src/db/embedded/index.ts'
import { silentLog } from './silent-log.ts'

/**
 * A process of its own: `database <dataDir>` opens the database, `hub <dataDir>` claims the directory. It
 * prints one line of JSON when it has, or has failed to, and lets go when its input ends.
 */
const [task, dataDir = ''] = process.argv.slice(2)

try {
  const held =
    task === 'hub'
      ? await claimDataDir(dataDir)
      : await openEmbeddedDatabase({ dataDir, log: silentLog, signal: AbortSignal.timeout(50_000) })
  process.stdout.write(`${JSON.stringify(held)}\n`)
  process.stdin.resume()
  process.stdin.on('end', () => {
    const leaving = 'release' in held ? held.release() : held.close()
    leaving.catch((error: unknown) => {
      process.stderr.write(String(error))
      process.exitCode = 1
    })
  })
} catch (error) {
  process.stdout.write(`${JSON.stringify({ failure: String(error) })}\n`)
  process.exitCode = 1
}
