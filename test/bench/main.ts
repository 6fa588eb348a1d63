import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { benchAdminPages } from './admin-pages.ts'
import { benchFairness } from './fairness.ts'
import { benchLoad } from './load/index.ts'
import type { Backend } from './load/stage.ts'
import { benchRateLimits } from './rate-limits.ts'
import { benchRunCode } from './run-code.ts'
import { benchTimelines } from './timeline.ts'

const USAGE = `Usage: npm run bench [-- options] [load] [run-code] [rate-limits] [timeline] [fairness] [admin-pages]

  --backend redis     or postgres; both where it is not said
  --seconds 8         of each measure of throughput
  --stored 1,10000,1000000   messages already stored, for the last measure
  --profile DIR       has V8 write there what the hub's processes did, a file each`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean' },
    backend: { type: 'string' },
    seconds: { type: 'string', default: '8' },
    profile: { type: 'string' },
    stored: { type: 'string', default: '1,10000,1000000' },
  },
})
const isWanted = (name: string) => positionals.length === 0 || positionals.includes(name)
const backends: readonly Backend[] =
  values.backend === 'redis' || values.backend === 'postgres' ? [values.backend] : ['redis', 'postgres']

async function* benches(): AsyncGenerator<object> {
  if (isWanted('load')) {
    const stored = values.stored.split(',').filter(Boolean).map(Number)
    const { profile } = values
    const seconds = Number(values.seconds)
    yield* benchLoad({
      backends,
      seconds,
      stored,
      ...(profile === undefined ? {} : { profileDir: resolve(profile) }),
    })
  }
  if (isWanted('fairness')) yield* benchFairness()
  if (isWanted('run-code')) yield* benchRunCode()
  if (isWanted('rate-limits')) yield* benchRateLimits()
  if (isWanted('admin-pages')) yield* benchAdminPages(Math.max(...values.stored.split(',').map(Number)))
  if (isWanted('timeline')) yield* benchTimelines()
}

/** One JSON object a line as it is measured, then the same as a table each. */
const tables = new Map<string, object[]>()
if (values.help) console.log(USAGE)
else {
  for await (const row of benches()) {
    console.log(JSON.stringify(row))
    const name = 'bench' in row ? String(row.bench) : ''
    tables.set(name, [...(tables.get(name) ?? []), row])
  }
  for (const rows of tables.values()) console.table(rows)
}
