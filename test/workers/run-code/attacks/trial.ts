import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { CodeRunner, Containment, RunResult } from '../../../../src/ports/code-runner.ts'
import { createCodeRunner, findCage } from '../../../../workers/run-code/code-runner.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { ATTACKS } from './all.ts'
import type { Attack } from './attack.ts'

export interface Trial {
  readonly attack: Attack
  readonly result: RunResult
  /** What went otherwise than it must; empty when all is well. */
  readonly faults: readonly string[]
}

/** Everything that happened on one rung. */
export interface Trials {
  readonly containment: Containment
  readonly trials: readonly Trial[]
  /** Of the process that a hub would be, while all this went on. */
  readonly longestStallMs: number
  /** Normal programs run beside the attacks, and how many gave their right answer. */
  readonly normal: { readonly count: number; readonly right: number }
}

/** Seconds on the clock for less than one of computing: other tests may be using the machine too. */
const LIMITS = { cpuMs: 1_000, wallMs: 10_000 }
/** Between normal programs, each of which starts a process. */
const PACE_MS = 400
/** How long a run may last beyond its limit before its process is gone. */
const LEEWAY_MS = 2_500
const AT_ONCE = 2
/** Text of the host that no program may ever see. */
const HOST = [process.cwd(), 'node:internal', 'node_modules', 'isolated-vm/', process.execPath, 'file://']

/** Runs the attacks two at a time, with normal programs beside them on the same runner. */
export async function tryAttacks(rung: Containment, chosen: readonly Attack[] = ATTACKS): Promise<Trials> {
  const cage = await findCage([rung], createRecordingLogger())
  const runner = createCodeRunner(cage, { concurrency: AT_ONCE + 1, limits: LIMITS })
  const delays = monitorEventLoopDelay({ resolution: 10 })
  const queue = [...chosen]
  const trials: Trial[] = []
  let attackers = 0
  const normal = { count: 0, right: 0 }
  const attackOn = async (): Promise<void> => {
    attackers++
    for (let attack = queue.shift(); attack !== undefined; attack = queue.shift())
      trials.push(await tryOne(runner, attack))
    attackers--
  }
  const carryOn = async (): Promise<void> => {
    while (attackers > 0) {
      normal.count++
      const source = `${normal.count} * 2`
      const { value } = await runner.run({ language: 'javascript', source }, AbortSignal.timeout(30_000))
      if (value === String(normal.count * 2)) normal.right++
      await delay(PACE_MS)
    }
  }
  delays.enable()
  try {
    // Python's start image is made once, before the clock of any attack runs.
    if (chosen.some(({ language }) => language === 'python'))
      await runner.run({ language: 'python', source: '1' }, AbortSignal.timeout(60_000))
    const attacking = Array.from({ length: AT_ONCE }, attackOn)
    await Promise.all([...attacking, carryOn()])
  } finally {
    delays.disable()
    await runner.close()
  }
  return { containment: cage.containment, trials, longestStallMs: Math.round(delays.max / 1e6), normal }
}

async function tryOne(runner: CodeRunner, attack: Attack): Promise<Trial> {
  const { language, source, ends, shows } = attack
  const stdin = 'one\ntwo\n'
  const result = await runner.run({ language, source, stdin }, AbortSignal.timeout(60_000))
  const { reason, output, value = '', error, wallMs } = result
  const seen = [output, value, error?.name, error?.message, error?.stack].join('\n')
  const faults: string[] = []
  if (!ends.includes(reason)) faults.push(`ended with ${reason}: ${seen.trim().slice(0, 200)}`)
  if (wallMs > LIMITS.wallMs + LEEWAY_MS) faults.push(`lasted ${wallMs} ms`)
  if (shows !== undefined && !shows.test(seen.trim())) faults.push(`shows ${seen.trim().slice(0, 200)}`)
  if (/\bGOT /.test(seen) && attack.kind === 'reach for the host' && attack.name !== 'pyodide’s own reach')
    faults.push(`reached ${seen.trim().slice(0, 300)}`)
  for (const text of HOST) if (seen.includes(text)) faults.push(`shows ${text} of the host`)
  if (Buffer.byteLength(output) > 65_536) faults.push('output over its limit')
  return { attack, result, faults }
}

/** One line for each kind and language, a column for each rung. */
export function attackTable(rungs: readonly Trials[]): string {
  const groups = new Map<string, Map<Containment, Trial[]>>()
  for (const { containment, trials } of rungs)
    for (const trial of trials) {
      const key = `${trial.attack.kind.padEnd(20)} ${trial.attack.language.padEnd(10)}`
      const group = groups.get(key) ?? new Map<Containment, Trial[]>()
      group.set(containment, [...(group.get(containment) ?? []), trial])
      groups.set(key, group)
    }
  const cell = (trials: readonly Trial[] = []): string => {
    const counts = new Map<string, number>()
    for (const { result } of trials) counts.set(result.reason, (counts.get(result.reason) ?? 0) + 1)
    const held = trials.filter(({ faults }) => faults.length === 0).length
    const reasons = [...counts].map(([reason, count]) => `${count} ${reason}`).join(', ')
    return `${held}/${trials.length} held (${reasons})`
  }
  const lines = [...groups].map(
    ([key, group]) =>
      `${key} ${rungs.map(({ containment }) => cell(group.get(containment)).padEnd(64)).join(' ')}`,
  )
  const head = `${''.padEnd(31)} ${rungs.map(({ containment }) => containment.padEnd(64)).join(' ')}`
  const feet = rungs.map(
    ({ containment, normal, longestStallMs }) =>
      `${containment}: ${normal.right} of ${normal.count} normal programs beside them right; longest stall of the hub ${longestStallMs} ms`,
  )
  return [head, ...lines, ...feet].join('\n')
}

export function faultsOf({ trials }: Trials): string[] {
  return trials.flatMap(({ attack, faults }) =>
    faults.map((fault) => `${attack.language}, ${attack.kind}, ${attack.name}: ${fault}`),
  )
}
