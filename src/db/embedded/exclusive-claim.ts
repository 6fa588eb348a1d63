import { randomBytes } from 'node:crypto'
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing, replaceFile } from './filesystem.ts'
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts'

export type ClaimOutcome =
  | { readonly kind: 'claimed'; readonly release: () => Promise<void> }
  | { readonly kind: 'held'; readonly by: ProcessIdentity }

/**
 * Takes the name for this process until released or dead. Node has no file lock, and "remove the stale
 * file, write mine" lets two late comers remove each other's. So claims are numbered (`hub.lock.7`) and the
 * highest number rules: it may only be succeeded, by link(2), which one process wins. A release keeps the
 * file and empties it, so that numbers never go back.
 */
export async function claim(directory: string, name: string): Promise<ClaimOutcome> {
  for (;;) {
    const highest = Math.max(0, ...(await numbers(directory, name)))
    const holder = highest === 0 ? undefined : await holderOf(join(directory, `${name}.${highest}`))
    if (holder === 'gone') continue
    if (holder && isAlive(holder)) return { kind: 'held', by: holder }
    const mine = join(directory, `${name}.${highest + 1}`)
    if (!(await place(directory, mine))) continue
    const all = await numbers(directory, name)
    if (Math.max(...all) !== highest + 1) {
      // Others went past this number while we looked, and cleared it: theirs rules.
      await rm(mine, { force: true })
      continue
    }
    for (const old of all) if (old <= highest) await rm(join(directory, `${name}.${old}`), { force: true })
    return { kind: 'claimed', release: () => replaceFile(mine, '') }
  }
}

async function numbers(directory: string, name: string): Promise<number[]> {
  const found: number[] = []
  for (const entry of await readdir(directory)) {
    const digits = entry.startsWith(`${name}.`) ? entry.slice(name.length + 1) : ''
    if (/^\d{1,15}$/.test(digits)) found.push(Number(digits))
  }
  return found
}

async function holderOf(path: string): Promise<ProcessIdentity | 'gone' | undefined> {
  try {
    return readIdentity(await readFile(path, 'utf8'))
  } catch (error) {
    if (isMissing(error)) return 'gone'
    throw error
  }
}

/** Undefined for an empty or unreadable text, which names nobody. */
export function readIdentity(text: string): ProcessIdentity | undefined {
  const [pid, startedAt] = text.split('\n')
  if (!pid || !startedAt || !/^\d+$/.test(pid)) return undefined
  return { pid: Number(pid), startedAt }
}

export function writeIdentity(identity: ProcessIdentity): string {
  return `${identity.pid}\n${identity.startedAt}\n`
}

/** A link appears whole or not at all, so nobody reads half a claim. */
async function place(directory: string, path: string): Promise<boolean> {
  const draft = join(directory, `.claim-${process.pid}-${randomBytes(6).toString('hex')}`)
  await writeFile(draft, writeIdentity(ownIdentity()), { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}
