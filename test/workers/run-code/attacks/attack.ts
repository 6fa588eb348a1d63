import type { RunLanguage } from '../../../../src/model/command.ts'
import type { RunReason } from '../../../../src/ports/code-runner.ts'

/** A program written to do harm, and how its run must end. */
export interface Attack {
  readonly kind: string
  readonly name: string
  readonly language: RunLanguage
  readonly source: string
  readonly ends: readonly RunReason[]
  /** What must stand in its output, value or error. */
  readonly shows?: RegExp
  /** Tried in the quick tests too. */
  readonly isSample?: true
}

type Row = readonly [name: string, source: string, ends: readonly RunReason[], shows?: RegExp]

/** Rows of one kind and language. A name that begins with an asterisk is in the sample. */
export function attacks(kind: string, language: RunLanguage, rows: readonly Row[]): Attack[] {
  return rows.map(([name, source, ends, shows]) => ({
    kind,
    name: name.replace(/^\*/, ''),
    language,
    source,
    ends,
    ...(shows === undefined ? {} : { shows }),
    ...(name.startsWith('*') ? { isSample: true as const } : {}),
  }))
}

export const STUCK: readonly RunReason[] = ['cpu-timeout', 'wall-timeout']
export const FULL: readonly RunReason[] = ['memory', 'crash']
/** Big enough to be stopped for either. */
export const HEAVY: readonly RunReason[] = [...STUCK, ...FULL, 'error']
