import type { FaultCase } from '../case.ts'
import { kills } from './kills.ts'

/** In the order of the list of faults. */
export const CASES: readonly FaultCase[] = [...kills].sort(
  (a, b) => (a.numbers[0] ?? 0) - (b.numbers[0] ?? 0),
)

/** What no program here covers, and why. */
export const NOT_COVERED: Readonly<Record<number, string>> = {}
