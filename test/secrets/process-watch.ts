import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessWatch {
  /** Command lines and environments of every descendant seen so far, one text each, and the process's own command line. */
  readonly seen: ReadonlySet<string>
  /** How many different descendants were seen. */
  readonly count: number
  stop(): void
}

const LOOK_MS = 20

/** Programs that look for another, or drop the environment before they become it. */
const PASSES_ON = /^(?:\/bin\/sh\0-c\0command -v|\/usr\/bin\/env\0-i\0)/

/** Looks at a process's descendants again and again, since most live for moments only. Linux. */
export function watchProcesses(root: number): ProcessWatch {
  const seen = new Set<string>()
  const found = new Set<string>()
  const look = (): void => {
    const own = read(`/proc/${root}/cmdline`)
    if (own) seen.add(own)
    for (const pid of descendants(String(root))) {
      found.add(pid)
      // Until it runs its own program, a child is a copy of its parent and shows the parent's environment.
      const command = read(`/proc/${pid}/cmdline`)
      if (!command || command === own) continue
      seen.add(command)
      if (!PASSES_ON.test(command)) seen.add(read(`/proc/${pid}/environ`) ?? '')
    }
  }
  const timer = setInterval(look, LOOK_MS)
  return {
    seen,
    get count() {
      return found.size
    },
    stop: () => clearInterval(timer),
  }
}

function descendants(pid: string): string[] {
  const children = threads(pid).flatMap(
    (thread) => read(`/proc/${pid}/task/${thread}/children`)?.match(/\d+/g) ?? [],
  )
  return children.flatMap((child) => [child, ...descendants(child)])
}

function threads(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

/** undefined: the process is gone, or nobody may look. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
