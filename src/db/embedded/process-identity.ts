import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { isMissing } from './filesystem.ts'

/** A process id alone is reused by the system; together with its start it names one process for ever. */
export interface ProcessIdentity {
  readonly pid: number
  readonly startedAt: string
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startedAt: startOf(process.pid) ?? 'unknown' }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return startOf(identity.pid) === identity.startedAt
}

/** The arguments a live process was started with, as one line; undefined for a dead one. */
export function commandLine(pid: number): string | undefined {
  if (process.platform === 'linux') return readProc(pid, 'cmdline')?.replaceAll('\0', ' ')
  return askPs(pid, 'args')
}

function startOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return askPs(pid, 'lstart')
  const stat = readProc(pid, 'stat')
  if (stat === undefined) return undefined
  // The second field is the program's name in brackets and may itself hold spaces and brackets.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X') return undefined
  return `${bootId()}/${rest[18]}`
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function askPs(pid: number, column: string): string | undefined {
  try {
    const answer = execFileSync('/bin/ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' })
    return answer.trim() || undefined
  } catch {
    return undefined // ps exits 1 for a process that does not exist
  }
}
