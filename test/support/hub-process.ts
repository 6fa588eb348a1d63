import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ENTRY = fileURLToPath(new URL('../../src/entry/hub.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const START_LIMIT_MS = 25_000

export interface HubProcess {
  readonly pid: number
  /** What it printed so far, both streams. */
  readonly output: string
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>
  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void
  /** Nobody reads what it prints any more: its next line breaks a pipe. */
  closeLog(): void
}

/** The real entry in a process of its own, with nothing of this process's environment but PATH. */
export function spawnHub(environment: Readonly<Record<string, string>>): HubProcess {
  const path = process.execPath.replace(/\/[^/]*$/, '')
  const child: ChildProcess = spawn(process.execPath, ['--max-semi-space-size=4', ENTRY], {
    cwd: ROOT,
    env: {
      PATH: `${path}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
      PORT: '0',
      SIMULATOR: 'off',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  const ended = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => signal ?? code ?? -1)
  return {
    get pid() {
      return child.pid ?? 0
    },
    get output() {
      return output
    },
    ended,
    signal: (name) => void child.kill(name),
    closeLog() {
      child.stdout?.destroy()
      child.stderr?.destroy()
    },
  }
}

export async function untilRunning(hub: HubProcess, limitMs = START_LIMIT_MS): Promise<HubProcess> {
  const until = performance.now() + limitMs
  while (!hub.output.includes('BrainAll is running')) {
    const ended = await Promise.race([
      hub.ended,
      new Promise<undefined>((resolve) => setTimeout(resolve, 25, undefined)),
    ])
    if (ended !== undefined || performance.now() > until)
      throw new Error(`the hub did not start (${ended}): ${hub.output}`)
  }
  return hub
}
