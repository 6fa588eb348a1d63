import { type FaultCase, type Finding, failed } from './case.ts'
import type { Backend } from './stage.ts'

const WIDTHS = [9, 9, 74, 11, 6, 4, 4, 4, 5, 7, 7, 0]
const LISTED = 5

export interface Outcome {
  readonly one: Pick<FaultCase, 'numbers' | 'name'>
  readonly backend: Backend
  readonly finding: Finding
  readonly seconds: number
}

export function heading(): string {
  return row(['fault', 'queue', 'what', 'result', 'asked', 'L', 'D', 'H', 'order', 'orphans', 'seconds', ''])
}

/** One line of the table, and beneath it what was found, at most `listed` of each kind. */
export function lines({ one, backend, finding, seconds }: Outcome, listed = LISTED): string[] {
  const { asked, lost, doubled, half, disordered, orphans, faults = [], note = '' } = finding
  const counts = [lost, doubled, half, disordered].map((list) => list?.length ?? '')
  const result = failed(finding) ? 'FAILED' : 'ok'
  const numbers = one.numbers.join('+')
  const found = { lost, doubled, half, disordered, faults }
  return [
    row([numbers, backend, one.name, result, asked ?? '', ...counts, orphans ?? '', seconds, note]),
    ...Object.entries(found).flatMap(([kind, list = []]) =>
      list.slice(0, listed).map((line) => `      ${kind}: ${line}`),
    ),
  ]
}

export function notCovered(number: string, why: string): string {
  return row([number, '', why, 'not covered'])
}

/** Runs a case; what it throws is a fault found. */
export async function tried(one: FaultCase, settings: Parameters<FaultCase['run']>[0]): Promise<Outcome> {
  const startedAt = performance.now()
  const finding: Finding = await one.run(settings).catch((error: unknown) => ({
    faults: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  }))
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  return { one, backend: settings.backend, finding, seconds }
}

function row(cells: readonly (string | number)[]): string {
  return cells
    .map((cell, n) => String(cell).padEnd(WIDTHS[n] ?? 0))
    .join(' ')
    .trimEnd()
}
