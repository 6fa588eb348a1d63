import { describe, expect, it } from 'vitest'
import type { Containment } from '../../../../src/ports/code-runner.ts'
import { findCage } from '../../../../workers/run-code/code-runner.ts'
import { createRecordingLogger } from '../../../support/recording-logger.ts'
import { ATTACKS } from './all.ts'
import { attackTable, faultsOf, tryAttacks } from './trial.ts'

const RUNGS: readonly Containment[] = ['strong', 'namespaces', 'none']

describe('the attacks', () => {
  it('are many, in every language, each under its own name', () => {
    expect(ATTACKS.length).toBeGreaterThanOrEqual(100)
    const names = ATTACKS.map(({ kind, language, name }) => `${kind}, ${language}, ${name}`)
    expect(new Set(names).size).toBe(names.length)
    expect(new Set(ATTACKS.map(({ language }) => language)).size).toBe(5)
  })

  it('end as they must on the strongest rung here, a sample of them', { timeout: 120_000 }, async () => {
    const sample = ATTACKS.filter(({ isSample }) => isSample)
    const { containment } = await findCage(RUNGS, createRecordingLogger())
    const trials = await tryAttacks(containment, sample)
    expect(faultsOf(trials), attackTable([trials])).toEqual([])
    expect(trials.normal.right).toBe(trials.normal.count)
  })
})
