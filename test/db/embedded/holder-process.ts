import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Holder {
  readonly pid: number
  readonly answer: { connectionString?: string; attached?: boolean; failure?: string }
  /** Lets go in the orderly way and waits for the process's end. */
  leave(): Promise<void>
  kill(): Promise<void>
}

export function spawnHolder(task: 'database' | 'hub', dataDir: string) {
  const program = fileURLToPath(new URL('holder.ts', import.meta.url))
  return spawn(process.execPath, [program, task, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] })
}

export async function startHolder(task: 'database' | 'hub', dataDir: string): Promise<Holder> {
  const child = spawnHolder(task, dataDir)
  const exit = once(child, 'exit')
  const [line] = await once(createInterface({ input: child.stdout }), 'line', {
    signal: AbortSignal.timeout(50_000),
  })
  return {
    pid: child.pid ?? 0,
    answer: JSON.parse(String(line)),
    leave: async () => {
      child.stdin.end()
      await exit
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exit
    },
  }
}
