import { describe, expect, it } from 'vitest'
import { failed } from './case.ts'
import { CASES } from './cases/index.ts'

const SETTINGS = { times: 10, rate: 10 } as const

describe.each(['postgres', 'redis'] as const)('every fault, with the queue on %s', (backend) => {
  it.each(CASES.map((one) => [one.numbers.join(', '), one.name, one] as const))(
    '%s: %s',
    async (_numbers, _name, one) => {
      const finding = await one.run({ ...SETTINGS, backend })
      expect(failed(finding) ? finding : undefined).toBeUndefined()
    },
    15 * 60_000,
  )
})
