import { readFile } from 'node:fs/promises'

/** The kernel's clock ticks, 100 a second on every Linux that Node runs on. */
const TICK_MS = 10

export interface ProcessUse {
  readonly cpuMs: number
  readonly residentMb: number
}

/** Of one process, without its children; undefined where there is no /proc. */
export async function useOf(pid: number): Promise<ProcessUse | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ])
    // The name, in brackets, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
      residentMb: Math.round(Number(resident) / 1024),
    }
  } catch {
    return undefined
  }
}

export async function useOfAll(pids: readonly number[]): Promise<ProcessUse | undefined> {
  const uses = await Promise.all(pids.map(useOf))
  let sum: ProcessUse = { cpuMs: 0, residentMb: 0 }
  for (const use of uses) {
    if (use === undefined) return undefined
    sum = { cpuMs: sum.cpuMs + use.cpuMs, residentMb: sum.residentMb + use.residentMb }
  }
  return sum
}
