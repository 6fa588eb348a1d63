import { afterAll, describe, expect, it } from 'vitest'
import { failed } from './case.ts'
import { CASES } from './cases/index.ts'
import { heading, lines, tried } from './table.ts'

const SETTINGS = { times: 10, rate: 10 } as const

describe('every fault', () => {
  const table = [heading()]
  afterAll(() => console.log(table.join('\n')))

  const runs = CASES.flatMap((one) =>
    (one.backend === undefined ? (['postgres', 'redis'] as const) : [one.backend]).map(
      (backend) => [one.numbers.join(', '), one.name, backend, one] as const,
    ),
  )
  it.each(runs)(
    '%s: %s, with the queue on %s',
    async (_numbers, _name, backend, one) => {
      const outcome = await tried(one, { ...SETTINGS, backend })
      table.push(...lines(outcome))
      expect(failed(outcome.finding) ? outcome.finding : undefined).toBeUndefined()
    },
    15 * 60_000,
  )
})
