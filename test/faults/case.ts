import type { Verdict } from './crowd.ts'
import type { Backend } from './stage.ts'

export interface Settings {
  readonly backend: Backend
  /** How often what a case does is done: kills, restarts, repetitions. */
  readonly times: number
  /** Messages a second, over all platforms. */
  readonly rate: number
  /** How long a run with kills at random lasts; by their number, unless said. */
  readonly minutes?: number
}

/** What a case found; `faults`: what is wrong besides lost, doubled, half and disordered answers. */
export interface Finding extends Partial<Verdict> {
  readonly faults?: readonly string[]
  /** Figures worth printing. */
  readonly note?: string
}

export interface FaultCase {
  /** Of the list of faults; several where one program covers them. */
  readonly numbers: readonly number[]
  readonly name: string
  /** The queue it is about; absent: it runs with the queue on each. */
  readonly backend?: Backend
  run(settings: Settings): Promise<Finding>
}

export function failed(finding: Finding): boolean {
  const { lost = [], doubled = [], half = [], disordered = [], faults = [] } = finding
  return [lost, doubled, half, disordered, faults].some((list) => list.length > 0)
}
