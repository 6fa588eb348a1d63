import { readFileSync } from 'node:fs'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** The part of vitest's JSON report that is read. */
export interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    /** The file. */
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
    }[]
  }[]
}

export function readReport(path: string): VitestReport {
  const report: VitestReport = JSON.parse(readFileSync(path, 'utf8'))
  return report
}

/**
 * A file that failed outside its tests (it could not be loaded, or what it opened could not be closed) counts
 * as one failure, and so does an exit code that no test explains.
 */
export function countsOf(report: VitestReport, exitCode: number): Counts {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  )
  const failed = report.numFailedTests + brokenFiles.length
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** A line for every skipped test, with the reason that its source gives. */
export function skippedTests(report: VitestReport, readSource: (path: string) => string): string[] {
  return report.testResults.flatMap(({ name, assertionResults }) => {
    const skipped = assertionResults.filter(({ status }) => ['skipped', 'pending', 'todo'].includes(status))
    if (skipped.length === 0) return []
    const source = readSource(name)
    return skipped.map(({ ancestorTitles, title }) => {
      const titles = [...ancestorTitles.filter(Boolean), title]
      const reason = titles.map((one) => reasonFor(one, source)).find((one) => one !== undefined)
      return `${titles.join(' > ')}: ${reason ?? 'no reason given'}`
    })
  })
}

/** The condition of a `skipIf` or `runIf`; a test that is always skipped says in its title why. */
function reasonFor(title: string, source: string): string | undefined {
  const quoted = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const found = new RegExp(
    `\\.(?<how>skip|skipIf|runIf)(?:\\((?<condition>(?:[^()\\n]|\\([^()\\n]*\\))*)\\))?\\(\\s*['"\`]${quoted}['"\`]`,
  ).exec(source)?.groups
  if (found === undefined) return undefined
  if (found.how === 'skip') return 'always'
  return `skipped ${found.how === 'skipIf' ? 'if' : 'unless'} ${found.condition}`
}

export function addCounts(counts: readonly Counts[]): Counts {
  const sum = (name: keyof Counts) => counts.reduce((total, one) => total + one[name], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

export function inWords({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
