import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { addCounts, type Counts, countsOf, inWords, readReport, skippedTests } from './test-report.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const BIOME = ['node_modules/@biomejs/biome/bin/biome', 'check', '.']
const TSC = ['node_modules/typescript/bin/tsc', '-p', '.']
const BROWSER_TSC = ['node_modules/typescript/bin/tsc', '-p', 'src/simulator/page/tsconfig.browser.json']
const KNIP = ['node_modules/knip/bin/knip.js', '--config', 'config/knip.json']
const VITEST = 'node_modules/vitest/vitest.mjs'
const VITEST_CONFIG = ['--config', 'config/vitest.config.ts']

interface Stage {
  readonly name: string
  run(): Promise<Counts>
}

/**
 * Runs lint, types, unused code and tests in this order, and stops after the first that fails unless told
 * `--all`. `--long` and `--services` run tests only; further arguments choose among them. The last line of the
 * output is `N passed, N failed, N skipped`: tests, and one failure for each other stage that failed.
 */
async function check(argv: readonly string[]): Promise<Counts> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { all: { type: 'boolean' }, long: { type: 'boolean' }, services: { type: 'boolean' } },
  })
  const counts: Counts[] = []
  for (const stage of stages(values, positionals)) {
    console.log(`== ${stage.name}`)
    const began = performance.now()
    const result = await stage.run()
    counts.push(result)
    const outcome = result.failed === 0 ? 'in order' : 'FAILED'
    console.log(`== ${stage.name}: ${outcome} (${((performance.now() - began) / 1000).toFixed(1)} s)\n`)
    if (result.failed > 0 && !values.all) break
  }
  return addCounts(counts)
}

function stages(
  { long = false, services = false }: { readonly long?: boolean; readonly services?: boolean },
  filters: readonly string[],
): Stage[] {
  if (services) return [{ name: 'tests on given services', run: () => testOnServices(filters) }]
  if (long)
    return [{ name: 'tests, the long ones included', run: () => test(['run', '--mode', 'long', ...filters]) }]
  return [
    { name: 'format and lint', run: () => tool(BIOME) },
    { name: 'types', run: () => tool(TSC) },
    { name: 'types of the page', run: () => tool(BROWSER_TSC) },
    { name: 'unused code', run: () => tool(KNIP) },
    { name: 'tests', run: () => test(['run', ...filters]) },
  ]
}

async function tool(command: readonly string[]): Promise<Counts> {
  return { passed: 0, failed: (await runNode(command)) === 0 ? 0 : 1, skipped: 0 }
}

async function testOnServices(filters: readonly string[]): Promise<Counts> {
  const missing = ['REDIS_URL', 'DATABASE_URL'].filter((name) => !process.env[name])
  if (missing.length === 0) return await test(['run', '--mode', 'services', ...filters])
  console.log(
    `Set ${missing.join(' and ')} to throw-away servers: the tests make databases and keys of their own there.`,
  )
  return { passed: 0, failed: 1, skipped: 0 }
}

async function test(args: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'brainall-report-'))
  const path = join(folder, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`]
    const code = await runNode([VITEST, ...args, ...VITEST_CONFIG, ...reporters])
    if (!existsSync(path)) return { passed: 0, failed: 1, skipped: 0 }
    const report = readReport(path)
    for (const line of skippedTests(report, (file) => readFileSync(file, 'utf8')))
      console.log(`skipped: ${line}`)
    return countsOf(report, code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Resolves with the exit code, 128 + n when signal n ended it. A signal to us is one to the program. */
function runNode(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
    const forward = (signal: NodeJS.Signals) => void child.kill(signal)
    process.on('SIGINT', forward).on('SIGTERM', forward)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward)
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal])
    })
  })
}

const counts = await check(process.argv.slice(2))
console.log(inWords(counts))
process.exitCode = counts.failed === 0 ? 0 : 1
