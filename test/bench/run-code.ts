import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { RUN_LANGUAGES, type RunLanguage } from '../../src/model/command.ts'
import { startChild } from '../../workers/run-code/child.ts'
import { createCodeRunner, findCage, rungsFor } from '../../workers/run-code/code-runner.ts'
import { ENGINE_OF } from '../../workers/run-code/engines/all.ts'
import { createLaunches } from '../../workers/run-code/launches.ts'
import { RUN_LIMITS } from '../../workers/run-code/limits.ts'
import { readUsage } from '../../workers/run-code/process-usage.ts'
import { runInChild } from '../../workers/run-code/single-run.ts'
import { createRecordingLogger } from '../support/recording-logger.ts'
import { quantile, rounded } from './numbers.ts'

/** A little of everything: a value, a loop, a line of output. */
const PROGRAMS: Readonly<Record<RunLanguage, string>> = {
  javascript: 'let s = 0; for (let i = 0; i < 1000; i++) s += i; console.log(s); s',
  typescript: 'let s: number = 0; for (let i = 0; i < 1000; i++) s += i; console.log(s); s',
  python: 's = 0\nfor i in range(1000): s += i\nprint(s)\ns',
  sql: 'with recursive c(n) as (select 0 union all select n + 1 from c limit 1000) select sum(n) from c',
  lua: 'local s = 0 for i = 0, 999 do s = s + i end print(s) return s',
}
const AT_ONCE = 2

export interface RunCodeBench {
  readonly bench: 'run-code'
  readonly containment: string
  readonly language: RunLanguage
  /** From the program handed to a ready process to its result. */
  readonly warmMs: { readonly p50: number; readonly p99: number }
  /** The start of the process included. */
  readonly coldMs: { readonly p50: number; readonly p99: number }
  readonly runsPerSecond: number
  readonly idleMb: number
  /** `node -e 0`, started in between. */
  readonly bareNodeMs: number
  readonly warmRatio: number
  readonly coldRatio: number
}

/** Measures every language in turn; each number is a ratio to a bare Node of the same minutes too. */
export async function* benchRunCode(rounds = 30): AsyncGenerator<RunCodeBench> {
  const cage = await findCage(rungsFor('none'), createRecordingLogger())
  const launches = createLaunches(cage, (engine) => RUN_LIMITS[engine.languages[0]], undefined)
  const runner = createCodeRunner(cage, { concurrency: AT_ONCE }, launches)
  const never = new AbortController().signal
  try {
    for (const language of RUN_LANGUAGES) {
      const request = { language, source: PROGRAMS[language] }
      const launch = await launches.of(ENGINE_OF[language])
      const [warm, cold, bare]: [number[], number[], number[]] = [[], [], []]
      let idleBytes = 0
      for (let round = 0; round < rounds; round++) {
        bare.push(await timed(bareNode))
        const startedAt = performance.now()
        const child = startChild(cage, launch)
        const pid = await child.ready
        idleBytes = (await readUsage(pid))?.residentBytes ?? 0
        const readyMs = performance.now() - startedAt
        const runMs = await timed(() => runInChild(child, request, RUN_LIMITS[language], never))
        warm.push(runMs)
        cold.push(readyMs + runMs)
      }
      const startedAt = performance.now()
      await Promise.all(Array.from({ length: rounds }, () => runner.run(request, never)))
      const seconds = (performance.now() - startedAt) / 1_000
      const bareNodeMs = quantile(bare, 0.5)
      yield {
        bench: 'run-code',
        containment: cage.containment,
        language,
        warmMs: { p50: quantile(warm, 0.5), p99: quantile(warm, 0.99) },
        coldMs: { p50: quantile(cold, 0.5), p99: quantile(cold, 0.99) },
        runsPerSecond: rounded(rounds / seconds),
        idleMb: Math.round(idleBytes / 1_048_576),
        bareNodeMs,
        warmRatio: rounded(quantile(warm, 0.5) / bareNodeMs),
        coldRatio: rounded(quantile(cold, 0.5) / bareNodeMs),
      }
    }
  } finally {
    await runner.close()
  }
}

async function bareNode(): Promise<void> {
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
