import { readdirSync, readFileSync } from 'node:fs'

/** Ids of the living processes that carry the marker in their command line; Linux only. */
export function markedProcesses(marker: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => read(`/proc/${name}/cmdline`).includes(marker))
    .map(Number)
}

/** CPU time of the busiest of them: an idle spare has spent well under 100 ms. */
export function busiestMs(marker: string): number {
  return Math.max(0, ...markedProcesses(marker).map(cpuMs))
}

function cpuMs(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It ended between the two calls.
    return ''
  }
}
