import { expect, it } from 'vitest'
import type { Containment } from '../../../../src/ports/code-runner.ts'
import { findCage } from '../../../../workers/run-code/code-runner.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { attackTable, faultsOf, type Trials, tryAttacks } from './trial.ts'

const RUNGS: readonly Containment[] = ['strong', 'namespaces', 'none']
/** Far above what a person notices; a hub that ran any of this itself would stand for seconds. */
const LONGEST_STALL_MS = 1_500

it('end as they must on every rung, while normal programs go on', { timeout: 1_800_000 }, async () => {
  const rungs: Trials[] = []
  for (const rung of RUNGS) {
    const isThere = await findCage([rung], createRecordingLogger()).then(
      () => true,
      () => false,
    )
    if (isThere) rungs.push(await tryAttacks(rung))
  }
  console.log(attackTable(rungs))
  expect(rungs.flatMap(faultsOf)).toEqual([])
  for (const { normal, longestStallMs } of rungs) {
    expect(normal.right).toBe(normal.count)
    expect(normal.count).toBeGreaterThan(0)
    expect(longestStallMs).toBeLessThan(LONGEST_STALL_MS)
  }
})
