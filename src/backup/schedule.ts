import type { Environment } from '../../config/schema.ts'
import { asHubError } from '../model/errors.ts'
import type { Logger } from '../ports/logger.ts'
import { type BackupParts, lastBackupAt, makeBackup } from './backup.ts'

export interface ScheduleParts extends Omit<BackupParts, 'environment' | 'signal'> {
  readonly environment: BackupParts['environment'] & Pick<Environment, 'BACKUP_HOUR'>
  readonly log: Logger
  /** How soon after the start, and how often, it looks whether one is due. */
  readonly firstLookMs?: number
  readonly lookMs?: number
  readonly now?: () => Date
}

export interface Backups {
  /** Of the newest backup that any process of the hub made; for a metric and the admin's warning. */
  lastBackupAt(): Promise<Date | undefined>
  /** Gives up a backup that is being made. */
  close(): Promise<void>
}

const FIRST_LOOK_MS = 60_000
const LOOK_MS = 10 * 60_000

/** A backup a day. Any number of processes may start this on one database: one of them makes it. */
export function startBackups(parts: ScheduleParts): Backups {
  const { environment, pool, secrets, log } = parts
  const now = parts.now ?? (() => new Date())
  const closing = new AbortController()
  const { BACKUP_HOUR: hour } = environment
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined

  const look = async (): Promise<void> => {
    if (hour === 'off') return
    const isDue = (last: Date | undefined) => isBackupDue(last, now(), hour)
    try {
      if (!isDue(await lastBackupAt(pool))) return
      const made = await makeBackup({ environment, pool, secrets, signal: closing.signal }, { isDue })
      if (made) log.info({ ...made }, 'a backup was made')
    } catch (error) {
      const failure = asHubError(error, 'backup_failed')
      if (closing.signal.aborted || failure.code === 'backup_running') return
      log.error({ err: failure }, 'the daily backup failed; it is tried again')
    }
  }
  const lookIn = (ms: number): void => {
    timer = setTimeout(() => {
      looking = look().then(() => {
        if (!closing.signal.aborted) lookIn(parts.lookMs ?? LOOK_MS)
      })
    }, ms)
    timer.unref()
  }
  if (hour !== 'off') lookIn(parts.firstLookMs ?? FIRST_LOOK_MS)

  return {
    lastBackupAt: () => lastBackupAt(pool),
    async close() {
      closing.abort()
      clearTimeout(timer)
      await looking
    },
  }
}

/** Whether the hour, by this machine's clock, has come since the last one: today, or while no hub ran. */
export function isBackupDue(last: Date | undefined, now: Date, hour: number): boolean {
  const latest = new Date(now)
  latest.setHours(hour, 0, 0, 0)
  if (latest > now) latest.setDate(latest.getDate() - 1)
  return last === undefined || last < latest
}
