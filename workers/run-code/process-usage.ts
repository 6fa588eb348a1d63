import { readFile } from 'node:fs/promises'

/** Seen from outside, where the process cannot lie. */
export interface ProcessUsage {
  readonly residentBytes: number
  readonly cpuMs: number
}

const MAX_DEPTH = 8
/** The kernel's USER_HZ, which every Linux ABI fixes at 100. */
const TICK_MS = 10

/**
 * The innermost process under `pid`: launchers and namespace inits have exactly one child each.
 * Where there is no /proc it is `pid` itself.
 */
export async function innermostProcess(pid: number): Promise<number> {
  let current = pid
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const children = await readText(`/proc/${current}/task/${current}/children`)
    const next = Number.parseInt(children ?? '', 10)
    if (!Number.isInteger(next)) break
    current = next
  }
  return current
}

/** Undefined where there is no /proc, or the process is gone. */
export async function readUsage(pid: number): Promise<ProcessUsage | undefined> {
  const [status, stat] = await Promise.all([readText(`/proc/${pid}/status`), readText(`/proc/${pid}/stat`)])
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(status ?? '')?.[1]
  if (resident === undefined || stat === undefined) return undefined
  // The name in brackets may hold spaces; utime and stime are the 12th and 13th field behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return { residentBytes: Number(resident) * 1_024, cpuMs: ticks * TICK_MS }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
