import { describe, expect, it } from 'vitest'
import { failed } from './case.ts'
import { CASES } from './cases/index.ts'

/** Each takes some ten seconds; the others run by `node test/faults/run.ts`, or with the long tests. */
const SHORT = [13, 12, 6]
const SETTINGS = { backend: 'postgres', times: 2, rate: 5 } as const

describe('what a person would count', () => {
  it.each(SHORT.map((number) => [number, CASES.find(({ numbers }) => numbers.includes(number))] as const))(
    'after fault %i',
    async (_number, one) => {
      const finding = await one?.run(SETTINGS)
      expect(finding?.asked).toBeGreaterThan(0)
      expect(finding && failed(finding) ? finding : undefined).toBeUndefined()
    },
    120_000,
  )
})
