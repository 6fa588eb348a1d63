import { existsSync } from 'node:fs'
import { access, constants, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { ConfigurationError, loadEnvironment } from '../../config/load.ts'
import type { Environment } from '../../config/schema.ts'

/** The configuration, after all that can be checked before anything is opened. Throws one ConfigurationError with every fault. */
export async function preflight(): Promise<Environment> {
  const faults: string[] = []
  let environment: Environment | undefined
  try {
    environment = loadEnvironment()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    faults.push(...error.faults)
    environment = error.partial
  }
  if (environment) {
    const found = await Promise.all([
      checkDataDir(environment.DATA_DIR),
      environment.ROLES.includes('web') ? checkPort(environment.PORT, environment.HOST) : undefined,
    ])
    faults.push(...found.filter((fault) => fault !== undefined))
  }
  if (faults.length > 0 || !environment) throw new ConfigurationError(faults)
  return environment
}

export async function checkDataDir(path: string): Promise<string | undefined> {
  try {
    await makeDirectory(path)
    await access(path, constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    return `DATA_DIR: the directory ${path} cannot be written (${codeOf(error)})`
  }
}

/** Not `recursive`: Node tries for ever where an existing parent answers ENOENT, as /proc does. */
async function makeDirectory(path: string): Promise<void> {
  const missing: string[] = []
  for (let at = path; !existsSync(at); at = dirname(at)) missing.unshift(at)
  for (const directory of missing) await mkdir(directory, { mode: 0o700 })
}

async function checkPort(port: number, host: string): Promise<string | undefined> {
  const probe = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject)
      probe.listen(port, host, resolve)
    })
    return undefined
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EADDRINUSE')
      return `PORT: ${port} on ${host} is in use by another program; set PORT to a free one`
    return `PORT: cannot listen on ${host}:${port} (${code})`
  } finally {
    probe.close()
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
