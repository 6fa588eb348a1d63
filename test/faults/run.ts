import { parseArgs } from 'node:util'
import { type FaultCase, type Finding, failed } from './case.ts'
import { CASES } from './cases/index.ts'
import { NOT_COVERED } from './not-covered.ts'
import type { Backend } from './stage.ts'

/**
 * `node test/faults/run.ts [--backend postgres|redis|both] [--cases 13,14] [--named text] [--times N] [--rate N]
 * [--minutes N]` prints one table.
 */
const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'postgres' },
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

let failures = 0
console.log(
  row(['case', 'queue', 'what', 'result', 'asked', 'L', 'D', 'H', 'order', 'orphans', 'seconds', 'note']),
)
for (const backend of backends) for (const one of chosen) await report(one, backend)
if (!wanted && values.named === '') {
  for (const [number, why] of Object.entries(NOT_COVERED))
    console.log(row([number, '', '', 'not covered', '', '', '', '', '', '', '', why]))
}
process.exit(failures > 0 ? 1 : 0)

async function report({ numbers, name, run }: FaultCase, backend: Backend): Promise<void> {
  const startedAt = performance.now()
  const settings = {
    backend,
    times: Number(values.times),
    rate: Number(values.rate),
    ...(values.minutes === undefined ? {} : { minutes: Number(values.minutes) }),
  }
  const finding: Finding = await run(settings).catch((error: unknown) => ({
    faults: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  }))
  const bad = failed(finding)
  if (bad) failures += 1
  const { asked, lost, doubled, half, disordered, orphans, faults = [], note = '' } = finding
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  const counts = [lost, doubled, half, disordered].map((list) => list?.length ?? '')
  console.log(
    row([
      numbers.join('+'),
      backend,
      name,
      bad ? 'FAILED' : 'ok',
      asked ?? '',
      ...counts,
      orphans ?? '',
      seconds,
      note,
    ]),
  )
  const found = { lost, doubled, half, disordered, faults }
  for (const [kind, list] of Object.entries(found)) {
    for (const line of (list ?? []).slice(0, values.verbose ? 200 : 5)) console.log(`      ${kind}: ${line}`)
  }
}

function row(cells: readonly (string | number)[]): string {
  const widths = [8, 9, 46, 12, 6, 4, 4, 4, 6, 8, 8, 0]
  return cells.map((cell, n) => String(cell).padEnd(widths[n] ?? 0)).join(' ')
}
