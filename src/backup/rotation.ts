import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** How many backups stay: the newest of each of so many days, ISO weeks and months (UTC). */
export interface KeepRule {
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
}

const NAME = /^brainall-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})Z\.backup$/
const PARTIAL = /^\.brainall-.*\.partial$/
const PARTIAL_AGE_MS = 24 * 60 * 60_000
const DAY_MS = 24 * 60 * 60_000

export function backupName(at: Date): string {
  return `brainall-${at.toISOString().slice(0, 19).replaceAll(':', '-')}Z.backup`
}

/** undefined for a file that is none of the hub's backups. */
export function timeOf(name: string): Date | undefined {
  const [, day, hours, minutes, seconds] = NAME.exec(name) ?? []
  if (day === undefined) return undefined
  const at = new Date(`${day}T${hours}:${minutes}:${seconds}Z`)
  return Number.isNaN(at.getTime()) ? undefined : at
}

/** The names that the rule does not keep. The newest of all stays whatever the rule says; foreign names are left alone. */
export function outdated(names: readonly string[], keep: KeepRule): string[] {
  const backups = names
    .flatMap((name) => {
      const at = timeOf(name)
      return at ? [{ name, at }] : []
    })
    .sort((a, b) => b.at.getTime() - a.at.getTime())
  const kept = new Set(backups.slice(0, 1).map(({ name }) => name))
  for (const [count, period] of [
    [keep.daily, dayOf],
    [keep.weekly, weekOf],
    [keep.monthly, monthOf],
  ] as const) {
    const seen = new Set<string | number>()
    for (const { name, at } of backups) {
      if (seen.has(period(at))) continue
      if (seen.size === count) break
      seen.add(period(at))
      kept.add(name)
    }
  }
  return backups.filter(({ name }) => !kept.has(name)).map(({ name }) => name)
}

const dayOf = (at: Date): number => Math.floor(at.getTime() / DAY_MS)
/** Days since the epoch, a Thursday, shifted so that weeks begin on Monday. */
const weekOf = (at: Date): number => Math.floor((dayOf(at) + 3) / 7)
const monthOf = (at: Date): string => at.toISOString().slice(0, 7)

/** The hub's backups among the names, the newest first. */
export function backupNames(names: readonly string[]): string[] {
  return names
    .filter((name) => timeOf(name) !== undefined)
    .sort()
    .reverse()
}

/** Removes what the rule does not keep, and what a killed backup left half written. Resolves with the names of removed backups. */
export async function rotate(directory: string, keep: KeepRule): Promise<string[]> {
  const names = await readdir(directory)
  const removed = outdated(names, keep)
  for (const name of removed) await rm(join(directory, name), { force: true })
  for (const name of names.filter((one) => PARTIAL.test(one))) {
    const { mtimeMs } = await stat(join(directory, name))
    if (Date.now() - mtimeMs > PARTIAL_AGE_MS) await rm(join(directory, name), { force: true })
  }
  return removed
}
