import { parseArgs } from 'node:util'
import { failed } from './case.ts'
import { CASES } from './cases/index.ts'
import { NOT_COVERED } from './not-covered.ts'
import type { Backend } from './stage.ts'
import { heading, lines, notCovered, tried } from './table.ts'

/**
 * `npm run test:faults -- [--backend postgres|redis|both] [--cases 13,14] [--named text] [--times N] [--rate N]
 * [--minutes N]` prints one table. Cases with a backend of their own run once.
 */
const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'both' },
    times: { type: 'string', default: '10' },
    rate: { type: 'string', default: '10' },
    minutes: { type: 'string' },
    named: { type: 'string', default: '' },
    cases: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

const wanted = values.cases?.split(',').map(Number)
const chosen = CASES.filter(
  ({ numbers, name }) =>
    (!wanted || numbers.some((number) => wanted.includes(number))) && name.includes(values.named),
)
const backends: readonly Backend[] =
  values.backend === 'both' ? ['postgres', 'redis'] : [values.backend === 'redis' ? 'redis' : 'postgres']

let runs = 0
let failures = 0
console.log(heading())
for (const one of chosen) {
  for (const backend of one.backend === undefined ? backends : [one.backend]) {
    const outcome = await tried(one, {
      backend,
      times: Number(values.times),
      rate: Number(values.rate),
      ...(values.minutes === undefined ? {} : { minutes: Number(values.minutes) }),
    })
    runs += 1
    if (failed(outcome.finding)) failures += 1
    for (const line of lines(outcome, values.verbose ? 200 : undefined)) console.log(line)
  }
}
if (!wanted && values.named === '')
  for (const [number, why] of Object.entries(NOT_COVERED)) console.log(notCovered(number, why))
console.log(`${runs} runs, ${failures} failed`)
process.exit(failures > 0 ? 1 : 0)
