import { afterAll, describe, expect, it } from 'vitest'
import { startRedisServer } from '../support/redis-server.ts'
import { failed } from './case.ts'
import { CASES } from './cases/index.ts'
import { NOT_COVERED } from './not-covered.ts'
import { heading, lines, tried } from './table.ts'

/** Each takes some ten seconds; the others run by `npm run test:faults`, and with the long tests. */
const SHORT = [
  ['postgres', 13],
  ['redis', 13],
  ['postgres', 12],
  ['postgres', 6],
  ['redis', 26],
] as const
const SETTINGS = { times: 2, rate: 5 } as const
const LAST_CASE = 53

const redis = await startRedisServer()
await redis?.stop()

describe('what a person would count', () => {
  const table = [heading()]
  afterAll(() => console.log(table.join('\n')))

  it.each(SHORT.filter(([backend]) => backend !== 'redis' || redis))(
    'with the queue on %s, after fault %i',
    async (backend, number) => {
      const one = CASES.find(({ numbers }) => numbers.includes(number))
      if (!one) throw new Error(`no program tries ${number}`)
      const outcome = await tried(one, { ...SETTINGS, backend })
      table.push(...lines(outcome))
      expect(outcome.finding.asked).toBeGreaterThan(0)
      expect(failed(outcome.finding) ? outcome.finding : undefined).toBeUndefined()
    },
    120_000,
  )
})

it('each case of the list is tried by a program or said to be left out, and why', () => {
  const covered = new Set(CASES.flatMap(({ numbers }) => numbers))
  const left = Object.keys(NOT_COVERED).map(Number)
  const all = Array.from({ length: LAST_CASE }, (_, n) => n + 1)
  expect(all.filter((number) => !covered.has(number))).toEqual(left)
  expect(covered.size).toBeGreaterThanOrEqual(45)
})
