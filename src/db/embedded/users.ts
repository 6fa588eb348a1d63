import { randomBytes } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readIdentity, writeIdentity } from './exclusive-claim.ts'
import { isMissing } from './filesystem.ts'
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts'

const PREFIX = 'user-'

/**
 * Notes that this process uses the server. Only for people and for knowing whether to wait for the server's
 * end on closing; what keeps the server alive is the lifeline.
 */
export async function registerUser(directory: string): Promise<{ remove(): Promise<void> }> {
  const path = join(directory, `${PREFIX}${process.pid}-${randomBytes(4).toString('hex')}`)
  await writeFile(path, writeIdentity(ownIdentity()), { mode: 0o600, flag: 'wx' })
  return { remove: () => rm(path, { force: true }) }
}

/** The live processes that use the server; the notes of dead ones are cleared away. */
export async function liveUsers(directory: string): Promise<ProcessIdentity[]> {
  const users: ProcessIdentity[] = []
  for (const name of await readdir(directory)) {
    if (!name.startsWith(PREFIX)) continue
    const path = join(directory, name)
    const identity = await identityIn(path)
    if (identity && isAlive(identity)) users.push(identity)
    else if (identity) await rm(path, { force: true })
  }
  return users
}

async function identityIn(path: string): Promise<ProcessIdentity | undefined> {
  try {
    return readIdentity(await readFile(path, 'utf8'))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
