import type { FaultCase } from '../case.ts'
import { delivery } from './delivery.ts'
import { kills } from './kills.ts'
import { load } from './load.ts'
import { models } from './models.ts'
import { moments } from './moments.ts'
import { platforms } from './platforms.ts'
import { storage } from './storage.ts'

/** In the order of the list of faults. */
export const CASES: readonly FaultCase[] = [
  ...delivery,
  ...kills,
  ...moments,
  ...storage,
  ...models,
  ...platforms,
  ...load,
].sort((a, b) => (a.numbers[0] ?? 0) - (b.numbers[0] ?? 0))

/**
 * What no program here covers, and why.
 * @public
 */
export const NOT_COVERED: Readonly<Record<number, string>> = {}
